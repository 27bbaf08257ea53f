"""Request comparisons that are not published; a worker computes each under a lease and publishes it."""

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
from evals.operations.refusals import Refused, describe_unknown
from evals.operations.wakeup import ANSWER, wake_worker
from leaderboard import queries
from leaderboard.comparisons import Comparison, InvalidComparison
from leaderboard.models import EstimateRequest, LagEstimate
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
MAX_WAITING = 60
MAX_PER_CLIENT, CLIENT_WINDOW = 20, timedelta(minutes=10)
LEASE = timedelta(minutes=5)
MAX_ATTEMPTS = 3
RETRY_AFTER = timedelta(minutes=10)
RETENTION = timedelta(days=30)
RETRYABLE_FAILURES = ("internal_error", "abandoned")
"""Failures that do not depend on the comparison, so that it may be requested again after a while."""


class TooManyRequests(Refused):
    """A client has reached its limit of requested comparisons."""

    code = "throttled"


class QueueFull(Refused):
    """The queue of requested comparisons is full."""

    code = "queue_full"


@dataclass(frozen=True)
class RequestedComparison:
    """The state of a comparison: its estimate, the request that computes it, or why there is neither."""

    comparison: Comparison
    estimate: LagEstimate | None = None
    request: EstimateRequest | None = None
    refusal: Refused | None = None

    @property
    def state(self) -> str:
        """Return "published", or the state of the request."""
        if self.refusal:
            return "refused" if self.estimate is None else "published"
        if self.request and self.request.state != State.DONE:
            return self.request.state
        return "published" if self.estimate is not None else "not_published"

    @property
    def is_settled(self) -> bool:
        """Tell whether the answer is the same for every client."""
        return self.state == "published" and self.refusal is None

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
    return len(whole.benchmarks) <= 1 and replace(whole, domain="", benchmarks=()) in DETAILED_COMPARISONS


def request_comparison(
    comparison: Comparison, *, client: str, language: str, now: datetime, may_ask: bool = True
) -> RequestedComparison:
    """Return the published estimate of a comparison, or queue its computation.

    The publisher keeps its own comparisons current. Any other is queued again once the record has changed;
    until then its last estimate is returned. A client over its limit gets the last estimate and the
    refusal.
    """
    whole = replace(comparison, reading="")
    newest = queries.estimates_of(whole).first()
    if newest and is_published_automatically(whole, today=now.date()):
        return RequestedComparison(comparison, newest)
    text, version = str(whole), record.record_version().version
    request = queries.estimate_request(text, version)
    if request and request.state == State.DONE:
        return RequestedComparison(comparison, request.estimate, request)
    if not may_ask:
        return RequestedComparison(comparison, newest, request)
    if request is None or _may_go_again(request, now):
        try:
            request = queue_request(text, version=version, client=client, language=language, now=now)
        except Refused as refusal:
            return RequestedComparison(comparison, newest, refusal=refusal)
    return RequestedComparison(comparison, newest, request)


def _may_go_again(request: EstimateRequest, now: datetime) -> bool:
    ended = request.ended_at
    return bool(request.failure in RETRYABLE_FAILURES and ended and ended < now - RETRY_AFTER)


@transaction.atomic
def queue_request(text: str, *, version: str, client: str, language: str, now: datetime) -> EstimateRequest:
    """Queue a comparison, once per version of the record. Raises QueueFull, TooManyRequests."""
    EstimateRequest.objects.filter(asked_at__lt=now - RETENTION).exclude(state__in=WAITING).delete()
    theirs = EstimateRequest.objects.filter(client=client, asked_at__gt=now - CLIENT_WINDOW)
    if theirs.count() >= MAX_PER_CLIENT:
        message = _("You have asked for %(n)d comparisons within 10 minutes; wait a little.")
        raise TooManyRequests(message % {"n": MAX_PER_CLIENT})
    if EstimateRequest.objects.filter(state__in=WAITING).count() >= MAX_WAITING:
        message = _("%(n)d comparisons wait already; try again in some minutes.")
        raise QueueFull(message % {"n": MAX_WAITING})
    fresh = {"state": State.QUEUED.value, "client": client, "language": language, "asked_at": now}
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
        estimate, failure = _computed(Comparison.from_text(request.comparison), clock())
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


def _computed(comparison: Comparison, now: datetime) -> tuple[LagEstimate | None, str]:
    """Return the estimate, or the code of the reason why there is none."""
    known = RecordSnapshot.of(record.lag_input(), now)
    estimate = publish_requested(known, comparison)
    if estimate is not None:
        return estimate, ""
    data = known.data(comparison)
    for state, name in (("no_follower", comparison.pair.follower), ("no_leader", comparison.pair.leader)):
        if name not in data.cohorts():
            return None, state
    return None, "no_overlap" if data.benchmarks else "no_benchmark"
