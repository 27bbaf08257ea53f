"""A claim as a page tells it: the verdicts in words, the figures as spans."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from evals.models import Claim
from leaderboard.presenters.claims import ClaimVerdict, JudgedClaim, ReadingVerdict
from leaderboard.presenters.composite import Span, span_of
from leaderboard.presenters.labels import StrOrPromise, lag_state_label

VERDICTS: dict[ClaimVerdict, StrOrPromise] = {
    ClaimVerdict.INSIDE: _("agrees with the data"),
    ClaimVerdict.ABOVE: _("longer than the data say"),
    ClaimVerdict.BELOW: _("shorter than the data say"),
    ClaimVerdict.NO_FIGURE: _("not comparable: it gives no number of months"),
    ClaimVerdict.OF_THE_FUTURE: _("not comparable: it is about the future"),
    ClaimVerdict.OTHER_COHORTS: _("not comparable: no lag of these cohorts is published"),
    ClaimVerdict.NOT_PUBLISHED: _("not comparable yet: the lag of that day is not computed"),
}


@dataclass(frozen=True)
class ToldAgainst:
    """One published figure with the verdict by it."""

    against: ReadingVerdict

    @property
    def span(self) -> Span:
        """Return the figure."""
        found = self.against
        return Span(found.status, found.months, found.low, found.high)

    @property
    def verdict(self) -> StrOrPromise:
        """Return the verdict in words."""
        if self.against.verdict is ClaimVerdict.NO_LAG:
            why = lag_state_label(self.against.status)
            return _("not comparable: for that day no lag can be given, for %(reason)s") % {"reason": why}
        return VERDICTS[self.against.verdict]


@dataclass(frozen=True)
class ToldClaim:
    """One claim with all that a page says of it."""

    judged: JudgedClaim

    @property
    def claim(self) -> Claim:
        """Return the claim."""
        return self.judged.claim

    @property
    def catchup(self) -> ToldAgainst:
        """Return the catch-up lag of its day."""
        return ToldAgainst(self.judged.catchup)

    @property
    def standing(self) -> ToldAgainst:
        """Return the standing lag of its day."""
        return ToldAgainst(self.judged.standing)

    @property
    def verdict(self) -> StrOrPromise:
        """Return the verdict over both readings."""
        overall = self.judged.overall
        if overall is ClaimVerdict.NO_LAG:
            return self.catchup.verdict
        return VERDICTS[overall]

    @property
    def now(self) -> dict[str, Span] | None:
        """Return both figures as they are now, where a lag is published."""
        if self.judged.now is None:
            return None
        whole: dict[str, Any] = self.judged.now.composite
        return {name: span_of(whole[name]) for name in ("catchup", "standing")}


def told(judged: JudgedClaim) -> ToldClaim:
    """Return a claim as a page tells it."""
    return ToldClaim(judged)
