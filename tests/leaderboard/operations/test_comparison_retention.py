"""A requested comparison is deleted after a while, unless it has a permanent link or is needed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from evals.models import AuditEvent
from evals.operations.quotas import QuotaExceeded, Source
from evals.queries import record_known_before
from leaderboard.comparisons import Comparison
from leaderboard.exports.archive import exported_rows
from leaderboard.models import Chart, EstimateRequest, LagEstimate, RequestedEstimate
from leaderboard.operations import draw_charts, publish_estimates, requested_comparisons
from leaderboard.operations.comparison_retention import (
    LINK_QUOTAS,
    create_permanent_link,
    delete_expired_comparisons,
)
from leaderboard.operations.requested_comparisons import compute_next, find_comparison, request_comparison
from leaderboard.operations.verify import verify
from leaderboard.queries import kept_until
from tests.support.cohorts import two_cohorts
from tests.support.record import make_benchmark

NOW = timezone.now()
DAY = timedelta(days=1)
HERE = Source("c", "n")
HALF = Comparison.from_query({"without": "benchmark:four"})
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _record(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requested_comparisons, "wake_worker", lambda job: True)
    two_cohorts(*(make_benchmark(slug, domain="maths") for slug in ("one", "two", "three", "four")))


def computed(comparison: Comparison = HALF, *, language: str = "en") -> LagEstimate:
    request_comparison(comparison, source=HERE, language=language, now=NOW)
    assert compute_next(clock=timezone.now)
    estimate = find_comparison(comparison, now=NOW).estimate
    assert estimate is not None
    return estimate


def delete(*, days: int) -> int:
    return delete_expired_comparisons(now=NOW + days * DAY)


def test_a_requested_estimate_and_its_charts_are_deleted_after_thirty_days() -> None:
    publish_estimates(now=NOW, comparisons=(Comparison(),))
    before = LagEstimate.objects.count(), Chart.objects.count()
    estimate = computed()
    assert LagEstimate.objects.filter(scope=HALF.scope).count() > 5, "it has readings"
    assert kept_until(estimate) == NOW + 30 * DAY
    assert delete(days=29) == 0
    assert delete(days=31) == 1
    assert (LagEstimate.objects.count(), Chart.objects.count()) == before
    assert not EstimateRequest.objects.exists()
    assert find_comparison(HALF, now=NOW).state == "not_computed"


def test_the_period_is_a_setting(settings: Settings) -> None:
    settings.COMPARISON_DAYS = 2
    computed()
    assert delete(days=3) == 1


def test_a_new_request_keeps_it_longer() -> None:
    estimate = computed()
    request_comparison(HALF, source=HERE, language="en", now=NOW + 20 * DAY)
    estimate.requested.refresh_from_db()
    assert kept_until(estimate) == NOW + 50 * DAY
    assert (delete(days=31), delete(days=51)) == (0, 1)


def test_a_permanent_link_keeps_it() -> None:
    estimate = computed()
    assert create_permanent_link(estimate=estimate, source=HERE, now=NOW)
    assert not create_permanent_link(estimate=estimate, source=HERE, now=NOW)
    event = AuditEvent.objects.get(action="comparison.link")
    assert (event.object_type, event.object_id) == ("estimate", str(estimate.pk))
    assert delete(days=400) == 0
    estimate = LagEstimate.objects.get(pk=estimate.pk)
    assert kept_until(estimate) is None
    assert verify(estimate_id=estimate.pk).equal


def test_permanent_links_have_a_quota() -> None:
    estimates = [computed(Comparison.from_query({"without": f"benchmark:{slug}"})) for slug in ("one", "two")]
    limit = LINK_QUOTAS[0].limit
    RequestedEstimate.objects.filter(estimate=estimates[0]).update(linked_at=NOW, subscriber="c")
    for n in range(limit - 1):
        copied = LagEstimate.objects.get(pk=estimates[0].pk)
        copied.pk, copied.data_hash = None, f"copy-{n}"
        copied.save()
        RequestedEstimate.objects.create(estimate=copied, requested_at=NOW, linked_at=NOW, subscriber="c")
    with pytest.raises(QuotaExceeded, match="permanent links"):
        create_permanent_link(estimate=estimates[1], source=HERE, now=NOW)
    assert create_permanent_link(estimate=estimates[1], source=Source("c", "n", account="ann"), now=NOW)


def test_what_is_published_automatically_is_never_deleted() -> None:
    publish_estimates(now=NOW, comparisons=(Comparison(),))
    requested = computed()
    other = LagEstimate.objects.get(scope="", domain="", benchmark=None, reading="")
    assert kept_until(other) is None
    RequestedEstimate.objects.create(estimate=other, requested_at=NOW)  # requested before it was published
    assert delete(days=31) == 1
    assert LagEstimate.objects.filter(pk=other.pk).exists()
    assert not LagEstimate.objects.filter(pk=requested.pk).exists()


def test_a_composite_stays_as_long_as_a_linked_benchmark_that_rests_on_it() -> None:
    whole = computed()
    single = computed(Comparison.from_query({"without": "benchmark:four", "benchmarks": "one"}))
    create_permanent_link(estimate=single, source=HERE, now=NOW)
    assert delete(days=31) == 0
    assert verify(estimate_id=single.pk).equal
    RequestedEstimate.objects.filter(estimate=single).update(linked_at=None)
    assert delete(days=31) == 2
    assert not LagEstimate.objects.filter(pk__in=[whole.pk, single.pk]).exists()


def test_an_export_contains_only_what_is_permanent() -> None:
    estimate = computed()
    assert not exported_rows(LagEstimate).exists()
    assert not exported_rows(Chart).exists()
    create_permanent_link(estimate=estimate, source=HERE, now=NOW)
    assert exported_rows(LagEstimate).count() == LagEstimate.objects.count() > 5
    assert exported_rows(Chart).count() == Chart.objects.count() > 0


def test_the_past_does_not_say_who_made_a_link() -> None:
    estimate = computed()
    create_permanent_link(estimate=estimate, source=HERE, now=NOW)
    with record_known_before(timezone.now() + DAY):
        then = RequestedEstimate.objects.get()
        assert (then.subscriber, then.network) == ("", "")
        assert then.linked_at == NOW


def test_a_temporary_estimate_is_drawn_in_english_and_as_requested_a_permanent_one_in_all() -> None:
    estimate = computed(language="vi")
    draw_charts()
    assert set(estimate.charts.values_list("language", flat=True)) == {"en", "vi"}
    create_permanent_link(estimate=estimate, source=HERE, now=NOW)
    draw_charts()
    assert set(estimate.charts.values_list("language", flat=True)) == {"en", "vi", "zh-hans"}
