"""Draw the charts of published estimates in every language and size; redraw them when the code changes."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import override, to_locale

from evals.queries import offered_prices
from leaderboard import charts
from leaderboard.charts import forest, frontiers, lag_over_time, lag_path, price_frontier, published
from leaderboard.charts.credit import add_credit
from leaderboard.charts.draw import render_png, render_svg
from leaderboard.charts.names import DOMAINS, LONG_DATE
from leaderboard.charts.palette import LIGHT, SIZES, WIDE, Size
from leaderboard.charts.price_frontier import PriceMark
from leaderboard.estimate_values import BenchmarkValues, CompositeValues
from leaderboard.lag.data import Pair
from leaderboard.lag.intervals import DatedLag, Interval
from leaderboard.models import Chart, Forecast, LagEstimate
from leaderboard.queries import (
    HEADQUARTERS,
    PAIR,
    current_estimates,
    domain_lags,
    linked_estimates,
    requested_estimates,
)
from leaderboard.queries.prices import best_at_each_price

Spec = dict[str, Any]
Draw = Callable[..., Spec]
SIZE = re.compile(r'<svg[^>]*? width="(\d+)(?:\.\d+)?" height="(\d+)')


def draw_charts(*, seconds: float = float("inf"), estimates: list[LagEstimate] | None = None) -> int:
    """Draw missing and outdated charts for at most `seconds`; return the number of those left."""
    until = time.monotonic() + seconds
    left = 0
    for language, estimate in _to_draw() if estimates is None else _in_every_language(estimates):
        if _drawn(estimate, language):
            continue
        if time.monotonic() < until:
            draw_estimate_charts(estimate=estimate, language=language)
        else:
            left += 1
    return left


def _to_draw() -> Iterator[tuple[str, LagEstimate]]:
    """Yield what is drawn, by language: a temporary estimate only in English and as requested."""
    yield from _in_every_language([*current_estimates(), *linked_estimates()])
    for estimate, language in requested_estimates():
        for code in sorted({"en", language}):
            yield code, estimate


def _in_every_language(estimates: list[LagEstimate]) -> Iterator[tuple[str, LagEstimate]]:
    for code, _name in settings.LANGUAGES:
        for estimate in estimates:
            yield code, estimate


def _drawn(estimate: LagEstimate, language: str) -> bool:
    drawn = estimate.charts.filter(language=language)
    by = set(drawn.values_list("drawn_by", flat=True))
    return by == {program_version(language)} and not drawn.filter(size=WIDE.name, png=None).exists()


def draw_estimate_charts(*, estimate: LagEstimate, language: str) -> list[Chart]:
    """Draw an estimate's charts in one language, each in every size."""
    drawn = []
    with override(language):
        for name, draw in _charts(estimate):
            for size in SIZES.values():
                spec = add_credit(draw(size=size, palette=LIGHT), _credit(estimate), size=size, palette=LIGHT)
                drawn.append(_kept(estimate, name, language, size, spec))
    return drawn


def _kept(estimate: LagEstimate, name: str, language: str, size: Size, spec: Spec) -> Chart:
    drawing = render_svg(spec)
    picture = render_png(drawing) if size == WIDE else None
    match = SIZE.search(drawing)
    assert match is not None, "a drawing says how large it is"
    chart, _created = Chart.objects.update_or_create(
        estimate=estimate,
        name=name,
        language=language,
        size=size.name,
        defaults={
            "spec": spec,
            "svg": drawing,
            "png": picture,
            "width": int(match[1]),
            "height": int(match[2]),
            "version": hashlib.sha256(json.dumps(spec, sort_keys=True).encode()).hexdigest()[:12],
            "drawn_by": program_version(language),
        },
    )
    return chart


@cache
def program_version(language: str) -> str:
    """Return a hash of the chart code and of a language's translations."""
    digest = hashlib.sha256()
    sources = [*Path(charts.__file__).parent.glob("*.py"), Path(__file__)]
    words = Path(settings.LOCALE_PATHS[0]) / to_locale(language) / "LC_MESSAGES" / "django.po"
    for path in [*sorted(sources), *([words] if words.exists() else [])]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _charts(estimate: LagEstimate) -> Iterator[tuple[str, Draw]]:
    """Yield the charts of an estimate with their names, without those that have nothing to show."""
    as_of, pair = estimate.as_of, Pair(estimate.follower, estimate.leader)
    if estimate.benchmark is not None:
        on, exact = estimate.benchmark, BenchmarkValues(estimate.values)
        shown = published.chart_benchmark_frontiers(
            exact, as_of, pair, on.name, on.unit, on.direction == "lower"
        )
        yield "frontiers", partial(frontiers.spec, shown)
        lags = published.chart_benchmark_lag(exact, as_of, pair)
        if lags.events or lags.pieces:
            yield "lags", partial(lag_over_time.spec, lags)
        return
    values = CompositeValues(estimate.values)
    if not values.path:
        return
    yield "frontiers", partial(frontiers.spec, published.chart_composite_frontiers(values, as_of, pair))
    yield "lags", partial(lag_path.spec, published.chart_composite_path(values, as_of, pair))
    fan = list(_fan(estimate))
    if fan:
        ahead = published.chart_composite_forecast(values, as_of, pair, fan)
        yield "forecast", partial(lag_path.spec, ahead)
    if estimate.scope or estimate.domain or estimate.attribution != HEADQUARTERS:
        return  # domains are not published for these
    parts = [(str(DOMAINS.get(part.domain, part.domain)), part.figures) for part in domain_lags(pair=pair)]
    if parts:
        yield "domains", partial(forest.spec, published.chart_domains(values.figures, parts, pair))
    if pair == PAIR and estimate.attribution == HEADQUARTERS:
        yield from _price_charts(estimate, pair)


def _price_charts(estimate: LagEstimate, pair: Pair) -> Iterator[tuple[str, Draw]]:
    best = best_at_each_price(estimate, offered_prices())
    sides = [
        [PriceMark(row.name, row.offer.usd, row.level) for row in best if row.cohort == side]
        for side in (pair.follower, pair.leader)
    ]
    if all(sides):
        yield (
            "prices",
            partial(price_frontier.spec, published.chart_price_frontiers(sides[0], sides[1], pair)),
        )


def _fan(estimate: LagEstimate) -> Iterator[DatedLag]:
    for row in Forecast.objects.filter(estimate=estimate, kind=Forecast.Kind.LAG).order_by("horizon_months"):
        quantiles = row.quantiles or [None] * 100
        yield DatedLag(row.due_on, Interval("ok", quantiles[49], quantiles[2], quantiles[97]))


def _credit(estimate: LagEstimate) -> list[str]:
    on = date_format(estimate.as_of, str(LONG_DATE))
    parts = ["Lagline", _("data: Epoch AI (CC BY 4.0) and others, as of %(on)s") % {"on": on}]
    parts.append(_("method %(version)s") % {"version": estimate.method_version})
    if estimate.benchmark is None:
        figures = CompositeValues(estimate.values).figures
        n = number_format(figures.n_scores, use_l10n=True, force_grouping=True)
        parts.append(
            _("n = %(scores)s scores of %(models)s models") % {"scores": n, "models": sum(figures.n_models)}
        )
    else:
        n_models = BenchmarkValues(estimate.values).n_models
        parts.append(_("n = %(models)s models") % {"models": n_models})
    return parts
