"""Estimates are published once for each state of the data, and never edited."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from evals.models import Benchmark, Developer, Model, Score
from leaderboard import queries
from leaderboard.models import Chart, LagEstimate
from leaderboard.operations import publish_estimates
from tests.support.record import make_benchmark, make_model, make_score

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SEEN = date(2026, 8, 11)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _drawings_are_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw nothing: a drawing takes a fifth of a second, and tests of the charts look at them."""
    monkeypatch.setattr("leaderboard.operations.publish.svg", lambda spec: "<svg></svg>")


def two_cohorts(*benchmarks: Benchmark, models: int = 12) -> None:
    """Put models of both countries on record, the Chinese ones as good as the US ones half a year earlier."""
    for number in range(models):
        released = SEEN - timedelta(days=60 * (models - number))
        value = 0.3 + 0.5 * number / models
        for country, delay in (("US", 0), ("CN", 180)):
            model = make_model(
                f"{country.lower()}-{number}",
                developer=f"dev-{country.lower()}",
                country=country,
                released_on=released + timedelta(days=delay),
            )
            for place, benchmark in enumerate(benchmarks):
                make_score(model, benchmark, value - 0.02 * place, n=400, observed_on=SEEN)


def test_each_benchmark_of_both_cohorts_and_the_composite_are_published():
    two_cohorts(*(make_benchmark(slug) for slug in ("one", "two", "three")))
    make_score(make_model("us-0"), make_benchmark("us-only"), observed_on=SEEN)
    published = publish_estimates(now=NOW)
    assert {estimate.benchmark and estimate.benchmark.slug for estimate in published} == {
        None, "one", "two", "three"
    }  # fmt: skip
    (exact,) = queries.lag_estimates(benchmark="one")
    assert exact.values["catchup"]["lag_months"] == pytest.approx(180 / 30.4375)
    assert exact.as_of == SEEN
    whole = queries.composite_lag()
    assert whole is not None
    catchup = whole.values["composite"]["catchup"]
    assert catchup["lo"] < 180 / 30.4375 < catchup["hi"]
    assert whole.values["composite"]["n_benchmarks"] == 3


def test_an_estimate_is_known_since_its_day_only_if_all_its_facts_were():
    early, late = datetime(2026, 5, 1, tzinfo=UTC), NOW - timedelta(days=3)
    two_cohorts(make_benchmark("one", known_at=early), make_benchmark("two", known_at=early))
    for table in (Developer, Model, Score):
        table.objects.update(known_at=early)
    Score.objects.filter(benchmark__slug="two", model__slug="cn-3").update(known_at=late)
    known = {
        estimate.benchmark and estimate.benchmark.slug: estimate for estimate in publish_estimates(now=NOW)
    }
    assert known["one"].known_at == datetime(2026, 8, 11, tzinfo=UTC)
    assert known["two"].known_at == NOW, "a score of it came later"


def test_the_same_data_are_published_once():
    two_cohorts(make_benchmark("one"))
    first = publish_estimates(now=NOW)
    assert len(first) == 2
    assert publish_estimates(now=NOW + timedelta(days=1)) == []
    drawn = Counter(Chart.objects.filter(estimate__in=first).values_list("name", flat=True))
    assert drawn == {"frontiers": 4, "lags": 4}


def test_a_new_score_is_published_anew_beside_what_stood_before():
    benchmark = make_benchmark("one")
    two_cohorts(benchmark)
    publish_estimates(now=NOW)
    before = dict(LagEstimate.objects.values_list("pk", "values"))
    make_score(make_model("cn-new", country="CN", released_on=SEEN), benchmark, 0.95, observed_on=SEEN)
    published = publish_estimates(now=NOW + timedelta(days=1))
    assert len(published) == 2
    assert dict(LagEstimate.objects.filter(pk__in=before).values_list("pk", "values")) == before
    (newest,) = queries.lag_estimates(benchmark="one")
    assert newest in published


def test_scores_of_one_cohort_alone_date_and_publish_nothing():
    two_cohorts(make_benchmark("one"))
    make_score(make_model("us-0"), make_benchmark("ours"), observed_on=date(2026, 11, 22))
    publish_estimates(now=NOW)
    assert set(LagEstimate.objects.values_list("as_of", flat=True)) == {SEEN}
    assert not queries.lag_estimates(benchmark="ours").exists()


def test_where_less_is_better_the_levels_are_turned_round():
    benchmark = make_benchmark("errors", direction="lower", chance=None, ceiling=None)
    two_cohorts(benchmark)
    Score.objects.filter(model__developer__country="CN").delete()
    leader = make_model("us-0")
    follower = make_model("cn-low", country="CN", released_on=SEEN)
    make_score(follower, benchmark, 0.29, observed_on=SEEN)
    publish_estimates(now=NOW)
    (estimate,) = queries.lag_estimates(benchmark="errors")
    (event,) = estimate.values["event_lags"]
    assert (event["model"], event["status"]) == (follower.slug, "ahead_open")
    assert leader.slug in {row["model"] for row in estimate.values["frontiers"]["leader"]}
