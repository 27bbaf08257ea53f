"""Find or request any comparison; a worker computes each request under a lease and publishes it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from evals import queries as record
from evals.operations.quotas import Counted, Of, Quota, Source, Things, refuse_exceeded
from evals.operations.refusals import describe_unknown
from evals.operations.wakeup import ANSWER, wake_worker
from leaderboard import queries
from leaderboard.comparisons import Comparison, InvalidComparison
from leaderboard.models import EstimateRequest, LagEstimate, RequestedEstimate
from leaderboard.operations.charts import draw_estimate_charts
from leaderboard.operations.publish import (
    COMPARISONS,
    DETAILED_COMPARISONS,
    RecordSnapshot,
    composite_only_comparisons,
    publish_requested,
)

log = logging.getLogger(__name__)

State = EstimateRequest.State
WAITING = (State.QUEUED.value, State.COMPUTING.value)
HOUR, DAY, SOON = timedelta(hours=1), timedelta(days=1), timedelta(minutes=2)
QUOTAS = (
    Quota(Of.SUBSCRIBER, 20, HOUR),
    Quota(Of.NETWORK, 40, DAY),
    Quota(Of.NETWORK, 10, SOON, waiting=True),
    Quota(Of.ANONYMOUS, 200, DAY),
    Quota(Of.ANONYMOUS, 40, SOON, waiting=True),
    Quota(Of.ACCOUNT, 100, DAY),
    Quota(Of.ACCOUNT, 5, SOON, waiting=True),
    Quota(Of.EVERYONE, 60, SOON, waiting=True),
)
"""A third of the queue is reserved for accounts."""
LEASE = timedelta(minutes=5)
MAX_ATTEMPTS = 3
RETRY_AFTER = timedelta(minutes=10)
RETRYABLE_FAILURES = ("internal_error", "abandoned")
"""Failures that do not depend on the comparison, so that it may be requested again after a while."""


@dataclass(frozen=True)
class RequestedComparison:
    """The state of a comparison: its estimate, the request that computes it, or why there is neither."""

    comparison: Comparison
    estimate: LagEstimate | None = None
    request: EstimateRequest | None = None
    is_past: bool = False
    is_current: bool = True
    can_be_requested: bool = False

    @property
    def state(self) -> str:
        """Return "published", "outdated", why there is no estimate, or the state of the request."""
        if self.request and self.request.state != State.DONE:
            return self.request.state
        if self.estimate is None:
            return "not_published" if self.is_past else "not_computed"
        return "published" if self.is_current else "outdated"

    @property
    def is_settled(self) -> bool:
        """Tell whether the answer is the same for every client."""
        return self.state == "published"

    @property
    def is_waiting(self) -> bool:
        """Tell whether a worker is computing it."""
        return self.state in WAITING


def refuse_unknown(comparison: Comparison, *, today: date) -> None:
    """Raise UnclearComparison if a name is not on record or the date is in the future."""
    if comparison.on and comparison.on > today:
        rule = _("a day up to %(today)s") % {"today": today.isoformat()}
        raise InvalidComparison("date", comparison.on.isoformat(), rule)
    slugs: dict[str, list[tuple[str, str]]] = {"developer": [], "benchmark": [], "model": []}
    for field, cohort in (("follower", comparison.follower), ("leader", comparison.leader)):
        slugs["developer"] += [(field, cohort.developer)] if cohort.developer else []
    slugs["benchmark"] += [("benchmarks", slug) for slug in comparison.benchmarks]
    for name in comparison.without:
        kind, _colon, slug = name.partition(":")
        slugs[kind].append(("without", slug))
    known: dict[str, Callable[[], QuerySet[Any]]]
    known = {"developer": record.developers, "benchmark": record.benchmarks, "model": record.models}
    for kind, named in slugs.items():
        if named:
            _refuse_unknown(kind, named, set(known[kind]().order_by().values_list("slug", flat=True)))
    for field in ("domain", "language"):
        if value := getattr(comparison, field):
            on_record = set(record.benchmarks().order_by().values_list(field, flat=True)) - {""}
            _refuse_unknown(field, [(field, value)], on_record)


def _refuse_unknown(kind: str, named: list[tuple[str, str]], known: set[str]) -> None:
    for field, slug in named:
        if slug not in known:
            sentence, allowed = describe_unknown(kind, slug, known)
            refusal = InvalidComparison(field, slug, "", allowed=allowed)
            refusal.message = sentence
            raise refusal


def is_published_automatically(comparison: Comparison, *, today: date) -> bool:
    """Tell whether the publisher publishes a comparison whenever the record changes."""
    whole = replace(comparison, reading="")
    if whole in COMPARISONS or whole in composite_only_comparisons(today):
        return True
    if len(whole.benchmarks) <= 1 and replace(whole, domain="", benchmarks=()) in DETAILED_COMPARISONS:
        return True
    only_cohorts_and_day = Comparison(whole.follower, whole.leader, on=whole.on)
    return whole == only_cohorts_and_day and whole in queries.page_comparisons()


def find_comparison(comparison: Comparison, *, now: datetime, past: bool = False) -> RequestedComparison:
    """Return what is known of a comparison; this writes nothing.

    The publisher keeps its own comparisons current. Of any other the last estimate is returned, which may be
    of an earlier record. `past`: the record is read as of an earlier time; then nothing can be requested.
    """
    whole = replace(comparison, reading="")
    newest = queries.estimates_of(whole).first()
    if past or (newest and is_published_automatically(whole, today=now.date())):
        return RequestedComparison(comparison, newest, is_past=past)
    request = queries.estimate_request(str(whole), record.record_version().version)
    if request and request.state == State.DONE:
        return RequestedComparison(comparison, request.estimate, request)
    return RequestedComparison(
        comparison,
        newest,
        request,
        is_current=False,
        can_be_requested=request is None or _may_go_again(request, now),
    )


def _may_go_again(request: EstimateRequest, now: datetime) -> bool:
    ended = request.ended_at
    return bool(request.failure in RETRYABLE_FAILURES and ended and ended < now - RETRY_AFTER)


def request_comparison(
    comparison: Comparison, *, source: Source, language: str, now: datetime
) -> RequestedComparison:
    """Queue the computation of a comparison unless it is current or waits. Raises QuotaExceeded.

    Of an estimate that is current, only the time for which it is kept starts anew.
    """
    result = find_comparison(comparison, now=now)
    if result.state == "published" and result.estimate:
        kept = RequestedEstimate.objects.filter(estimate=result.estimate, requested_at__lt=now - HOUR)
        kept.update(requested_at=now)
    if not result.can_be_requested:
        return result
    text, version = str(replace(comparison, reading="")), record.record_version().version
    request = queue_request(text, version=version, source=source, language=language, now=now)
    return replace(result, request=request, can_be_requested=False)


@transaction.atomic
def queue_request(
    text: str, *, version: str, source: Source, language: str, now: datetime
) -> EstimateRequest:
    """Queue a comparison, once per version of the record. Raises QuotaExceeded."""
    counted = Counted(
        Things.COMPUTATIONS,
        EstimateRequest.objects.all(),
        waiting=Q(state__in=WAITING),
        at="asked_at",
        subscriber="client",
        network="network",
        account="account",
    )
    refuse_exceeded(QUOTAS, counted, source=source, now=now)
    fresh = {"state": State.QUEUED.value, "language": language, "asked_at": now}
    fresh |= {"client": source.subscriber, "network": source.network, "account": source.account}
    fresh |= {"attempts": 0, "failure": "", "ended_at": None, "lease_until": None}
    request, created = EstimateRequest.objects.get_or_create(
        comparison=text, record_version=version, defaults=fresh
    )
    if not created and request.state == State.FAILED:
        EstimateRequest.objects.filter(pk=request.pk, state=State.FAILED).update(**fresh)
        request.refresh_from_db()
    transaction.on_commit(lambda: wake_worker(ANSWER))
    return request


def claim_estimate_request(*, now: datetime) -> EstimateRequest | None:
    """Lease the oldest waiting comparison, or one whose lease has expired; one worker gets it."""
    free = Q(state=State.QUEUED) | Q(state=State.COMPUTING, lease_until__lt=now)
    for request in EstimateRequest.objects.filter(free)[:20]:
        if request.attempts >= MAX_ATTEMPTS:
            _end(request, now, state=State.FAILED.value, failure="abandoned")
            continue
        taken = EstimateRequest.objects.filter(free, pk=request.pk, attempts=request.attempts).update(
            state=State.COMPUTING.value, lease_until=now + LEASE, attempts=F("attempts") + 1
        )
        if taken:
            request.refresh_from_db()
            return request
    return None


def compute_next(*, clock: Callable[[], datetime]) -> bool:
    """Compute, publish and draw the oldest waiting comparison; return False if none waits."""
    request = claim_estimate_request(now=clock())
    if request is None:
        return False
    try:
        estimate, failure = _computed(request, clock())
        if estimate:
            draw_estimate_charts(estimate=estimate, language=request.language)
            _end(request, clock(), state=State.DONE.value, estimate=estimate)
        else:
            _end(request, clock(), state=State.FAILED.value, failure=failure)
    except InvalidComparison:
        _end(request, clock(), state=State.FAILED.value, failure="unclear")
    except Exception:
        log.exception("comparison %s ended in an error that nobody foresaw", request.comparison)
        _end(request, clock(), state=State.FAILED.value, failure="internal_error")
    return True


def _end(request: EstimateRequest, now: datetime, **changes: object) -> bool:
    """End a request, unless its lease has expired and another worker has taken it."""
    same = EstimateRequest.objects.filter(pk=request.pk, state=request.state, attempts=request.attempts)
    return bool(same.update(lease_until=None, ended_at=now, **changes))


def _computed(request: EstimateRequest, now: datetime) -> tuple[LagEstimate | None, str]:
    """Return the estimate, or the code of the reason why there is none."""
    comparison = Comparison.from_text(request.comparison)
    known = RecordSnapshot.of(record.lag_input(), now)
    is_temporary = not is_published_automatically(comparison, today=now.date())
    requested_at = request.asked_at if is_temporary else None
    estimate = publish_requested(known, comparison, requested_at=requested_at)
    if estimate is not None:
        return estimate, ""
    data = known.data(comparison)
    for state, name in (("no_follower", comparison.pair.follower), ("no_leader", comparison.pair.leader)):
        if name not in data.cohorts():
            return None, state
    return None, "no_overlap" if data.benchmarks else "no_benchmark"
