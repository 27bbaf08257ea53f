"""The pages of open and closed weights, price and adoption, on the real record and on small ones."""

from __future__ import annotations

import re
from datetime import date
from html import unescape
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from evals.models import Adoption
from evals.queries import lag_input
from leaderboard.comparisons import OPEN_AND_CLOSED, Comparison
from leaderboard.models import LagEstimate
from leaderboard.operations.charts import draw_estimate_charts
from leaderboard.operations.publish import RecordSnapshot, publish_composite
from leaderboard.presenters.adoption import UseParity, present_adoption
from leaderboard.queries import OPEN_WEIGHTS, price_comparison
from tests.leaderboard.pages.builders import load_real_catalogue
from tests.leaderboard.pages.reading import page, read
from tests.support.record import NOW

pytestmark = pytest.mark.django_db


def test_on_the_real_record_the_pages_tell_what_is_published(
    django_assert_max_num_queries: DjangoAssertNumQueries, client: Client
) -> None:
    load_real_catalogue()
    known = RecordSnapshot.of(lag_input(), NOW)
    (usual,) = publish_composite(known, Comparison())
    (opened,) = publish_composite(known, OPEN_AND_CLOSED)
    (cheap,) = publish_composite(known, price_comparison(3.0))
    draw_estimate_charts(estimate=usual, language="en")

    months = opened.values["composite"]["catchup"]["median"]
    with django_assert_max_num_queries(6):
        text = read("/open-closed/")
    assert f"{abs(months):.1f} months" in text

    with django_assert_max_num_queries(6):
        markup = page("/price/")
    assert "prices-light-narrow.svg" in markup
    text = read("/price/")
    figure = cheap.values["composite"]["catchup"]
    assert figure["median"] is None or f"3.00 {figure['median']:.1f}".replace("-", "−") in text
    assert text.count("not published yet") == 3
    for address, estimate in (
        ("/open-closed/", opened),
        ("/price/", cheap),
        ("/countries/cn/", usual),
        (f"/lags/{cheap.pk}/", cheap),
    ):
        links = set(re.findall(r'href="(/explore/\?[^"]+)"', page(address)))
        answers = [client.get(unescape(link)) for link in links]
        assert {answer.status_code for answer in answers} <= {200, 202}
        assert estimate in [answer.context.get("estimate") for answer in answers], address
    api = APIClient()
    best = api.get("/api/v1/price/frontier").json()["data"]
    for cohort in ("CN", "US"):
        rows = [row for row in best if row["cohort"] == cohort]
        assert [row["usd"] for row in rows] == sorted(row["usd"] for row in rows)
        assert [row["capability"] for row in rows] == sorted(row["capability"] for row in rows)
        assert len(rows) > 2
    costs = api.get("/api/v1/price/costs?fields=on,usd,cohort,level_of").json()["data"]
    sources = re.findall(
        r'<td class="full">.*?#prices".*?<small>(.+?)</small>', markup.split('id="costs"')[1], re.S
    )
    assert len(sources) == len(costs) > 0
    assert all(re.search(r"\w", source) for source in sources)
    assert api.get("/api/v1/prices?model=deepseek-r1&format=csv").content.startswith(b"model,provider")


def test_before_anything_is_published_the_pages_say_so() -> None:
    assert "No lag has been published yet." in read("/open-closed/")
    assert read("/price/").count("not published yet") == 4
    assert "No figure of the use of Chinese models is on record." in read("/adoption/")


def figure(subject: str, country: str, value: float, on: date, **fields: Any) -> None:
    values = {"measure": "downloads on Hugging Face", "unit": "downloads", "statement": "So many."} | fields
    Adoption.objects.create(
        subject=subject, country=country, value=value, observed_on=on, source="A report", **values
    )


def capable(comparison: Any, *rows: tuple[str, str, float]) -> None:
    """Publish frontiers from records of side, day and level."""
    frontiers: dict[str, list[dict[str, Any]]] = {"follower": [], "leader": []}
    for side, on, level in rows:
        frontiers[side].append({"model": f"{side}-{on}", "date": on, "level": level})
    LagEstimate.objects.create(
        **{name: value for name, value in comparison.columns.items() if name != "benchmark"},
        as_of=date(2026, 8, 11), method_version="1", data_hash="b" * 64, published_at=NOW,
        values={"frontiers": frontiers},
    )  # fmt: skip


ROWS = (
    ("leader", "2024-01-01", 1.0),
    ("follower", "2024-06-01", 0.5),
    ("follower", "2025-01-01", 1.5),
    ("leader", "2025-06-01", 2.0),
)


def test_the_diffusion_lag_goes_from_parity_of_capability_to_parity_of_use() -> None:
    capable(OPEN_WEIGHTS, *ROWS)
    figure("Qwen", "CN", 5, date(2025, 1, 1))
    figure("Llama", "US", 9, date(2025, 1, 1))
    figure("Qwen", "CN", 12, date(2026, 1, 1))
    figure("Llama", "US", 10, date(2026, 1, 1))
    (lag,) = present_adoption().diffusion
    assert (lag.capable_on, lag.used_on, lag.parity) == (
        date(2025, 1, 1),
        date(2026, 1, 1),
        UseParity.REACHED,
    )
    assert lag.months == pytest.approx(365 / 30.4375)
    assert "1 Jan 2025 JSON Jan 2026 12.0" in read("/adoption/")


def test_a_parity_that_the_first_figures_show_bounds_the_lag_from_above() -> None:
    capable(OPEN_WEIGHTS, *ROWS)
    figure("Qwen", "CN", 12, date(2026, 1, 1))
    figure("Llama", "US", 10, date(2026, 1, 1))
    text = read("/adoption/")
    assert "Jan 2026 or earlier: the first figure shows it at most 12.0" in text


def test_what_has_not_come_is_said() -> None:
    capable(Comparison(), *ROWS[:2])
    share = {"measure": "share of use on OpenRouter", "unit": "fraction"}
    figure("Chinese models", "CN", 0.3, date(2025, 11, 1), **share)
    (lag,) = present_adoption().diffusion
    assert (lag.capable_on, lag.parity, lag.months) == (None, UseParity.NOT_YET, None)
    assert "not reached yet JSON not reached yet not defined yet" in read("/adoption/")
    assert "Chinese models China" in read("/adoption/")
    assert "30%" in read("/adoption/")


def test_a_measure_of_one_side_alone_is_not_compared() -> None:
    figure("DeepSeek app", "CN", 33_000_000, date(2025, 1, 1), measure="monthly active users")
    figure("people in India", "", 0.77, date(2025, 1, 1), measure="trust in AI", unit="fraction")
    (lag,) = present_adoption().diffusion
    assert lag.parity is UseParity.ONE_SIDE
    assert "not comparable: no figure of US models" in read("/adoption/")
    rows = APIClient().get("/api/v1/adoption/diffusion?fields=measure,months").json()["data"]
    assert rows == [{"measure": "monthly active users", "months": None}]


def test_adoption_takes_few_queries_however_many_figures(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(50):
        figure(f"Model {number}", "CN", number, date(2025, 1, 1))
    with django_assert_max_num_queries(5):
        page("/adoption/")
