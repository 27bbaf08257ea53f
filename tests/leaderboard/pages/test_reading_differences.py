"""Lags by every reading, and without parts of the data, come from published estimates."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from evals.models import Claim
from leaderboard.lag.readings import READINGS
from leaderboard.operations import publish_estimates
from leaderboard.operations.publish import composite_only_comparisons
from leaderboard.operations.requested_comparisons import is_published_automatically
from tests.leaderboard.pages.reading import page, read
from tests.support.cohorts import two_cohorts
from tests.support.record import make_benchmark

pytestmark = pytest.mark.django_db


@pytest.fixture
def published() -> None:
    sets = ("public", "public", "public", "private", "private", "private")
    tests = [make_benchmark(f"b{n}", visibility=visibility) for n, visibility in enumerate(sets)]
    index = make_benchmark(
        "epoch-capabilities-index",
        name="Epoch's index",
        kind="index",
        chance=None,
        ceiling=None,
        unit="points",
    )
    two_cohorts(*tests, index)
    Claim.objects.create(
        slug="epoch-us-china-2026", claimed_on="2026-01-02", claimant="Epoch AI",
        leader="US", follower="China", lag_months_low=4, lag_months_high=14, statement="Seven months.",
    )  # fmt: skip
    Claim.objects.create(
        slug="somebody", claimed_on="2026-01-02", claimant="Somebody", leader="US", follower="China",
        lag_months_low=3, lag_months_high=3, statement="Three months.",
    )  # fmt: skip
    publish_estimates(now=timezone.now())


def test_every_reading_is_told_on_every_choice_with_the_claims_beside_their_rule(published: None) -> None:
    text = read("/why/")
    assert "Why figures of the lag differ" in text
    for name in ("Catch-up, our headline", "Standing, our second figure", "median of the event lags"):
        assert name in text
    assert "Epoch AI , 2 Jan 2026: 4 to 14 months" in text
    assert "Somebody , 2 Jan 2026: 3 months" in text
    assert "above the best Chinese one on Epoch's index" in text
    data = Client().get("/api/v1/why").json()["data"]
    choices = {choice["key"]: choice for choice in data["choices"]}
    rules = {"all", "base-model", "host-country", "announcement", "public", "private", "index"}
    assert rules | {
        choice.on.isoformat() for choice in composite_only_comparisons(timezone.now().date()) if choice.on
    } >= set(choices)
    assert rules <= set(choices)
    for choice in choices.values():
        assert {row["reading"] for row in choice["figures"]} == set(READINGS)
        assert all(row["months"] is not None or row["reason"] for row in choice["figures"])
    assert choices["private"]["comparison"] == "follower=CN&leader=US&visibility=private"
    assert data["claims"] == {"epoch_daily": ["epoch-us-china-2026"], "standing": ["somebody"]}
    assert data["gap_percent"]["n"] == 6


def test_a_switch_is_a_link_and_a_tolerance_moves_the_daily_lag(published: None) -> None:
    markup = page("/why/?on=index&tolerance=0")
    assert 'aria-current="true">Epoch&#x27;s index alone' in markup.replace("&#39;", "&#x27;")
    assert 'href="?on=private&amp;tolerance=0#one"' in markup

    def daily(tolerance: str) -> float:
        data = Client().get(f"/api/v1/why?tolerance={tolerance}").json()["data"]
        index = next(choice for choice in data["choices"] if choice["key"] == "index")
        return float(next(row for row in index["figures"] if row["reading"] == "epoch_daily")["months"])

    assert daily("0") > daily("1") >= 0.0, "scores of 0 to 1 are within a point of each other"
    assert Client().get("/api/v1/why?tolerance=x").status_code == 400
    assert "Why figures" in read("/why/?on=nonsense&tolerance=9e9")


def test_the_publisher_keeps_what_the_page_shows(published: None) -> None:
    today = timezone.now().date()
    assert all(
        is_published_automatically(comparison, today=today)
        for comparison in composite_only_comparisons(today)
    )


def test_what_if_tells_the_lag_without_each_part_and_how_few_models_it_hangs_on(published: None) -> None:
    text = read("/what-if/")
    assert "Leaving out any one of" in text
    assert "move it by a month" in text
    markup = page("/what-if/")
    assert 'name="without" value="developer:dev-cn"' in markup or 'value="model:' in markup
    assert 'action="/explore/"' in markup
    data = Client().get("/api/v1/what-if").json()["data"]
    assert data["fragility_known"]
    assert {row["kind"] for row in data["left"]} >= {"model", "benchmark"}
    lags = [row["months"] for row in data["left"] if row["months"] is not None]
    assert (data["low"], data["high"]) == (min(lags), max(lags))


def test_the_ticked_parts_are_one_comparison() -> None:
    two_cohorts(*(make_benchmark(slug) for slug in ("one", "two", "three")))
    query = {"follower": "CN", "leader": "US", "without": ["model:us-3", "model:cn-4"]}
    answer = Client().get("/explore/", query)
    assert answer.headers["Location"] == "/explore/?follower=CN&leader=US&without=model:cn-4,model:us-3"


def test_nothing_published_is_said() -> None:
    assert "No lag has been published yet." in read("/why/")
    assert "No lag is published whose parts could be left out." in read("/what-if/")
    assert Client().get("/api/v1/what-if").status_code == 404
    assert Client().get("/api/v1/why").json()["data"]["choices"] == []


def test_both_pages_take_few_queries(
    published: None, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for address in ("/why/", "/what-if/", "/zh-hans/why/", "/vi/what-if/"):
        with django_assert_max_num_queries(6):
            assert client.get(address).status_code == 200
