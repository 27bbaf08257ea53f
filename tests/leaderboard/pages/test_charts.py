"""Charts are served as SVG, PNG and specification, each at a versioned address."""

from __future__ import annotations

from itertools import product

import pytest
from django.test import Client

from leaderboard.charts.palette import DARK, LIGHT
from leaderboard.models import Chart, LagEstimate
from tests.leaderboard.pages.builders import make_models, publish
from tests.leaderboard.pages.reading import read

THEMES = ("light-wide", "light-narrow", "dark-wide", "dark-narrow")
pytestmark = pytest.mark.django_db


@pytest.fixture
def estimate() -> LagEstimate:
    make_models(12)
    publish("epoch-capabilities-index")
    return LagEstimate.objects.get()


def test_a_published_chart_is_served_in_every_theme(estimate: LagEstimate) -> None:
    for name, theme in product(("frontiers", "lags"), THEMES):
        chart = Chart.objects.get(name=name, size=theme.split("-")[1])
        drawing = Client().get(f"/charts/{estimate.pk}/{chart.version}/{name}-{theme}.svg")
        assert drawing["Content-Type"] == "image/svg+xml"
        assert "immutable" in drawing["Cache-Control"]
        assert drawing.content.startswith(b"<svg")
        ink, other = (DARK, LIGHT) if "dark" in theme else (LIGHT, DARK)
        assert ink.ink in drawing.content.decode()
        assert other.ink not in drawing.content.decode()
        spec = Client().get(f"/charts/{estimate.pk}/{chart.version}/{name}-{theme}.json").json()
        assert spec["$schema"].endswith("/vega-lite/v6.json")
        assert spec["config"]["background"] == ink.paper


def test_an_address_without_its_drawing_leads_to_the_newest_and_is_not_kept_for_ever(
    estimate: LagEstimate,
) -> None:
    for address in ("frontiers-light-wide", "old/lags-light-wide"):
        drawing = Client().get(f"/charts/{estimate.pk}/{address}.svg")
        assert drawing.content.startswith(b"<svg")
        assert "immutable" not in drawing["Cache-Control"]


def test_a_chart_that_is_not_drawn_in_a_language_yet_is_served_in_english(estimate: LagEstimate) -> None:
    english = Client().get(f"/charts/{estimate.pk}/frontiers-light-wide.svg").content
    assert Client().get(f"/vi/charts/{estimate.pk}/frontiers-light-wide.svg").content == english


def test_an_unknown_theme_is_refused_with_those_there_are(estimate: LagEstimate) -> None:
    text = read(f"/charts/{estimate.pk}/frontiers-sepia.svg", status=404)
    assert f"Estimate {estimate.pk} has no chart 'frontiers' in the theme 'sepia'" in text
    assert "dark-narrow" in text


def test_a_chart_of_which_a_size_is_missing_is_not_shown(estimate: LagEstimate) -> None:
    address = "/benchmarks/epoch-capabilities-index/"
    assert "The lag over time" in read(address)
    estimate.charts.get(name="lags", size="narrow").delete()
    assert "The lag over time" not in read(address)
