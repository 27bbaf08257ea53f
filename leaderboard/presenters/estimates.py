"""The figures of a published estimate of whatever kind, as rows that a permalink tells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from leaderboard.models import LagEstimate
from leaderboard.presenters.composite import Span, present_composite
from leaderboard.presenters.labels import READINGS, StrOrPromise
from leaderboard.presenters.lags import Lag


@dataclass(frozen=True, slots=True)
class EstimateRow:
    """One figure: months (of a trend: months a year), what they lie between and what that means, and n.

    Without months and bounds, the span says why.
    """

    name: StrOrPromise
    months: float | None
    span: Span
    meaning: StrOrPromise
    n: StrOrPromise
    at_least: bool = False


def estimate_rows(estimate: LagEstimate) -> list[EstimateRow]:
    """Return what an estimate tells: a reading's one figure, a benchmark's two, a composite's three."""
    if estimate.reading:
        return list(_reading(estimate))
    return list(_benchmark(Lag(estimate)) if estimate.benchmark else _composite(estimate))


def _composite(estimate: LagEstimate) -> Iterator[EstimateRow]:
    found = present_composite(estimate)
    assert found is not None
    interval, n = _("95%% interval") % {}, _("%(n)d scores") % {"n": found.n_scores}
    yield EstimateRow(_("catch-up lag"), found.catchup.months, found.catchup, interval, n)
    yield EstimateRow(_("standing lag"), found.standing.months, found.standing, interval, n)
    if (trend := found.trend) is not None:
        span = Span("ok", trend.slope, trend.low, trend.high)
        yield EstimateRow(_("trend, months a year"), trend.slope, span, interval, n)


def _benchmark(lag: Lag) -> Iterator[EstimateRow]:
    found, standing = lag.catchup, lag.standing
    span = Span(found.status, found.months, found.low, found.high)
    levels = _("%(levels)d levels, %(dates)d dates") % {"levels": found.n_levels, "dates": found.n_dates}
    yield EstimateRow(_("catch-up lag"), found.months, span, _("smallest and largest of the levels"), levels)
    span = Span(standing.state, standing.months, None, None)
    models = _("%(n)d models") % {"n": sum(lag.estimate.values.get("n_models", {}).values())}
    yield EstimateRow(_("standing lag"), standing.months, span, "", models, standing.at_least)


def _reading(estimate: LagEstimate) -> Iterator[EstimateRow]:
    found = estimate.values
    span = Span(found["state"], found["months"], found.get("lo"), found.get("hi"))
    name = READINGS.get(estimate.reading, estimate.reading)
    n = _("%(n)d cases") % {"n": found.get("n", 0)}
    yield EstimateRow(
        name, span.months, span, _("smallest and largest of the cases"), n, bool(found.get("at_least"))
    )
