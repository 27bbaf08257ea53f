"""Compute the standing lag month by month, with its interval, from the joint draws (METHOD §5)."""

from __future__ import annotations

from datetime import date, timedelta

from leaderboard.lag.composite import JointDraws
from leaderboard.lag.data import DAYS_PER_MONTH
from leaderboard.lag.intervals import DatedLag, summarise_draws


def compute_monthly_lags(joint: JointDraws) -> tuple[DatedLag, ...]:
    """Return the standing lag today and on the same day of each month before, oldest first.

    A month in which most draws have no value has an interval without a median, and its state.
    """
    today = joint.fit.table.today
    lags = [
        DatedLag(
            date.fromordinal(today) - timedelta(days=round(back * DAYS_PER_MONTH)),
            summarise_draws(joint.path.low[:, k], joint.path.high[:, k]),
        )
        for k, back in enumerate(joint.path.months)
    ]
    return tuple(reversed(lags))
