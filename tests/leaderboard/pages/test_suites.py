"""The page of a suite shows its tasks with versions and hashes, its runs, and the months of lagline-fresh."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from evals.models import Benchmark, FreshEdition, Model, Suite
from tests.leaderboard.pages.builders import make_models
from tests.leaderboard.pages.reading import page, read
from tests.support.record import NOW, make_submission

pytestmark = pytest.mark.django_db


def test_a_suites_page_tells_its_tasks_and_who_was_run_on_it() -> None:
    submission = make_submission(state="FINISHED")
    text = read("/suites/mini/")
    assert (
        "mini_sums version 1.0 by a generated answer 3 8 exact_match, extract Mini sums mini_sums000" in text
    )
    assert "DEEPSEEK-V3" in text
    assert f'href="/runs/{submission.runs.get().pk}/"' in page("/suites/mini/")
    assert 'href="/suites/mini/"' in page("/suites/")


def test_a_benchmarks_page_leads_to_the_suites_that_ask_it() -> None:
    make_submission(state="FINISHED")
    Benchmark.objects.create(slug="other", name="Other", domain="code", metric="accuracy")
    assert '<a href="/suites/mini/">Mini</a>' in page("/benchmarks/mini-sums/")
    assert "Asked here by no suite" in read("/benchmarks/other/")
    Suite.objects.filter(slug="mini").update(benchmark=Benchmark.objects.get(slug="other"))
    assert page("/benchmarks/other/?").count('href="/suites/mini/"') == 1


def test_an_earlier_version_keeps_its_page() -> None:
    make_submission(state="FINISHED")
    Suite.objects.filter(slug="mini").update(current=False)
    Suite.objects.create(slug="mini", version="2.0", name="Mini, again", current=True)
    assert "Mini, again 2.0" in read("/suites/mini/")
    assert "mini_sums version 1.0" in read("/suites/mini/?version=1.0")
    rows = APIClient().get("/api/v1/suites?slug=mini&current=false").json()["data"]
    assert {row["version"] for row in rows} == {"1.0", "2.0"}


def test_a_seed_is_shown_only_when_its_month_has_ended() -> None:
    Suite.objects.create(slug="lagline-fresh", version="1", name="lagline-fresh")
    for month, revealed in (("2026-10", NOW), ("2026-11", None)):
        FreshEdition.objects.create(
            month=month, version="1", seed=f"seed-of-{month}", commitment="c" * 64, items_hash="i" * 64,
            drawn_at=datetime(2026, 11, 1, tzinfo=UTC), revealed_at=revealed,
        )  # fmt: skip
    text = read("/suites/lagline-fresh/")
    assert "seed-of-2026-10" in text
    assert "seed-of-2026-11" not in text
    assert "secret until the month has ended" in text


def test_an_unknown_suite_is_not_found() -> None:
    read("/suites/nothing/", status=404)


def test_a_suite_takes_few_queries_however_many_were_run_on_it(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    make_models(40)
    for model in Model.objects.all()[:30]:
        make_submission(model=model, samples=1, state="FINISHED")
    with django_assert_max_num_queries(10):
        page("/suites/mini/")
