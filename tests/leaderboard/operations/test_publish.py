"""Estimates are published once for each state of the data, and never edited."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from evals.models import Claim, Developer, ListPrice, Model, Score
from evals.queries import lag_input
from leaderboard import queries
from leaderboard.comparisons import OPEN_AND_CLOSED, Comparison
from leaderboard.lag.readings import READINGS
from leaderboard.models import LagEstimate, Publication
from leaderboard.operations import publish_estimates, record_has_changed
from leaderboard.operations.publish import RecordSnapshot, publish_requested
from leaderboard.operations.verify import verify
from tests.support.cohorts import NOW, SEEN, published_again, two_cohorts
from tests.support.record import make_benchmark, make_model, make_score

pytestmark = pytest.mark.django_db


def test_each_benchmark_of_both_cohorts_and_the_composite_are_published():
    two_cohorts(*(make_benchmark(slug, domain="maths") for slug in ("one", "two", "three")))
    make_score(make_model("us-0"), make_benchmark("us-only"), observed_on=SEEN)
    published = published_again(0)
    named = {(estimate.benchmark and estimate.benchmark.slug, estimate.domain) for estimate in published}
    assert named == {(None, ""), (None, "maths"), ("one", ""), ("two", ""), ("three", "")}
    (exact,) = queries.lag_estimates(benchmark="one")
    assert exact.values["catchup"]["lag_months"] == pytest.approx(180 / 30.4375)
    assert (exact.as_of, exact.state, exact.seed) == (SEEN, "ok", None)
    whole = queries.composite_lag()
    assert whole is not None
    catchup = whole.values["composite"]["catchup"]
    assert catchup["lo"] < 180 / 30.4375 < catchup["hi"]
    assert whole.values["composite"]["n_benchmarks"] == 3
    assert (whole.state, whole.seed) == ("ok", whole.values["composite"]["seed"])


def test_both_pairs_and_every_rule_of_attribution_are_published_with_each_reading():
    two_cohorts(*(make_benchmark(slug) for slug in ("one", "two", "three")))
    publish_estimates(now=NOW)
    wholes = LagEstimate.objects.filter(benchmark=None, domain="", follower="CN")
    assert set(wholes.values_list("follower", "leader", "attribution")) == {
        ("CN", "US", rule) for rule in ("headquarters", "base-model", "host-country", "announcement")
    }
    assert set(wholes.values_list("reading", flat=True)) == {"", *READINGS}
    (mean,) = queries.lag_estimates(follower="CN", reading="event_mean").filter(benchmark=None)
    assert 4 < mean.values["months"] < 180 / 30.4375 + 1
    assert set(mean.values["benchmarks"]) == {"one", "two", "three"}


def test_what_pages_tell_is_published_beside_over_all_benchmarks_alone():
    two_cohorts(*(make_benchmark(slug) for slug in ("one", "two", "three")))
    cheap = Model.objects.filter(slug__in=["cn-5", "us-5"])
    for model in cheap:
        ListPrice.objects.create(
            model=model, provider="a", in_force_on=model.released_on, input_usd_per_mtok=1,
            output_usd_per_mtok=1, source="A list",
        )  # fmt: skip
    Claim.objects.create(
        slug="c", claimed_on=SEEN - timedelta(days=100), claimant="A", leader="US", follower="China",
        lag_months_low=3, statement="Three.", source="A report",
    )  # fmt: skip
    make_score(make_model("fr-0", developer="mistral", country="FR"), make_benchmark("one"), observed_on=SEEN)
    publish_estimates(now=NOW)
    beside = LagEstimate.objects.filter(reading="").exclude(attribution__in=["base-model"])
    keys = {(row.follower, row.scope, row.benchmark_id) for row in beside}
    day = (SEEN - timedelta(days=100)).isoformat()
    assert {
        ("FR", "", None),
        ("CN", f"date={day}", None),
        ("CN,price:1", "", None),
        ("CN,open", "", None),
    } <= keys
    assert ("CN,price:0.5", "", None) not in keys


def test_the_open_cohort_is_compared_with_the_closed_one_by_the_day_of_its_weights():
    two_cohorts(*(make_benchmark(slug) for slug in ("one", "two", "three")))
    Model.objects.filter(developer__country="US").update(openness="closed")
    late = Model.objects.get(slug="cn-11")
    late.weights_opened_on = SEEN - timedelta(days=1)
    late.save()
    publish_estimates(now=NOW, comparisons=(OPEN_AND_CLOSED,))
    (exact,) = queries.lag_estimates(follower="open", leader="closed", benchmark="one")
    newest = next(row for row in exact.values["points"]["follower"] if row["model"] == "cn-11")
    assert newest["date"] == "2026-08-10"


def test_an_estimate_is_known_since_its_day_only_if_all_its_facts_were():
    early, late = datetime(2026, 5, 1, tzinfo=UTC), NOW - timedelta(days=3)
    two_cohorts(make_benchmark("one", known_at=early), make_benchmark("two", known_at=early))
    for table in (Developer, Model, Score):
        table.objects.update(known_at=early)
    Score.objects.filter(benchmark__slug="two", model__slug="cn-3").update(known_at=late)
    known = {estimate.benchmark and estimate.benchmark.slug: estimate for estimate in published_again(0)}
    assert known["one"].known_at == datetime(2026, 8, 11, tzinfo=UTC)
    assert known["two"].known_at == NOW, "a score of it came later"


def test_the_same_data_are_published_once():
    two_cohorts(make_benchmark("one"))
    assert len(published_again(0)) == 2
    assert published_again() == []
    assert Publication.objects.count() == 2
    assert not record_has_changed()
    make_score(make_model("us-0"), make_benchmark("two"), observed_on=SEEN)
    assert record_has_changed()


class Death(BaseException):
    """What no code catches, as the end of a process."""


def die(*arguments: object, **named: object) -> None:
    raise Death


@pytest.mark.parametrize("place", ["compute_report", "dataset_to_json", "store_change", "readings"])
def test_a_publication_that_dies_leaves_whole_estimates_and_the_next_one_does_the_rest(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_cohorts(*(make_benchmark(slug, domain="maths") for slug in ("one", "two", "three")))
    published_again(0)
    make_score(make_model("cn-new", country="CN", released_on=SEEN), make_benchmark("one"), observed_on=SEEN)
    kept = LagEstimate.objects.count()
    with monkeypatch.context() as patched:
        if place == "readings":
            patched.setattr(LagEstimate.objects, "bulk_create", die)
        else:
            patched.setattr(f"leaderboard.operations.publish.{place}", die)
        with pytest.raises(Death):
            published_again()
    assert LagEstimate.objects.count() == kept
    assert record_has_changed()
    published = published_again()
    assert [(row.benchmark and row.benchmark.slug, row.domain) for row in published] == [
        (None, ""),
        (None, "maths"),
        ("one", ""),
    ]
    assert published[0].change.former.published_at == NOW
    with monkeypatch.context() as patched:
        patched.setattr("leaderboard.operations.publish.compute_report", die)
        assert published_again(2) == [], "what is kept is not computed again"


def test_a_new_score_is_published_anew_beside_what_stood_before():
    benchmark = make_benchmark("one")
    two_cohorts(benchmark, make_benchmark("two"))
    published_again(0)
    before = dict(LagEstimate.objects.values_list("pk", "values"))
    make_score(make_model("cn-new", country="CN", released_on=SEEN), benchmark, 0.95, observed_on=SEEN)
    published = published_again()
    assert {estimate.benchmark and estimate.benchmark.slug for estimate in published} == {None, "one"}
    assert dict(LagEstimate.objects.filter(pk__in=before).values_list("pk", "values")) == before
    (newest,) = queries.lag_estimates(benchmark="one")
    assert newest in published


def test_a_lead_that_is_no_longer_verified_is_published_anew_though_its_scores_stand():
    first, others = make_benchmark("one"), [make_benchmark(slug) for slug in ("two", "three", "four")]
    two_cohorts(first, *others)
    lead = make_model("cn-lead", country="CN", released_on=SEEN - timedelta(days=5))
    best = make_model("us-best", developer="dev-us", country="US", released_on=SEEN - timedelta(days=20))
    make_score(lead, first, 0.93, observed_on=SEEN)
    for benchmark in (first, *others):
        make_score(best, benchmark, 0.9, observed_on=SEEN)
    published_again(0)
    (before,) = queries.lag_estimates(benchmark="one")
    better = make_model("us-better", developer="dev-us", country="US", released_on=SEEN - timedelta(days=9))
    for other in others:  # nothing is new on the benchmark itself
        make_score(better, other, 0.99, observed_on=SEEN)
    published_again()
    (after,) = queries.lag_estimates(benchmark="one")
    assert before.values["points"] == after.values["points"]
    assert before.data_hash != after.data_hash
    verified = [row.values["event_lags"][-1]["verified"] for row in (before, after)]
    assert verified == [True, False]


def test_scores_of_one_cohort_alone_date_and_publish_nothing():
    two_cohorts(make_benchmark("one"))
    make_score(make_model("us-0"), make_benchmark("ours"), observed_on=date(2026, 11, 22))
    published_again(0)
    assert set(LagEstimate.objects.values_list("as_of", flat=True)) == {SEEN}
    assert not queries.lag_estimates(benchmark="ours").exists()


def test_where_less_is_better_the_levels_are_turned_round():
    benchmark = make_benchmark("errors", direction="lower", chance=None, ceiling=None)
    two_cohorts(benchmark)
    Score.objects.filter(model__developer__country="CN").delete()
    leader = make_model("us-0")
    follower = make_model("cn-low", country="CN", released_on=SEEN)
    make_score(follower, benchmark, 0.29, observed_on=SEEN)
    published_again(0)
    (estimate,) = queries.lag_estimates(benchmark="errors")
    (event,) = estimate.values["event_lags"]
    assert (event["model"], event["status"]) == (follower.slug, "ahead_open")
    assert leader.slug in {row["model"] for row in estimate.values["frontiers"]["leader"]}


def test_any_comparison_is_published_beside_the_usual_ones_and_found_by_its_text():
    two_cohorts(*(make_benchmark(slug, domain="maths") for slug in ("one", "two", "three", "four")))
    model = Model.objects.get(slug="cn-5")
    ListPrice.objects.create(
        model=model,
        provider="p",
        in_force_on=SEEN - timedelta(days=5),
        input_usd_per_mtok=1,
        output_usd_per_mtok=1,
    )
    published_again(0)
    known = RecordSnapshot.of(lag_input(), timezone.now())
    for text in (
        "without=benchmark:four,model:us-3&date=2026-06-30",
        "without=developer:dev-x&benchmarks=two",
    ):
        comparison = Comparison.from_query(dict(part.split("=", 1) for part in text.split("&")))
        estimate = publish_requested(known, comparison)
        assert estimate is not None
        assert (estimate.state, estimate.scope) == ("ok", comparison.scope)
        assert queries.estimates_of(comparison).first() == estimate == publish_requested(known, comparison)
        assert verify(estimate_id=estimate.pk).equal
    whole = queries.composite_lag()
    assert whole is not None
    assert whole.scope == ""
    (dated,) = LagEstimate.objects.filter(scope__contains="date", reading="")
    assert (dated.as_of, dated.values["composite"]["n_benchmarks"]) == (date(2026, 6, 30), 3)
    cheap = Comparison.from_query({"follower": "CN,price:1", "leader": "US", "benchmarks": "one"})
    at_price = publish_requested(known, cheap)
    assert at_price is not None
    assert at_price.values["points"]["follower"] == [
        {"model": "cn-5", "date": "2026-08-06", "level": pytest.approx(0.3 + 0.5 * 5 / 12)}
    ]


def test_a_comparison_with_an_empty_cohort_is_not_published():
    two_cohorts(*(make_benchmark(slug) for slug in ("one", "two", "three")))
    known = RecordSnapshot.of(lag_input(), NOW)
    for query in ({"follower": "FR"}, {"follower": "CN,price:1"}, {"benchmarks": "none"}):
        assert publish_requested(known, Comparison.from_query(query)) is None


def test_two_benchmarks_are_too_few_for_a_composite_and_that_is_published():
    two_cohorts(*(make_benchmark(slug) for slug in ("one", "two", "three")))
    estimate = publish_requested(
        RecordSnapshot.of(lag_input(), NOW), Comparison.from_query({"benchmarks": "one,two"})
    )
    assert estimate is not None
    assert estimate.state == "insufficient_overlap"
