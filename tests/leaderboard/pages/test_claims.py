"""Each claim is compared with the lag of its day, with a verdict in words."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from evals.models import Claim
from evals.queries import lag_input
from leaderboard import queries
from leaderboard.models import LagEstimate
from leaderboard.operations.publish import RecordSnapshot, publish_composite
from leaderboard.operations.verify import verify
from leaderboard.presenters.claims import ClaimVerdict, judge_claims, judge_interval
from tests.leaderboard.pages.builders import load_real_catalogue
from tests.leaderboard.pages.reading import page, read
from tests.support.record import NOW

pytestmark = pytest.mark.django_db


def claim(slug: str = "c", **fields: Any) -> Claim:
    values = {
        "claimed_on": date(2026, 1, 2), "claimant": "An institute", "leader": "US", "follower": "China",
        "lag_months_low": 7, "lag_months_high": 7, "statement": "Seven months.", "source": "A report",
    }  # fmt: skip
    return Claim.objects.create(slug=slug, **values | fields)


def published(day: date, *, catchup: tuple[float | None, ...], standing: tuple[float | None, ...]) -> None:
    def span(values: tuple[float | None, ...]) -> dict[str, Any]:
        return dict(zip(("median", "lo", "hi"), values, strict=True)) | {"status": "ok"}

    whole = {"catchup": span(catchup), "standing": span(standing), "n_models": [20, 40]}
    LagEstimate.objects.create(
        follower="CN", leader="US", scope=f"date={day}", as_of=day, method_version="1", data_hash="a" * 64,
        values={"composite": whole | {"n_benchmarks": 9, "n_scores": 300, "too_little_data": False}},
        published_at=NOW,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("claimed", "interval", "expected"),
    [
        ((7, 7), (6, 9), ClaimVerdict.INSIDE),
        ((4, 14), (6, 9), ClaimVerdict.INSIDE),
        ((10, 10), (6, 9), ClaimVerdict.ABOVE),
        ((3, 5), (6, 9), ClaimVerdict.BELOW),
        ((None, 3), (6, 9), ClaimVerdict.BELOW),
        ((12, None), (6, 9), ClaimVerdict.ABOVE),
        ((12, None), (6, None), ClaimVerdict.INSIDE),
        ((3, 3), (None, 9), ClaimVerdict.INSIDE),
    ],
)
def test_a_claim_stands_inside_above_or_below_an_interval_whose_ends_may_be_open(
    claimed: tuple[float | None, float | None],
    interval: tuple[float | None, float | None],
    expected: ClaimVerdict,
) -> None:
    claim = Claim(lag_months_low=claimed[0], lag_months_high=claimed[1])
    assert judge_interval(claim, *interval) is expected


def test_a_claim_is_held_against_the_lag_of_its_day() -> None:
    claim()
    published(date(2026, 1, 2), catchup=(9.0, 8.0, 10.0), standing=(6.0, 5.0, 7.5))
    published(date(2026, 8, 11), catchup=(1.0, 0.5, 1.5), standing=(1.0, 0.5, 1.5))
    text = read("/claims/c/")
    assert "Verdict: agrees with the data ." in text
    assert "Catch-up over the 12 months before 9.0 8.0 to 10.0 shorter than the data say" in text
    assert "Standing how old what the follower had was 6.0 5.0 to 7.5 agrees with the data" in text
    text = read("/claims/")
    assert "An institute 2 Jan 2026 7 months 9.0 8.0 to 10.0 6.0 5.0 to 7.5 agrees with the data" in text


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"lag_months_low": None, "lag_months_high": None}, "it gives no number of months"),
        (
            {"lag_months_low": None, "lag_months_high": None, "direction": "will_lead"},
            "it is about the future",
        ),
        ({"leader": "Europe"}, "no lag of these cohorts is published"),
        ({}, "the lag of that day is not computed"),
    ],
)
def test_what_cannot_be_compared_is_said_with_the_reason(fields: dict[str, Any], message: str) -> None:
    claim(**fields)
    assert f": {message}" in read("/claims/")


def test_a_claim_about_an_earlier_day_is_held_against_that_day() -> None:
    claim("before", about_on=date(2025, 1, 19))
    claim("month", claimed_on=date(2025, 7, 1), precision="month")
    days = {comparison.on for comparison in queries.claim_comparisons()}
    assert days == {date(2025, 1, 19), date(2025, 7, 16)}


def test_the_publisher_takes_only_models_released_by_the_day_and_can_be_verified() -> None:
    load_real_catalogue()
    claim = Claim.objects.get(slug="epoch-us-china-2026-01")
    comparison = queries.claim_comparison(claim)
    assert comparison is not None
    (estimate,) = publish_composite(RecordSnapshot.of(lag_input(), NOW), comparison)
    assert estimate.as_of == claim.claimed_on
    released = [row["date"] for side in estimate.values["points"].values() for row in side]
    assert max(released) <= claim.claimed_on.isoformat()
    assert len(released) > 50
    (judged,) = judge_claims([claim])
    assert judged.overall in (ClaimVerdict.INSIDE, ClaimVerdict.ABOVE, ClaimVerdict.BELOW)
    assert verify(estimate_id=estimate.pk).equal
    assert queries.composite_lag() is None  # a day of the past is not the headline


def test_the_claims_take_few_queries_however_many(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(60):
        claim(f"c{number}")
    with django_assert_max_num_queries(4):
        page("/claims/")


def test_the_same_by_api() -> None:
    claim()
    published(date(2026, 1, 2), catchup=(9.0, 8.0, 10.0), standing=(6.0, 5.0, 7.5))
    api = APIClient()
    data = api.get("/api/v1/claims/c").json()["data"]
    assert (data["verdict"], data["catchup"]["verdict"]) == ("inside", "below")
    assert data["estimate"] == LagEstimate.objects.get().pk
    rows = api.get("/api/v1/claims/judged?fields=day,verdict").json()["data"]
    assert rows == [{"day": "2026-01-02", "verdict": "inside"}]
    assert api.get("/api/v1/claims?format=csv").content.startswith(b"slug,claimed_on")
    assert api.get("/api/v1/claims/nothing").status_code == 404
