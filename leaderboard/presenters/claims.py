"""Claims of the lag by others, compared with the lag on their date and now."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from evals import queries as record
from evals.models import Claim
from leaderboard import queries
from leaderboard.comparisons import Comparison
from leaderboard.lag.intervals import Interval
from leaderboard.presenters.labels import StrOrPromise, lag_state_label
from leaderboard.queries import PublishedComposite


class ClaimVerdict(StrEnum):
    """The comparison of a claim with a 95% interval; a claim can be a range, also an open one."""

    INSIDE = "inside"
    ABOVE = "above"
    BELOW = "below"
    NO_FIGURE = "no_figure"
    OF_THE_FUTURE = "of_the_future"
    OTHER_COHORTS = "other_cohorts"
    NOT_PUBLISHED = "not_published"
    NO_LAG = "no_lag"


COMPARABLE = frozenset({ClaimVerdict.INSIDE, ClaimVerdict.ABOVE, ClaimVerdict.BELOW})
NO_INTERVAL = Interval("")
VERDICTS: dict[ClaimVerdict, StrOrPromise] = {
    ClaimVerdict.INSIDE: _("agrees with the data"),
    ClaimVerdict.ABOVE: _("longer than the data say"),
    ClaimVerdict.BELOW: _("shorter than the data say"),
    ClaimVerdict.NO_FIGURE: _("not comparable: it gives no number of months"),
    ClaimVerdict.OF_THE_FUTURE: _("not comparable: it is about the future"),
    ClaimVerdict.OTHER_COHORTS: _("not comparable: no lag of these cohorts is published"),
    ClaimVerdict.NOT_PUBLISHED: _("not comparable yet: the lag of that day is not computed"),
}


@dataclass(frozen=True, slots=True)
class ReadingVerdict:
    """The verdict on a claim by one reading, with the published figure."""

    verdict: ClaimVerdict
    interval: Interval = NO_INTERVAL

    @property
    def is_comparable(self) -> bool:
        """Tell whether the claim and the figure can be compared."""
        return self.verdict in COMPARABLE

    @property
    def label(self) -> StrOrPromise:
        """Return the verdict in words."""
        if self.verdict is ClaimVerdict.NO_LAG:
            reason = lag_state_label(self.interval.status)
            return _("not comparable: for that day no lag can be given, for %(reason)s") % {"reason": reason}
        return VERDICTS[self.verdict]


@dataclass(frozen=True, slots=True)
class JudgedClaim:
    """A claim, the catch-up and standing lag on its date, and the lag now."""

    claim: Claim
    day: date
    then: PublishedComposite | None
    catchup: ReadingVerdict
    standing: ReadingVerdict
    now: PublishedComposite | None

    @property
    def overall(self) -> ClaimVerdict:
        """Return the verdict: inside if it is inside by either reading, because few claims state theirs."""
        verdicts = (self.catchup, self.standing)
        if any(reading.verdict is ClaimVerdict.INSIDE for reading in verdicts):
            return ClaimVerdict.INSIDE
        return next((reading.verdict for reading in verdicts if reading.is_comparable), self.catchup.verdict)

    @property
    def label(self) -> StrOrPromise:
        """Return the verdict over both readings in words."""
        return self.catchup.label if self.overall is ClaimVerdict.NO_LAG else VERDICTS[self.overall]

    @property
    def intervals_now(self) -> dict[str, Interval]:
        """Return both current lags, empty if none is published."""
        if self.now is None:
            return {}
        return {"catchup": self.now.figures.catchup, "standing": self.now.figures.standing}


def judge_claims(claims: Sequence[Claim] | None = None) -> list[JudgedClaim]:
    """Return the claims, newest first, each with its verdicts. At most two queries."""
    rows = list(record.claims()) if claims is None else list(claims)
    comparisons = [queries.claim_comparison(claim) for claim in rows]
    known = {comparison for comparison in comparisons if comparison}
    published = queries.newest_composites(known | {replace(comparison, on=None) for comparison in known})
    return [_judge(claim, comparison, published) for claim, comparison in zip(rows, comparisons, strict=True)]


def _judge(
    claim: Claim, comparison: Comparison | None, published: Mapping[Comparison, PublishedComposite]
) -> JudgedClaim:
    then = published.get(comparison) if comparison else None
    now = published.get(replace(comparison, on=None)) if comparison else None
    catchup = _judge_by(claim, comparison, then.figures.catchup if then else None)
    standing = _judge_by(claim, comparison, then.figures.standing if then else None)
    return JudgedClaim(claim, queries.claim_day(claim), then, catchup, standing, now)


def _judge_by(claim: Claim, comparison: Comparison | None, published: Interval | None) -> ReadingVerdict:
    interval = published or NO_INTERVAL
    if comparison is None:
        return ReadingVerdict(ClaimVerdict.OTHER_COHORTS)
    if claim.lag_months_low is None and claim.lag_months_high is None:
        future = claim.direction == "will_lead"
        return ReadingVerdict(ClaimVerdict.OF_THE_FUTURE if future else ClaimVerdict.NO_FIGURE, interval)
    if published is None:
        return ReadingVerdict(ClaimVerdict.NOT_PUBLISHED)
    if not interval.is_known:
        return ReadingVerdict(ClaimVerdict.NO_LAG, interval)
    return ReadingVerdict(judge_interval(claim, interval.lo, interval.hi), interval)


def judge_interval(claim: Claim, low: float | None, high: float | None) -> ClaimVerdict:
    """Compare a claim in months with an interval, which may be open at one end."""
    claimed_low = -math.inf if claim.lag_months_low is None else claim.lag_months_low
    claimed_high = math.inf if claim.lag_months_high is None else claim.lag_months_high
    if high is not None and claimed_low > high:
        return ClaimVerdict.ABOVE
    if low is not None and claimed_high < low:
        return ClaimVerdict.BELOW
    return ClaimVerdict.INSIDE
