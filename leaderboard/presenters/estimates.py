"""The figures of an estimate of any kind, as rows of its page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from leaderboard.estimate_values import ReadingValues
from leaderboard.lag.intervals import Interval
from leaderboard.models import LagEstimate
from leaderboard.presenters.comparison_figures import reading_figure
from leaderboard.presenters.composite import present_composite
from leaderboard.presenters.labels import READINGS, StrOrPromise
from leaderboard.presenters.lags import Lag


@dataclass(frozen=True, slots=True)
class EstimateFigure:
    """One figure in months (a trend: months a year), the meaning of its interval, and n."""

    name: StrOrPromise
    interval: Interval
    meaning: StrOrPromise
    n: StrOrPromise
    at_least: bool = False


def estimate_figures(estimate: LagEstimate) -> list[EstimateFigure]:
    """Return the figures of an estimate: one of a reading, two of a benchmark, up to three of a composite."""
    if estimate.reading:
        return [_reading(estimate)]
    return list(_benchmark(Lag(estimate)) if estimate.benchmark else _composite(estimate))


def _composite(estimate: LagEstimate) -> Iterator[EstimateFigure]:
    composite = present_composite(estimate)
    assert composite is not None
    meaning, n = _("95%% interval") % {}, _("%(n)d scores") % {"n": composite.n_scores}
    yield EstimateFigure(_("catch-up lag"), composite.catchup, meaning, n)
    yield EstimateFigure(_("standing lag"), composite.standing, meaning, n)
    if (trend := composite.trend) is not None:
        slope = Interval("ok", trend.slope, trend.low, trend.high)
        yield EstimateFigure(_("trend, months a year"), slope, meaning, n)


def _benchmark(lag: Lag) -> Iterator[EstimateFigure]:
    catchup, standing = lag.catchup, lag.standing
    levels = _("%(levels)d levels, %(dates)d dates") % {"levels": catchup.n_levels, "dates": catchup.n_dates}
    yield EstimateFigure(_("catch-up lag"), catchup.interval, _("smallest and largest of the levels"), levels)
    models = _("%(n)d models") % {"n": lag.values.n_models}
    interval = Interval(standing.state, standing.months)
    yield EstimateFigure(_("standing lag"), interval, "", models, standing.at_least)


def _reading(estimate: LagEstimate) -> EstimateFigure:
    figure = reading_figure(estimate.reading, ReadingValues.parse(estimate.values))
    n = _("%(n)d cases") % {"n": figure.n or 0}
    name = READINGS.get(estimate.reading, estimate.reading)
    return EstimateFigure(name, figure.interval, _("smallest and largest of the cases"), n, figure.at_least)
