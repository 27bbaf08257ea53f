"""The files of an estimate's charts: their addresses and sizes."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import get_language

from leaderboard import queries
from leaderboard.charts.palette import SIZES, THEMES
from leaderboard.models import Chart
from leaderboard.presenters.labels import CHART_TITLES


@dataclass(frozen=True)
class ChartFiles:
    """The addresses of one chart in both sizes; they change when the chart is redrawn."""

    specs: str
    light_spec: str
    light_wide: str
    light_narrow: str
    light_png: str
    dark_wide: str
    dark_narrow: str
    wide: Chart
    narrow: Chart


def chart_files(estimate_id: int | None) -> dict[str, ChartFiles]:
    """Return the charts of an estimate by name, in the active language, that are drawn in both sizes."""
    if estimate_id is None:
        return {}
    drawn: dict[str, dict[str, Chart]] = {}
    for chart in queries.charts(estimate_id=estimate_id, language=get_language() or "en"):
        drawn.setdefault(chart.name, {})[chart.size] = chart
    return {name: _figure(drawn[name]) for name in CHART_TITLES if drawn.get(name, {}).keys() == SIZES.keys()}


def _figure(sizes: dict[str, Chart]) -> ChartFiles:
    addresses = {
        f"{theme}_{size}": reverse(
            "pages:chart-svg", args=[chart.estimate_id, chart.version, chart.name, f"{theme}-{size}"]
        )
        for theme in THEMES
        for size, chart in sizes.items()
    }
    wide = sizes["wide"]
    light = reverse("pages:chart-spec", args=[wide.estimate_id, wide.version, wide.name, "light-wide"])
    specs = light.removesuffix("light-wide.json")
    addresses["light_png"] = light.removesuffix(".json") + ".png"
    return ChartFiles(specs=specs, light_spec=light, wide=wide, narrow=sizes["narrow"], **addresses)
