"""What others have said of the lag, each against the lag of the day that it is about, and of now."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from evals import queries as record
from evals.models import Claim
from leaderboard import queries
from leaderboard.comparisons import Comparison
from leaderboard.queries import PublishedComposite


class ClaimVerdict(StrEnum):
    """How a claim stands to an interval of 95%: the claim may be a range itself, open at one end."""

    INSIDE = "inside"
    ABOVE = "above"
    BELOW = "below"
    NO_FIGURE = "no_figure"
    OF_THE_FUTURE = "of_the_future"
    OTHER_COHORTS = "other_cohorts"
    NOT_PUBLISHED = "not_published"
    NO_LAG = "no_lag"


COMPARABLE = frozenset({ClaimVerdict.INSIDE, ClaimVerdict.ABOVE, ClaimVerdict.BELOW})


@dataclass(frozen=True, slots=True)
class ReadingVerdict:
    """One published figure, and the verdict on the claim by it; without a figure, `status` says why."""

    verdict: ClaimVerdict
    status: str = ""
    months: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def comparable(self) -> bool:
        """Tell whether there is anything to hold the claim against."""
        return self.verdict in COMPARABLE


@dataclass(frozen=True, slots=True)
class JudgedClaim:
    """A claim, the lag on the day that it is about by catch-up and by standing, and the lag as of now."""

    claim: Claim
    day: date
    then: PublishedComposite | None
    catchup: ReadingVerdict
    standing: ReadingVerdict
    now: PublishedComposite | None

    @property
    def overall(self) -> ClaimVerdict:
        """Return the verdict: inside by either reading is inside, for a claim seldom says which it means."""
        found = (self.catchup, self.standing)
        if any(one.verdict is ClaimVerdict.INSIDE for one in found):
            return ClaimVerdict.INSIDE
        return next((one.verdict for one in found if one.comparable), self.catchup.verdict)


def judge_claims(claims: Sequence[Claim] | None = None) -> list[JudgedClaim]:
    """Return the claims, newest first, each with its verdicts. At most two queries."""
    rows = list(record.claims()) if claims is None else list(claims)
    asked = [queries.claim_comparison(claim) for claim in rows]
    named = {one for one in asked if one}
    published = queries.newest_composites(named | {replace(one, on=None) for one in named})
    return [_judged(claim, one, published) for claim, one in zip(rows, asked, strict=True)]


def _judged(
    claim: Claim, asked: Comparison | None, published: Mapping[Comparison, PublishedComposite]
) -> JudgedClaim:
    then = published.get(asked) if asked else None
    now = published.get(replace(asked, on=None)) if asked else None
    catchup, standing = (_against(claim, asked, then, name) for name in ("catchup", "standing"))
    return JudgedClaim(claim, queries.claim_day(claim), then, catchup, standing, now)


def _against(
    claim: Claim, asked: Comparison | None, then: PublishedComposite | None, reading: str
) -> ReadingVerdict:
    figure: dict[str, Any] = then.composite[reading] if then else {}
    shown = {"months": figure.get("median"), "low": figure.get("lo"), "high": figure.get("hi")}
    status = figure.get("status", "")
    if asked is None:
        return ReadingVerdict(ClaimVerdict.OTHER_COHORTS)
    if claim.lag_months_low is None and claim.lag_months_high is None:
        future = claim.direction == "will_lead"
        return ReadingVerdict(
            ClaimVerdict.OF_THE_FUTURE if future else ClaimVerdict.NO_FIGURE, status, **shown
        )
    if then is None:
        return ReadingVerdict(ClaimVerdict.NOT_PUBLISHED)
    if all(value is None for value in shown.values()):
        return ReadingVerdict(ClaimVerdict.NO_LAG, status)
    return ReadingVerdict(judge_interval(claim, shown["low"], shown["high"]), status, **shown)


def judge_interval(claim: Claim, low: float | None, high: float | None) -> ClaimVerdict:
    """Return where a claim with a figure stands to an interval of months, an end of which may be open."""
    said_low = -math.inf if claim.lag_months_low is None else claim.lag_months_low
    said_high = math.inf if claim.lag_months_high is None else claim.lag_months_high
    if high is not None and said_low > high:
        return ClaimVerdict.ABOVE
    if low is not None and said_high < low:
        return ClaimVerdict.BELOW
    return ClaimVerdict.INSIDE
