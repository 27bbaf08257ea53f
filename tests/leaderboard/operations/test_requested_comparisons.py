"""A comparison that is not published is asked for once, computed under a lease, and nothing is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from evals.models import Score
from leaderboard.comparisons import Comparison, InvalidComparison
from leaderboard.models import EstimateRequest, LagEstimate
from leaderboard.operations import publish_estimates, requested_comparisons
from leaderboard.operations.requested_comparisons import (
    claim_estimate_request,
    compute_next,
    is_published_automatically,
    refuse_unknown,
    request_comparison,
)
from tests.support.cohorts import two_cohorts
from tests.support.record import make_benchmark, make_model, make_score

NOW = timezone.now()
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
    comparison: Comparison = HALF, *, client: str = "c", may_ask: bool = True
) -> requested_comparisons.RequestedComparison:
    return request_comparison(comparison, client=client, language="en", now=NOW, may_ask=may_ask)


def test_what_is_asked_is_queued_computed_drawn_and_answered(
    record: None, woken: list[str], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        first = submit()
    assert (first.state, first.estimate, woken) == ("queued", None, ["worker.answer"])
    assert submit(client="another").request == first.request, "twice asked is once computed"
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


def test_without_leave_to_ask_nothing_is_written(record: None) -> None:
    assert submit(may_ask=False).state == "not_published"
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
    later = request_comparison(HALF, client="c", language="en", now=NOW + timedelta(minutes=11))
    assert later.state == "queued"


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


def test_one_client_may_ask_so_often_and_no_more_and_the_queue_has_an_end(
    record: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requested_comparisons, "MAX_PER_CLIENT", 2)
    monkeypatch.setattr(requested_comparisons, "MAX_WAITING", 3)
    queries = [Comparison.from_query({"follower": f"CN,price:{n}"}) for n in range(1, 6)]
    states = [submit(query, client="greedy").state for query in queries[:3]]
    assert states == ["queued", "queued", "refused"]
    assert submit(queries[2], client="another").state == "queued"
    full = submit(queries[3], client="another")
    assert isinstance(full.refusal, requested_comparisons.QueueFull)
    assert submit(queries[0], client="greedy").state == "queued", "what waits already is no new question"
    assert EstimateRequest.objects.count() == 3


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


def test_old_requests_are_forgotten_and_their_estimates_stay(record: None) -> None:
    submit()
    compute_next(clock=timezone.now)
    EstimateRequest.objects.update(asked_at=NOW - requested_comparisons.RETENTION - timedelta(days=1))
    Score.objects.filter(model__slug="us-3").delete()
    submit(Comparison.from_query({"visibility": "private"}))
    assert EstimateRequest.objects.get().comparison.endswith("private")
    assert LagEstimate.objects.filter(scope="without=benchmark:four", reading="").count() == 1
