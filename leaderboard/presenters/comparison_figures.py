"""What an answered comparison says, in figures, or why it says nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_lazy as _

from leaderboard import queries
from leaderboard.lag.data import Benchmark
from leaderboard.lag.frontier import Frontier, Point, build_frontier
from leaderboard.lag.io.sentences import STATES
from leaderboard.lag.readings import READINGS, ReadingInput
from leaderboard.models import LagEstimate

NO_LAG_REASONS: dict[str, str | Promise] = {
    **{state: gettext_lazy(words) for state, words in STATES.items()},
    "no_follower": _("no model on record is in the first cohort"),
    "no_leader": _("no model on record is in the second cohort"),
    "no_overlap": _("no benchmark has scores of both cohorts"),
    "no_benchmark": _("no benchmark on record is left"),
    "unclear": _("it cannot be read"),
    "internal_error": _("the service made an error of its own, which is in its log; ask again in 10 minutes"),
    "abandoned": _("no worker survived its computation; ask again in 10 minutes"),
    "not_published": _("it is not published"),
}


@dataclass(frozen=True, slots=True)
class LagFigure:
    """One figure in months, or why there is none.

    `low` and `high` are the central 95% interval of an estimate, else the range of the cases, of which there
    are `n`; an end that is None is open where the other is known.
    """

    reading: str
    state: str
    months: float | None
    low: float | None
    high: float | None
    n: int | None = None
    at_least: bool = False

    @property
    def known(self) -> bool:
        """Tell whether anything is known of it."""
        return (self.months, self.low, self.high) != (None, None, None)

    @property
    def reason(self) -> str | Promise:
        """Return why there is no figure."""
        return NO_LAG_REASONS.get(self.state, self.state)


def lag_figures(estimate: LagEstimate, reading: str = "") -> list[LagFigure]:
    """Return the figures of an estimate: catch-up, standing, and another reading if it is asked for."""
    own = _on_benchmark(estimate) if estimate.benchmark else _over_several(estimate)
    found = list(own)
    if reading and reading not in {figure.reading for figure in found}:
        found.append(_read(estimate, reading))
    return found


def _over_several(estimate: LagEstimate) -> Iterator[LagFigure]:
    whole = estimate.values["composite"]
    for name in ("catchup", "standing"):
        found = whole[name]
        yield LagFigure(name, found["status"], found["median"], found["lo"], found["hi"])


def _on_benchmark(estimate: LagEstimate) -> Iterator[LagFigure]:
    caught, stood = estimate.values["catchup"], estimate.values["standing"]
    lags = [segment["lag_months"] for segment in caught.get("segments", ())]
    low, high = min(lags, default=None), max(lags, default=None)
    yield LagFigure("catchup", caught["status"], caught["lag_months"], low, high, len(lags))
    months = stood["signed_months"]
    state = stood["state"] if months is None else "ok"
    yield LagFigure("standing", state, months, None, None, None, bool(stood["at_least"]))


def _read(estimate: LagEstimate, reading: str) -> LagFigure:
    if estimate.benchmark is None:
        row = queries.estimate_by_reading(estimate, reading)
        return reading_figure(reading, row.values if row else {"state": estimate.state})
    return read_frontiers(estimate, reading)


def read_frontiers(estimate: LagEstimate, reading: str, tolerance: float | None = None) -> LagFigure:
    """Read one benchmark's published frontiers; the tolerance is in points, where the reading has one."""
    mine, theirs = (_frontier(estimate.values, side) for side in ("follower", "leader"))
    on = estimate.benchmark
    assert on is not None, "a composite's readings are published"
    chance, ceiling = (on.chance or 0.0, on.ceiling) if on.direction == "higher" else (0.0, None)
    usual = 1.0 if ceiling is None else 0.01 * (ceiling - chance)
    point = usual if tolerance is None else tolerance
    case = ReadingInput(mine, theirs, estimate.as_of.toordinal(), Benchmark(on.slug, chance, ceiling), point)
    made = READINGS[reading](case)
    return LagFigure(reading, made.state, made.months, made.lo, made.hi, made.n, made.at_least)


def reading_figure(reading: str, values: dict[str, Any]) -> LagFigure:
    """Return a published reading's figure from its values."""
    months, low, high = (values.get(name) for name in ("months", "lo", "hi"))
    n, at_least = values.get("n"), bool(values.get("at_least"))
    return LagFigure(reading, values.get("state", "not_published"), months, low, high, n, at_least)


def _frontier(values: dict[str, Any], side: str) -> Frontier:
    rows = (values.get("points") or values.get("frontiers") or {}).get(side, ())
    days = [(date.fromisoformat(row["date"]).toordinal(), row) for row in rows]
    return build_frontier(Point(row["model"], on, row["level"], on, on) for on, row in days)
