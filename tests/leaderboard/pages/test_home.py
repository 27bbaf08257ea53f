"""The home page states the lag in a sentence, with no more than the estimate says."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from evals.models import Benchmark, Claim
from leaderboard.models import LagEstimate
from tests.leaderboard.pages.builders import AS_OF, event, make_models, publish, publish_values
from tests.leaderboard.pages.reading import page, read
from tests.support.record import NOW

Values = dict[str, Any]
pytestmark = pytest.mark.django_db


@pytest.fixture
def index() -> Benchmark:
    return Benchmark.objects.create(
        slug="epoch-capabilities-index", name="Epoch Capabilities Index", kind="index", unit="points"
    )


def test_without_an_estimate_it_says_so() -> None:
    assert "No lag has been published yet." in read("/")


def test_the_headline_has_its_date_its_range_its_counts_and_its_method(index: Benchmark) -> None:
    publish_values(index)
    text = read("/")
    assert (
        "Over the 12 months to 11 August 2026, the best Chinese models reached each new level of capability "
        "5.0 months after the best US models first had."
    ) in text
    assert (
        "The best Chinese model today, Alpha, is as good as the best US model, Beta, was 4.0 months ago."
        in text
    )
    assert "one level only" in text
    assert "1 level on 1 date" in text
    assert "Method 1" in text


def test_a_lead_is_told_as_a_lead(index: Benchmark) -> None:
    levels = {"low": 1.0, "high": 2.0, "date": "2026-07-16", "follower": "a", "leader": "b"}
    segments = [levels | {"lag_months": -4.0}, levels | {"lag_months": -0.5}]
    catchup = {"status": "ok", "lag_months": -2.25, "width": 1.0, "n_events": 1, "segments": segments}
    publish_values(index, catchup=catchup)
    text = read("/")
    assert "2.2 months before the best US models did." in text
    assert "−4.0 to −0.5 months" in text
    assert "2 levels on 1 date" in text


def test_an_undefined_headline_is_told_in_words(index: Benchmark) -> None:
    nothing: Values = {
        "status": "no_new_common_level",
        "lag_months": None,
        "width": 0.0,
        "n_events": 0,
        "segments": [],
    }
    publish_values(index, catchup=nothing)
    text = read("/")
    assert "no lag can be given: no level was caught up with in the 12 months" in text
    assert "0.0 months" not in text


def test_a_lead_over_untested_models_is_not_called_a_lead(index: Benchmark) -> None:
    publish_values(index)
    other = Benchmark.objects.create(slug="other", name="Other")
    ahead = {"state": "ahead", "signed_months": -3.0, "gap": -1.0, "match": "a", "at_least": False}
    lead = event(status="ahead_open", lag_months=None, lag_lo=None, lag_hi=-3.0, match=None, verified=False)
    publish_values(other, standing=ahead, event_lags=[lead])
    text = read("/")
    assert "not comparable: the best US model was not tested" in text
    assert "China ahead" not in text


def test_a_stale_benchmark_is_apart_with_its_reason(index: Benchmark) -> None:
    publish_values(index)
    old = Benchmark.objects.create(slug="hellaswag", name="HellaSwag")
    stale = {"state": "stale", "signed_months": None, "gap": None, "match": None, "at_least": False}
    catchup: Values = {"status": "stale", "lag_months": None, "width": None, "n_events": None, "segments": []}
    publish_values(old, standing=stale, catchup=catchup)
    text = read("/")
    assert "1 benchmark without a current lag, and why" in text
    assert "HellaSwag : a side has no scored model from the last 12 months" in text


def test_the_claims_have_their_source(index: Benchmark) -> None:
    Claim.objects.create(
        slug="c",
        claimed_on=AS_OF,
        precision="month",
        claimant="An institute",
        leader="US",
        follower="China",
        lag_months_high=3,
        statement="Under three months.",
        source="A report, https://example.org/report",
    )
    markup = page("/")
    text = read("/")
    assert "Aug 2026 3 months at most An institute : Under three months." in text
    assert 'href="https://example.org/report"' in markup


def test_the_page_of_a_full_record_takes_few_queries(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    make_models(300)
    publish("epoch-capabilities-index")
    with django_assert_max_num_queries(10):
        markup = page("/")
    assert "/frontiers-dark-narrow.svg" in markup
    assert markup.count('<th scope="row">') >= 300


def test_the_markup_has_nothing_that_the_policy_forbids(index: Benchmark) -> None:
    publish_values(index)
    markup = page("/")
    assert not re.search(r"\sstyle=|\son[a-z]+=|<style|javascript:", markup)
    assert not re.search(r'<script(?! type="application/ld\+json">)(?![^>]*\ssrc=)', markup)


def composite(**parts: Any) -> dict[str, Any]:
    def span(*months: float | None) -> dict[str, Any]:
        return dict(zip(("median", "lo", "hi"), months, strict=True))

    whole = {
        "catchup": span(6.0, 5.0, 6.9), "standing": span(5.2, 3.6, 6.1), "n_models": [87, 150],
        "n_benchmarks": 57, "n_scores": 2410, "too_little_data": False,
    }  # fmt: skip
    trend = {"slope_months_per_year": -0.9, "lo": -3.1, "hi": 1.2, "p_shrinking": 0.8}
    return {"composite": whole | parts, "trend": trend | {"parity": {"median": None}}}


def publish_composite(values: dict[str, Any]) -> None:
    LagEstimate.objects.create(
        follower="CN", leader="US", as_of=AS_OF, method_version="1", data_hash="6" * 64,
        values=values, published_at=NOW,
    )  # fmt: skip


def test_the_composite_is_the_headline_with_its_interval_and_its_trend(index: Benchmark) -> None:
    publish_values(index)
    publish_composite(composite())
    text = read("/")
    assert "new level of capability 6.0 months after the best US models first had." in text
    assert "5.0 to 6.9 months" in text
    assert "was 5.2 months ago (95% interval 3.6 to 6.1)" in text
    assert "−0.9 months a year (−3.1 to 1.2)" in text
    assert "the data do not settle it" in text
    assert "no date of parity can be given" in text
    assert "2,410 scores on 57 benchmarks" in text
    publish_values(Benchmark.objects.create(slug="other", name="Other"))
    assert "alone, and exactly as its values stand, the catch-up lag is 5.0 months" in read("/")


def test_the_trend_says_over_how_many_months_it_goes() -> None:
    values = composite()
    values["trend"] |= {"months": 31}
    publish_composite(values)
    assert "Over the last 31 months the lag changed by −0.9 months a year" in read("/trend/")


def test_a_composite_with_an_open_end_tells_its_bound_and_one_without_any_figure_its_reason() -> None:
    publish_composite(composite(catchup={"status": "open", "median": None, "lo": 4.1, "hi": None}))
    text = read("/")
    assert "capability 4.1 or more months after the best US models first had." in text
    assert "4.1 or more months of the catch-up lag" in text
    LagEstimate.objects.all().delete()
    nothing = {"status": "insufficient_overlap", "median": None, "lo": None, "hi": None}
    publish_composite(composite(catchup=nothing, standing=nothing))
    text = read("/")
    assert "no lag over all benchmarks can be given: fewer than three benchmarks have scores of both" in text
    assert "in US terms cannot be said: fewer than three benchmarks" in text
    assert "0.0" not in text


def test_a_composite_on_too_little_data_says_so(index: Benchmark) -> None:
    publish_composite(composite(too_little_data=True))
    assert "too little data to lean on it" in read("/")
