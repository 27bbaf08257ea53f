"""Charts as files in the language of their address; a versioned address is cached for ever."""

from __future__ import annotations

import json

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import patch_cache_control
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from leaderboard import queries
from leaderboard.charts.palette import SIZES, THEMES, recolour
from leaderboard.models import Chart


@require_safe
def chart_svg(request: HttpRequest, estimate_id: int, version: str, name: str, theme: str) -> HttpResponse:
    """Answer with a chart as SVG."""
    chart, palette = _get_chart(estimate_id, name, theme)
    answer = HttpResponse(recolour(chart.svg, THEMES[palette]), content_type="image/svg+xml")
    return _cacheable(answer, chart, version)


@require_safe
def chart_png(request: HttpRequest, estimate_id: int, version: str, name: str, theme: str) -> HttpResponse:
    """Answer with a chart as PNG, which exists for the light and wide drawing only."""
    chart, _palette = _get_chart(estimate_id, name, theme)
    if theme != "light-wide" or chart.png is None:
        message = _("Estimate %(id)s has no picture of '%(name)s' in '%(theme)s'; there is: light-wide.")
        raise Http404(message % {"id": estimate_id, "name": name, "theme": theme})
    return _cacheable(HttpResponse(bytes(chart.png), content_type="image/png"), chart, version)


@require_safe
def chart_spec(request: HttpRequest, estimate_id: int, version: str, name: str, theme: str) -> HttpResponse:
    """Answer with the Vega-Lite specification of a chart."""
    chart, palette = _get_chart(estimate_id, name, theme)
    return _cacheable(
        JsonResponse(json.loads(recolour(json.dumps(chart.spec), THEMES[palette]))), chart, version
    )


def _get_chart(estimate_id: int, name: str, theme: str) -> tuple[Chart, str]:
    palette, _dash, size = theme.partition("-")
    chart = None
    if palette in THEMES and size in SIZES:
        chart = queries.chart(estimate_id=estimate_id, name=name, language=get_language() or "en", size=size)
    if chart is None:
        themes = ", ".join(f"{palette}-{size}" for palette in THEMES for size in SIZES)
        message = _("Estimate %(id)s has no chart '%(name)s' in the theme '%(theme)s'; themes: %(themes)s.")
        raise Http404(message % {"id": estimate_id, "name": name, "theme": theme, "themes": themes})
    return chart, palette


def _cacheable(answer: HttpResponse, chart: Chart, version: str) -> HttpResponse:
    """Cache the version that the address names for ever, a newer one for five minutes."""
    if chart.version == version:
        patch_cache_control(answer, public=True, max_age=31_536_000, immutable=True)
    else:
        patch_cache_control(answer, public=True, max_age=300)
    return answer
