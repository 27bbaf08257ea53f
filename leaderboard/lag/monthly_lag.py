"""Tell the standing lag month by month, with its interval, as the joint draws have it (METHOD §5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from leaderboard.lag.composite import Sample
from leaderboard.lag.data import DAYS_PER_MONTH
from leaderboard.lag.intervals import Estimate, estimate


@dataclass(frozen=True, slots=True)
class Moment:
    """The standing lag in months on a day."""

    on: date
    lag: Estimate


def monthly_path(found: Sample) -> tuple[Moment, ...]:
    """Return the standing lag today and on each month's day before, oldest first.

    A month in which most draws have no value has an estimate without a median, and its state.
    """
    today = found.fit.table.today
    moments = [
        Moment(
            date.fromordinal(today) - timedelta(days=round(back * DAYS_PER_MONTH)),
            estimate(found.path.low[:, k], found.path.high[:, k]),
        )
        for k, back in enumerate(found.path.months)
    ]
    return tuple(reversed(moments))
