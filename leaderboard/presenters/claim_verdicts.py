"""A claim as a page tells it: the verdicts in words, the figures as spans."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from evals.models import Claim
from leaderboard.presenters.claims import Against, JudgedClaim, Verdict
from leaderboard.presenters.composite import Span, span_of
from leaderboard.presenters.labels import Words, lag_state

VERDICTS: dict[Verdict, Words] = {
    Verdict.INSIDE: _("agrees with the data"),
    Verdict.ABOVE: _("longer than the data say"),
    Verdict.BELOW: _("shorter than the data say"),
    Verdict.NO_FIGURE: _("not comparable: it gives no number of months"),
    Verdict.OF_THE_FUTURE: _("not comparable: it is about the future"),
    Verdict.OTHER_COHORTS: _("not comparable: no lag of these cohorts is published"),
    Verdict.NOT_PUBLISHED: _("not comparable yet: the lag of that day is not computed"),
}


@dataclass(frozen=True)
class ToldAgainst:
    """One published figure with the verdict by it."""

    against: Against

    @property
    def span(self) -> Span:
        """Return the figure."""
        found = self.against
        return Span(found.status, found.months, found.low, found.high)

    @property
    def verdict(self) -> Words:
        """Return the verdict in words."""
        if self.against.verdict is Verdict.NO_LAG:
            why = lag_state(self.against.status)
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
    def verdict(self) -> Words:
        """Return the verdict over both readings."""
        overall = self.judged.overall
        if overall is Verdict.NO_LAG:
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
