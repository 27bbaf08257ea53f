"""A comparison is computed once on request, under a lease and within quotas, and nothing is lost."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from evals.operations.quotas import Of, Quota, QuotaExceeded, Source
from leaderboard.comparisons import Comparison, InvalidComparison
from leaderboard.models import EstimateRequest
from leaderboard.operations import publish_estimates, requested_comparisons
from leaderboard.operations.requested_comparisons import (
    claim_estimate_request,
    compute_next,
    find_comparison,
    is_published_automatically,
    refuse_unknown,
    request_comparison,
)
from tests.support.cohorts import two_cohorts
from tests.support.record import make_benchmark, make_model, make_score

NOW = timezone.now()
HERE = Source(subscriber="c", network="n")
HALF = Comparison.from_query({"without": "benchmark:four"})
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    jobs: list[str] = []
    monkeypatch.setattr(requested_comparisons, "wake_worker", jobs.append)
    return jobs


@pytest.fixture
def record() -> None:
    two_cohorts(*(make_benchmark(slug, domain="maths") for slug in ("one", "two", "three", "four")))


def submit(
    comparison: Comparison = HALF, *, source: Source = HERE, now: datetime = NOW
) -> requested_comparisons.RequestedComparison:
    return request_comparison(comparison, source=source, language="en", now=now)


def distinct(n: int) -> Comparison:
    """Return one of many comparisons."""
    return Comparison.from_query({"follower": f"CN,price:{n}"})


def test_what_is_asked_is_queued_computed_drawn_and_answered(
    record: None, woken: list[str], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        first = submit()
    assert (first.state, first.estimate, woken) == ("queued", None, ["worker.answer"])
    assert submit(source=Source("another", "n")).request == first.request, "twice asked is once computed"
    assert compute_next(clock=timezone.now)
    result = submit()
    assert result.state == "published"
    assert result.estimate is not None
    assert (result.estimate.scope, result.estimate.state) == ("without=benchmark:four", "ok")
    assert {chart.name for chart in result.estimate.charts.all()} == {"frontiers", "lags"}
    picture = result.estimate.charts.get(name="frontiers", size="wide").png
    assert bytes(picture or b"").startswith(b"\x89PNG")
    assert not compute_next(clock=timezone.now)


def test_a_reading_is_no_other_computation(record: None) -> None:
    request = submit().request
    assert (
        submit(Comparison.from_query({"without": "benchmark:four", "reading": "epoch_daily"})).request
        == request
    )


def test_when_the_record_has_changed_the_last_estimate_answers_until_the_next_is_there(record: None) -> None:
    submit()
    compute_next(clock=timezone.now)
    old = submit().estimate
    make_score(make_model("us-11"), make_benchmark("one"), 0.99, source="another paper")
    seen = find_comparison(HALF, now=NOW)
    assert (seen.state, seen.estimate, seen.can_be_requested) == ("outdated", old, True)
    assert EstimateRequest.objects.count() == 1, "to look at it computes nothing"
    again = submit()
    assert (again.state, again.estimate) == ("queued", old)
    compute_next(clock=timezone.now)
    assert submit().state == "published"


def test_what_the_publisher_keeps_is_never_queued(record: None) -> None:
    publish_estimates(now=NOW, comparisons=(Comparison(),))
    assert submit(Comparison()).state == "published"
    assert submit(Comparison.from_query({"benchmarks": "one"})).state == "published"
    assert not EstimateRequest.objects.exists()
    assert is_published_automatically(Comparison.from_query({"domain": "maths"}), today=NOW.date())
    assert not is_published_automatically(
        Comparison.from_query({"domain": "maths", "attribution": "announcement"}), today=NOW.date()
    )
    assert not is_published_automatically(HALF, today=NOW.date())


def test_to_look_writes_nothing(record: None) -> None:
    result = find_comparison(HALF, now=NOW)
    assert (result.state, result.can_be_requested) == ("not_computed", True)
    past = find_comparison(HALF, now=NOW, past=True)
    assert (past.state, past.can_be_requested) == ("not_published", False)
    assert not EstimateRequest.objects.exists()


def test_a_worker_that_is_killed_loses_nothing_and_three_deaths_end_it(record: None) -> None:
    submit()
    at = NOW
    for attempt in (1, 2, 3):
        taken = claim_estimate_request(now=at)
        assert taken is not None
        assert (taken.state, taken.attempts) == ("computing", attempt)
        assert claim_estimate_request(now=at) is None, "it is leased"
        at += requested_comparisons.LEASE + timedelta(seconds=1)
    assert claim_estimate_request(now=at) is None
    request = EstimateRequest.objects.get()
    assert (request.state, request.failure, request.ended_at) == ("failed", "abandoned", at)


def test_a_worker_whose_lease_was_over_does_not_overwrite_another_one(record: None) -> None:
    submit()
    slow = claim_estimate_request(now=NOW)
    quick = claim_estimate_request(now=NOW + requested_comparisons.LEASE + timedelta(seconds=1))
    assert slow is not None
    assert quick is not None
    assert not requested_comparisons._end(slow, NOW, state="failed", failure="internal_error")
    assert requested_comparisons._end(quick, NOW, state="failed", failure="no_overlap")


def test_an_error_that_nobody_foresaw_fails_it_and_it_may_be_asked_again_later(
    record: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit()

    def broken(*args: object) -> None:
        raise RuntimeError("broken")

    with monkeypatch.context() as broke:
        broke.setattr(requested_comparisons, "publish_requested", broken)
        assert compute_next(clock=lambda: NOW)
    failed = submit()
    assert (failed.state, failed.request and failed.request.failure) == ("failed", "internal_error")
    assert submit(now=NOW + timedelta(minutes=11)).state == "queued"


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ({"follower": "FR"}, "no_follower"),
        ({"leader": "US,price:1"}, "no_leader"),
        ({"language": "zh"}, "no_benchmark"),
        ({"domain": "code"}, "no_overlap"),
    ],
)
def test_a_comparison_that_has_no_lag_says_why(record: None, query: dict[str, str], why: str) -> None:
    make_score(make_model("us-0"), make_benchmark("us-only", domain="code"))
    submit(Comparison.from_query(query))
    compute_next(clock=timezone.now)
    result = submit(Comparison.from_query(query))
    assert (result.state, result.request and result.request.failure) == ("failed", why)


def test_sixty_requests_of_one_network_leave_the_queue_to_others(record: None) -> None:
    refused = []
    for n in range(60):
        try:
            submit(distinct(n + 1), source=Source(f"subscriber-{n}", "one network"))
        except QuotaExceeded as refusal:
            refused.append(refusal)
    assert EstimateRequest.objects.count() == 10
    assert {refusal.quota.of for refusal in refused} == {Of.NETWORK}
    assert refused[0].retry_after_s == 120
    assert submit(distinct(100), source=Source("elsewhere", "another network")).state == "queued"


def test_readers_without_an_account_leave_a_third_of_the_queue_to_accounts(record: None) -> None:
    for n in range(40):
        submit(distinct(n + 1), source=Source(f"subscriber-{n}", f"network-{n}"))
    with pytest.raises(QuotaExceeded) as refusal:
        submit(distinct(50), source=Source("last", "last"))
    assert refusal.value.quota.of is Of.ANONYMOUS
    for n in range(20):
        submit(distinct(n + 60), source=Source("c", "n", account=f"account-{n // 5}"))
    with pytest.raises(QuotaExceeded) as full:
        submit(distinct(90), source=Source("c", "n", account="another"))
    assert full.value.quota.of is Of.EVERYONE
    assert EstimateRequest.objects.count() == 60


def test_a_quota_of_a_window_says_when_it_renews_and_does_so(
    record: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requested_comparisons, "QUOTAS", (Quota(Of.SUBSCRIBER, 2, timedelta(hours=1)),))
    submit(distinct(1))
    submit(distinct(2), now=NOW + timedelta(minutes=10))
    with pytest.raises(QuotaExceeded, match="your address is used up: 2 computations in 1 hour") as refusal:
        submit(distinct(3), now=NOW + timedelta(minutes=20))
    assert refusal.value.retry_after_s == 40 * 60
    assert submit(distinct(1), now=NOW + timedelta(minutes=20)).state == "queued", "it waits already"
    assert submit(distinct(3), now=NOW + timedelta(minutes=60)).state == "queued"
    with pytest.raises(QuotaExceeded):
        submit(distinct(4), now=NOW + timedelta(minutes=60))


def test_a_name_that_is_not_on_record_is_refused_with_those_that_are_near(record: None) -> None:
    for query, field in (
        ({"follower": "developer:dev-cm"}, "follower"),
        ({"benchmarks": "onee"}, "benchmarks"),
        ({"without": "model:cn-o"}, "without"),
        ({"domain": "mathz"}, "domain"),
        ({"date": "2999-01-01"}, "date"),
    ):
        with pytest.raises(InvalidComparison) as refusal:
            refuse_unknown(Comparison.from_query(query), today=NOW.date())
        assert refusal.value.field == field
    refuse_unknown(
        Comparison.from_query({"follower": "developer:dev-cn", "without": "model:us-3"}), today=NOW.date()
    )
