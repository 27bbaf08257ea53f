"""Charts are drawn in every language and size, and anew by a new program; the estimate is not touched."""

from __future__ import annotations

import json
from typing import Any

import pytest

from leaderboard import queries
from leaderboard.lag import METHOD_VERSION
from leaderboard.models import Chart, LagEstimate
from leaderboard.operations import charts, draw_charts
from tests.support.cohorts import published_again, two_cohorts
from tests.support.record import make_benchmark


@pytest.fixture
def drawn(db: None, monkeypatch: pytest.MonkeyPatch) -> LagEstimate:
    """A published composite whose drawings are not looked at: one takes a fifth of a second."""
    monkeypatch.setattr(
        charts,
        "render_svg",
        lambda spec: '<svg xmlns="http://www.w3.org/2000/svg" version="1.1" width="800" height="500"></svg>',
    )
    two_cohorts(*(make_benchmark(slug, domain="maths") for slug in ("one", "two", "three")))
    published_again(0)
    whole = queries.composite_lag()
    assert whole is not None
    return whole


def texts(chart: Chart) -> str:
    return json.dumps(chart.spec, ensure_ascii=False)


def test_every_chart_is_there_in_every_language_and_size_with_its_credit(drawn: LagEstimate):
    assert draw_charts(estimates=[drawn]) == 0
    charts_drawn = set(Chart.objects.values_list("name", "language", "size"))
    assert len(charts_drawn) == 3 * 3 * 2
    assert {name for name, _, _ in charts_drawn} == {"frontiers", "lags", "domains"}
    english = Chart.objects.get(name="frontiers", language="en", size="wide")
    credit = " ".join(english.spec["title"]["text"])
    assert f"as of 11 August 2026 · method {METHOD_VERSION} · n = 66 scores of 22 models" in credit
    chinese = Chart.objects.get(name="frontiers", language="zh-hans", size="wide")
    assert "2026年8月11日" in texts(chinese)


def test_the_composites_frontiers_name_their_records_and_draw_the_published_lag(drawn: LagEstimate):
    draw_charts(estimates=[drawn])
    labels = texts(Chart.objects.get(name="frontiers", language="en", size="wide"))
    median = drawn.values["composite"]["catchup"]["median"]
    assert f"{median:.1f}" in labels
    records = drawn.values["frontiers"]["follower"]
    assert len(records) > 5
    assert all(drawn.values["names"][row["model"]] in labels for row in records)


def test_an_upgrade_of_the_program_draws_anew_and_leaves_the_estimate(
    drawn: LagEstimate, monkeypatch: pytest.MonkeyPatch
):
    draw_charts(estimates=[drawn])
    before = dict(Chart.objects.values_list("pk", "version"))
    calls: list[Any] = []
    monkeypatch.setattr(charts, "draw_estimate_charts", lambda **fields: calls.append(fields))
    assert draw_charts(estimates=[drawn]) == 0
    assert not calls
    monkeypatch.undo()
    monkeypatch.setattr(
        charts,
        "render_svg",
        lambda spec: '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"></svg>',
    )
    monkeypatch.setattr(charts, "program_version", lambda language: "another")
    draw_charts(estimates=[drawn])
    assert dict(Chart.objects.values_list("pk", "version")) == before
    assert set(Chart.objects.values_list("drawn_by", flat=True)) == {"another"}
    assert LagEstimate.objects.get(pk=drawn.pk).values == drawn.values


def test_what_does_not_fit_into_the_time_is_left_for_the_next(drawn: LagEstimate):
    assert draw_charts(estimates=[drawn], seconds=0) == 3
    assert not Chart.objects.exists()
