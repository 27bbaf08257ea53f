"""Each published number links to its evidence, down to the scores; corrections are public."""

from __future__ import annotations

import csv
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from evals.models import Benchmark, Developer, Model, Score
from evals.operations.catalogue.corrections import correct_rows, withdraw_rows
from leaderboard.models import LagEstimate
from leaderboard.operations.charts import draw_estimate_charts
from tests.leaderboard.pages.reading import page, read
from tests.support.cohorts import NOW, published_again, two_cohorts
from tests.support.record import make_benchmark, make_model, make_score

pytestmark = pytest.mark.django_db


@pytest.fixture
def published() -> dict[tuple[str | None, str], LagEstimate]:
    two_cohorts(*(make_benchmark(slug, domain="maths") for slug in ("one", "two", "three")), models=6)
    for table in (Developer, Model, Benchmark, Score):
        table.objects.update(known_at=datetime(2026, 5, 1, tzinfo=UTC))
    published_again(0)
    rows = LagEstimate.objects.filter(domain="").select_related("benchmark")
    return {(row.benchmark.slug if row.benchmark else None, row.reading): row for row in rows}


def test_an_estimate_on_a_benchmark_tells_its_figures_and_every_score_with_its_source(published: Any) -> None:
    estimate = published["one", ""]
    text = read(f"/lags/{estimate.pk}/")
    for words in (
        "The lag of China behind United States on one",
        "catch-up lag",
        "smallest and largest of the levels",
        f"{sum(estimate.values['n_models'].values())} models",
        estimate.data_hash,
        "none: it has no draws",
        f"python manage.py verify {estimate.pk}",
        "Its scores on one",
        "a paper",
    ):
        assert words in text, words
    markup = page(f"/lags/{estimate.pk}/")
    assert markup.count('href="/models/cn-') == 4, "two were not released by its day"
    assert f'href="/api/v1/lags/{estimate.pk}/bill?format=csv"' in markup


def test_a_composite_tells_interval_seed_and_the_benchmarks_that_open_their_scores(published: Any) -> None:
    estimate = published[None, ""]
    text = read(f"/lags/{estimate.pk}/")
    assert "95% interval" in text
    assert f"Seed of its draws {estimate.seed}" in text
    assert "The same data by other readings" in text
    assert "a paper" not in text
    opened = read(f"/lags/{estimate.pk}/?benchmark=two")
    assert "Its scores on two" in opened
    assert "a paper" in opened
    assert "Its scores" not in read(f"/lags/{estimate.pk}/?benchmark=nothing")


def test_a_reading_has_a_page_of_its_own(published: Any) -> None:
    estimate = published[None, "event_mean"]
    text = read(f"/lags/{estimate.pk}/")
    assert "mean of the event lags" in text
    assert "cases" in text
    read(f"/lags/{published[None, 'bracket'].pk}/")
    read("/lags/999999/", status=404)


def test_the_first_page_benchmarks_trend_and_changes_lead_to_what_is_under_their_numbers(
    published: Any,
) -> None:
    composite, exact = published[None, ""], published["one", ""]
    for address, estimate in (
        ("/", composite),
        ("/", exact),
        ("/trend/", composite),
        ("/benchmarks/one/", exact),
    ):
        assert f'href="/lags/{estimate.pk}/"' in page(address), address
    Score.objects.filter(model__slug="cn-5", benchmark__slug="one").update(value=0.1)
    published_again()
    markup = page("/changes/")
    assert f'href="/lags/{composite.pk}/"' in markup
    assert 'href="/corrections/"' in markup
    newest = re.search(r'newer one: <a href="(/lags/\d+/)"', page(f"/lags/{composite.pk}/"))
    assert newest is not None
    assert "newer one" not in page(newest[1])


def test_what_is_under_an_estimate_is_what_was_known_then(published: Any, client: Client) -> None:
    estimate = published["one", ""]
    score = Score.objects.get(model__slug="cn-2", benchmark__slug="one")
    correct_rows(rows=[(score, {"value": 0.123456})], reason="An erratum.", now=NOW + timedelta(days=1))
    make_score(make_model("late"), score.benchmark, 0.5, known_at=NOW + timedelta(days=2))
    text = read(f"/lags/{estimate.pk}/")
    assert "12.3%" not in text
    assert "late" not in text
    answer = client.get(f"/api/v1/lags/{estimate.pk}/bill", {"format": "csv"})
    rows = list(csv.DictReader(answer.content.decode().splitlines()))
    assert len(rows) == 10
    assert {row["source"] for row in rows} == {"a paper"}


def test_corrections_are_told_by_page_with_their_reason(published: Any) -> None:
    assert "Nothing has been corrected yet." in read("/corrections/")
    score = Score.objects.get(model__slug="cn-2", benchmark__slug="one")
    correct_rows(
        rows=[(score, {"value": 0.5})], reason="<b>An erratum</b>", now=NOW, source="https://a.example/"
    )
    (gone,) = withdraw_rows(
        rows=[Score.objects.get(model__slug="us-1", benchmark__slug="two")], reason="Forged.", now=NOW
    )
    text = read("/corrections/")
    assert "Value: 0.4" in text
    assert "→ 0.5" in text
    assert "Withdrawn" in text
    assert "Forged." in text
    markup = page("/corrections/")
    assert "<b>An erratum" not in markup
    assert 'href="/models/cn-2/"' in markup
    assert f'id="c{gone.pk}"' in markup
    alone = read("/corrections/?subject=us-1 on two")
    assert "Forged." in alone
    assert "erratum" not in alone
    assert "/corrections/?subject=us-1+on+two#c" in Client().get("/changes.atom").content.decode()


@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("en", ["Chart “The two frontiers” as SVG", "Chart “The lag over time” as SVG"]),
        ("zh-hans", ["图表“两条前沿线”（SVG）", "图表“滞后随时间的变化”（SVG）"]),
        ("vi", ["Biểu đồ “Hai đường biên năng lực” dạng SVG", "Biểu đồ “Độ trễ theo thời gian” dạng SVG"]),
    ],
)
def test_its_charts_are_called_by_their_names_in_each_language(
    published: Any, language: str, names: list[str]
) -> None:
    estimate = published["one", ""]
    draw_estimate_charts(estimate=estimate, language=language)
    markup = page(f"{'' if language == 'en' else f'/{language}'}/lags/{estimate.pk}/")
    assert re.findall(r'\.svg">([^<]+)</a>', markup) == names


@pytest.mark.parametrize("language", ["zh-hans", "vi"])
def test_the_pages_stand_in_every_language(published: Any, language: str) -> None:
    for path in (f"lags/{published[None, ''].pk}/", "corrections/", "data/"):
        assert f'lang="{language}"' in page(f"/{language}/{path}")
