"""Models side by side, and two runs on the same items."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from evals.models import Benchmark, Model, Run, Sample, Score
from tests.leaderboard.pages.builders import make_models
from tests.leaderboard.pages.reading import page, read
from tests.support.record import NOW, make_submission

pytestmark = pytest.mark.django_db


def two_runs() -> tuple[Run, Run]:
    """Make runs of two models on the same items; the second answers one more of them wrong."""
    make_models(4)
    runs = []
    for slug in ("model-002", "model-003"):
        submission = make_submission(model=Model.objects.get(slug=slug), state="FINISHED")
        runs.append(submission.runs.get())
    Sample.objects.filter(run=runs[1], doc_id=0).update(metrics={"exact_match,extract": 0.0}, answer="7")
    return runs[0], runs[1]


def test_models_are_compared_on_what_they_share() -> None:
    make_models(6)
    text = read("/compare/?models=model-004,model-005")
    assert "Model 004 and Model 005 0 0 0 beyond the interval" in text  # an index is no test
    assert "Epoch Capabilities Index 104.0" in text
    assert "+4.0 (no interval: a standard error is missing)" in text


def test_where_both_answered_the_same_items_the_difference_is_taken_by_item() -> None:
    mine, theirs = two_runs()
    markup = page("/compare/?models=model-002,model-003")
    assert f'href="/runs/{mine.pk}/diff/{theirs.pk}/"' in markup
    assert "−12.5" in markup  # one of eight items
    assert "by item, n = 8" in markup


def test_two_scores_that_share_no_item_combine_their_errors() -> None:
    make_models(2)
    test = Benchmark.objects.create(slug="quiz", name="Quiz")
    for slug, value, stderr in (("model-000", 0.6, 0.04), ("model-001", 0.7, 0.03)):
        Score.objects.create(
            model=Model.objects.get(slug=slug), benchmark=test, value=value, stderr=stderr, n=200,
            provenance="reported", source="A report", recorded_at=NOW,
        )  # fmt: skip
    text = read("/compare/?models=model-000,model-001")
    assert "+10.0 (+0.2 to +19.8)" in text
    assert "Model 000 and Model 001 1 0 0 beyond the interval 1 1 beyond the interval" in text


@pytest.mark.parametrize(
    ("models", "status", "message"),
    [
        ("", 200, "Choose models"),
        ("model-000", 200, "Choose at least two models."),
        ("model-000,model-0001", 400, "No model on record is called model-0001. Nearest: model-001"),
        (",".join(f"model-00{i}" for i in range(7)), 400, "At most 6 models"),
    ],
)
def test_what_cannot_be_compared_is_said(models: str, status: int, message: str) -> None:
    make_models(8)
    assert message in read(f"/compare/?models={models}", status=status)


def test_the_chooser_leads_to_the_address_that_is_the_choice() -> None:
    make_models(2)
    answer = Client().get("/compare/?model=model-000&model=&model=model-001&model=model-000")
    assert answer.headers["Location"] == "/compare/?models=model-000,model-001"


def test_six_models_of_a_full_record_take_few_queries(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    make_models(200)
    for i in range(6):
        make_submission(model=Model.objects.get(slug=f"model-00{i}"), state="FINISHED")
    with django_assert_max_num_queries(8):
        page("/compare/?models=" + ",".join(f"model-00{i}" for i in range(6)))


def test_the_same_comparison_by_api() -> None:
    mine, theirs = two_runs()
    api = APIClient()
    rows = api.get("/api/v1/compare?models=model-002,model-003").json()["data"]
    sums = next(row for row in rows if row["benchmark"] == "mini-sums" and row["model"] == "model-003")
    assert (sums["difference"]["value"], sums["difference"]["n"]) == (-0.125, 8)
    assert sums["runs"] == [mine.pk, theirs.pk]
    only = api.get("/api/v1/compare?models=model-002,model-003&fields=model,score&format=csv").content
    assert only.startswith(b"model,score\nmodel-002,")
    pair = api.get("/api/v1/compare/pairs?models=model-002,model-003").json()["data"][0]
    assert (pair["first"], pair["shared"]) == ("model-002", 1)
    refused = api.get("/api/v1/compare?models=model-002,model-03")
    assert refused.status_code == 400
    assert refused.json()["error"]["field"] == "models"


def test_two_runs_are_read_item_by_item() -> None:
    mine, theirs = two_runs()
    text = read(f"/runs/{mine.pk}/diff/{theirs.pk}/")
    assert "Over the 8 items that both answered, Model 002 less Model 003 is +12.5 points" in text
    assert "The items do not tell the two apart." in text
    assert "all 8 only the first right 1 only the second right 0 both wrong 4 both right 3" in text
    only = read(f"/runs/{mine.pk}/diff/{theirs.pk}/?show=only-first")
    assert only.count("Answer read") == 2
    assert "Sample 0" in only


def test_a_diff_takes_few_queries_however_many_items(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    make_models(2)
    runs = [
        make_submission(model=Model.objects.get(slug=slug), samples=40, state="FINISHED").runs.get().pk
        for slug in ("model-000", "model-001")
    ]
    with django_assert_max_num_queries(8):
        page(f"/runs/{runs[0]}/diff/{runs[1]}/")


def test_the_diff_by_api() -> None:
    mine, theirs = two_runs()
    api = APIClient()
    data = api.get(f"/api/v1/runs/{mine.pk}/diff/{theirs.pk}").json()["data"]
    assert data["agreement"] == {"n": 8, "both": 3, "only_first": 1, "only_second": 0, "neither": 4}
    items = api.get(f"/api/v1/runs/{mine.pk}/diff/{theirs.pk}/items?show=only-first").json()
    assert items["count"] == 1
    assert api.get(f"/api/v1/runs/{mine.pk}/diff/999999").status_code == 404


def test_a_run_leads_to_its_diffs() -> None:
    mine, theirs = two_runs()
    assert f'href="/runs/{mine.pk}/diff/{theirs.pk}/"' in page(f"/runs/{mine.pk}/")


def test_a_score_without_a_standard_error_has_that_of_the_benchmarks_items() -> None:
    make_models(2)
    test = Benchmark.objects.create(slug="quiz", name="Quiz", items=400)
    for slug, value in (("model-000", 0.6), ("model-001", 0.7)):
        Score.objects.create(
            model=Model.objects.get(slug=slug), benchmark=test, value=value,
            provenance="reported", source="A report", recorded_at=NOW,
        )  # fmt: skip
    # sqrt(.6 * .4 / 400 + .7 * .3 / 400) = .0335, 1.96 times that is 6.6 points
    assert "+10.0 (+3.4 to +16.6)" in read("/compare/?models=model-000,model-001")
