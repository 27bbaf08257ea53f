"""A published estimate is recomputed from the record of its day, and what differs is named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from evals.models import Benchmark, Developer, Model, Score
from evals.operations.catalogue.corrections import correct_rows
from leaderboard.comparisons import Comparison
from leaderboard.models import LagEstimate
from leaderboard.operations import publish_estimates
from leaderboard.operations.verify import verify
from tests.support.cohorts import NOW, two_cohorts
from tests.support.record import make_benchmark

pytestmark = pytest.mark.django_db


@pytest.fixture
def published() -> dict[str | None, LagEstimate]:
    two_cohorts(*(make_benchmark(slug) for slug in ("one", "two", "three")), models=6)
    for table in (Developer, Model, Benchmark, Score):
        table.objects.update(known_at=datetime(2026, 5, 1, tzinfo=UTC))
    return {
        estimate.benchmark.slug if estimate.benchmark else None: estimate
        for estimate in publish_estimates(now=NOW, comparisons=(Comparison(),))
    }


def test_an_untouched_record_gives_every_published_value(published: Any) -> None:
    for estimate in published.values():
        verification = verify(estimate_id=estimate.pk)
        assert verification.equal, verification.differences
        assert verification.data_hash == estimate.data_hash


def test_a_correction_after_the_publication_changes_nothing(published: Any) -> None:
    rows = [(score, {"value": 0.99}) for score in Score.objects.filter(model__slug="cn-2")]
    correct_rows(rows=rows, reason="An erratum.", now=NOW + timedelta(days=1))
    assert all(verify(estimate_id=estimate.pk).equal for estimate in published.values())


def test_a_score_that_was_tampered_with_is_found(published: Any) -> None:
    Score.objects.filter(model__slug="cn-2", benchmark__slug="one").update(value=0.99)
    tampered = verify(estimate_id=published["one"].pk)
    assert not tampered.equal
    assert tampered.differences[0].startswith("data: the published hash is")
    assert len(tampered.differences) > 1, "and its values are named, each by its place"
    assert verify(estimate_id=published["two"].pk).equal
    assert not verify(estimate_id=published[None].pk).equal


def test_the_command_says_equal_or_ends_with_one(published: Any, capsys: pytest.CaptureFixture[str]) -> None:
    estimate = published["one"]
    call_command("verify", estimate.pk)
    assert "equal:" in capsys.readouterr().out
    LagEstimate.objects.filter(pk=estimate.pk).update(values=estimate.values | {"n_models": {"leader": 1}})
    with pytest.raises(SystemExit):
        call_command("verify", estimate.pk)
    assert "differs: n_models.leader: published 1, recomputed 6." in capsys.readouterr().out
    with pytest.raises(CommandError, match="No estimate 999999"):
        call_command("verify", 999999)


def test_the_bill_names_each_score_under_an_estimate(published: Any, client: Client) -> None:
    correct_rows(
        rows=[(Score.objects.filter(benchmark__slug="one")[0], {"value": 0.99})], reason="x", now=NOW
    )
    bill = client.get(f"/api/v1/lags/{published['one'].pk}/bill").json()["data"]
    assert bill["command"] == f"python manage.py verify {published['one'].pk}"
    assert bill["estimate"]["data_hash"] == published["one"].data_hash
    assert len(bill["scores"]) == 10, "two models were not released by its day"
    assert {row["benchmark"] for row in bill["scores"]} == {"one"}
    assert {row["source"] for row in bill["scores"]} == {"a paper"}
    whole = client.get(f"/api/v1/lags/{published[None].pk}/bill").json()["data"]
    assert len(whole["scores"]) == 36
    assert client.get("/api/v1/lags/999999/bill").status_code == 404


def test_the_changelog_lists_a_correction_by_api_and_feed(published: Any, client: Client) -> None:
    score = Score.objects.get(model__slug="cn-2", benchmark__slug="one")
    correct_rows(rows=[(score, {"value": 0.5})], reason="<b>An erratum</b>", now=NOW)
    (row,) = client.get("/api/v1/corrections").json()["data"]
    assert (row["subject"], row["reason"]) == ("cn-2 on one", "<b>An erratum</b>")
    assert row["changes"]["value"][1] == 0.5
    feed = client.get("/changes.atom")
    assert feed["Content-Type"].startswith("application/atom+xml")
    assert "&lt;b&gt;An erratum" in feed.content.decode()
    assert client.get("/api/v1/corrections", {"as_of": "2026-10-01"}).json()["count"] == 0
