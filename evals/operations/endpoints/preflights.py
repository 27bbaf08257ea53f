"""Preflights of owners' endpoints: requested on a page or through the API, run by a worker within seconds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from evals.engine.canaries import CanaryResults, differences
from evals.engine.guard import AddressRefused, check_url
from evals.engine.outcomes import Kind
from evals.models import (
    OPEN_PREFLIGHT_STATES,
    AuditAction,
    Endpoint,
    EndpointKey,
    NoticeType,
    Owner,
    Preflight,
    PreflightState,
    Suite,
)
from evals.operations.audit import record_event
from evals.operations.clock import Clock
from evals.operations.endpoints.access import refuse_reader
from evals.operations.endpoints.key_use import KeyUnavailable
from evals.operations.endpoints.probes import CannotProbe, probe
from evals.operations.notices.notify import notify_endpoint
from evals.operations.owners.access import Actor
from evals.operations.refusals import Refused, TooMany
from evals.operations.runs.specs import endpoint_spec, spec_with_key
from evals.operations.submissions.targets import UnsupportedTask, refuse_unsupported
from evals.operations.wakeup import wake_worker

JOB = "worker.preflight"
LEASE = timedelta(minutes=5)
MOST_PER_HOUR = 30  # of one owner


class Check(StrEnum):
    """What a preflight checks, in this order; after a failure the rest is skipped."""

    ADDRESS = "address"
    KEY = "key"
    MODEL = "model"
    CAPABILITIES = "capabilities"
    SUITE = "suite"
    CANARIES = "canaries"


class CheckState(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """A check with its result; `message` can quote the provider, so it is for insiders."""

    check: Check
    state: CheckState
    message: str = ""


class TooManyPreflights(TooMany):
    """The owner has used up the preflights of this hour."""

    code = "too_many_preflights"


class NoPreflight(Refused):
    """An own endpoint has no passed preflight since it or its key changed."""

    code = "preflight_required"
    field = "endpoint"


FAILED_CHECK = {
    Kind.ADDRESS_REFUSED: Check.ADDRESS,
    Kind.CERTIFICATE: Check.ADDRESS,
    Kind.CONNECTION: Check.ADDRESS,
    Kind.REDIRECTED: Check.ADDRESS,
    Kind.TIMEOUT: Check.ADDRESS,
    Kind.CREDENTIAL_REFUSED: Check.KEY,
    Kind.FORBIDDEN: Check.KEY,
    Kind.OUT_OF_CREDIT: Check.KEY,
}  # any other fault is one of the model


def request_preflight(
    *, actor: Actor, endpoint: Endpoint, now: datetime, suite: Suite | None = None
) -> Preflight:
    """Request a preflight, or return the one that is open. Raises TooManyPreflights, NotPermitted."""
    refuse_reader(actor, endpoint.owner)
    with transaction.atomic():
        Owner.objects.select_for_update().filter(endpoints=endpoint).first()  # one request at a time
        if pending := endpoint.preflights.filter(state__in=OPEN_PREFLIGHT_STATES).first():
            return pending
        _refuse_too_many(endpoint, now)
        preflight = Preflight.objects.create(endpoint=endpoint, suite=suite, requested_at=now)
        _record(AuditAction.PREFLIGHT_REQUEST, preflight)
        transaction.on_commit(lambda: wake_worker(JOB))
    return preflight


def target_of(endpoint: Endpoint) -> str:
    """Return what a preflight of an endpoint holds for: a change of address, model or key ends it."""
    key = EndpointKey.objects.filter(endpoint=endpoint, deleted_at=None).values_list("pk", flat=True).first()
    return target_with_key(endpoint, key)


def target_with_key(endpoint: Endpoint, key: int | None) -> str:
    """Return the same for an endpoint whose key, by its number, is known."""
    tried = (endpoint.protocol, endpoint.base_url, endpoint.api_model, str(key or ""))
    return sha256("\0".join(tried).encode()).hexdigest()


def run_next_preflight(*, owner: str, clock: Clock) -> bool:
    """Run the oldest preflight that waits, under a lease; return whether there was one."""
    now = clock()
    free = Q(state=PreflightState.WAITING) | Q(state=PreflightState.RUNNING, lease_until__lt=now)
    preflight = Preflight.objects.filter(free).order_by("requested_at", "pk").first()
    if preflight is None:
        return False
    claim = Preflight.objects.filter(free, pk=preflight.pk)
    if not claim.update(state=PreflightState.RUNNING, lease_owner=owner, lease_until=now + LEASE):
        return True  # another worker was first; there may be more
    endpoint = Endpoint.objects.select_related("owner").get(pk=preflight.endpoint_id)
    target = target_of(endpoint)
    checks = _run_checks(preflight, endpoint, clock)
    is_passed = all(result.state is CheckState.PASSED for result in checks)
    with transaction.atomic():
        mine = Preflight.objects.filter(pk=preflight.pk, state=PreflightState.RUNNING, lease_owner=owner)
        if mine.update(
            state=PreflightState.PASSED if is_passed else PreflightState.FAILED,
            checks=[asdict(result) for result in checks],
            target=target,
            finished_at=clock(),
            lease_owner="",
            lease_until=None,
        ):
            _record(AuditAction.PREFLIGHT_END, preflight)
            _notify(preflight, checks, clock())
    return True


def fail_preflights_of(*, owner: str, now: datetime) -> None:
    """Fail what a worker was running when it made an error; the message is for the endpoint's owner."""
    message = "The service made an error; its operator finds it in the log."
    checks = _results([], Check.ADDRESS, message)
    mine = Preflight.objects.filter(state=PreflightState.RUNNING, lease_owner=owner)
    with transaction.atomic():
        for preflight in list(mine.select_for_update(of=("self",)).select_related("endpoint")):
            Preflight.objects.filter(pk=preflight.pk).update(
                state=PreflightState.FAILED,
                checks=[asdict(result) for result in checks],
                finished_at=now,
                lease_owner="",
                lease_until=None,
            )
            _notify(preflight, checks, now)


def _run_checks(preflight: Preflight, endpoint: Endpoint, clock: Clock) -> list[CheckResult]:
    """Return the result of each check; the first failure ends the preflight."""
    passed: list[Check] = []
    try:
        check_url(endpoint.base_url, internal_allowed=endpoint.internal_allowed)
        assert endpoint.owner is not None, "only owners request preflights"
        spec = spec_with_key(
            endpoint,
            endpoint_spec(endpoint, with_secret=False),
            user=endpoint.owner,
            purpose={"preflight": preflight.pk},
            now=clock(),
        )
        result = probe(slug=endpoint.slug, clock=clock, spec=spec)
        passed += [Check.ADDRESS, Check.KEY, Check.MODEL, Check.CAPABILITIES]
        if preflight.suite:
            refuse_unsupported(preflight.suite.tasks.all(), Endpoint.objects.get(pk=endpoint.pk))
        passed.append(Check.SUITE)
        if problems := _canary_problems(endpoint, result.canary_results):
            return _results(passed, Check.CANARIES, "; ".join(problems))
    except AddressRefused as problem:
        return _results([], Check.ADDRESS, str(problem))
    except KeyUnavailable as problem:
        return _results([Check.ADDRESS], Check.KEY, str(problem))
    except CannotProbe as problem:
        failed = FAILED_CHECK.get(problem.kind, Check.MODEL) if problem.kind else Check.MODEL
        before = list(Check)[: list(Check).index(failed)]
        return _results(before, failed, problem.message)
    except UnsupportedTask as problem:
        return _results(passed, Check.SUITE, problem.message)
    return _results(list(Check), None, "")


def _results(passed: list[Check], failed: Check | None, message: str) -> list[CheckResult]:
    def state(check: Check) -> CheckState:
        if check in passed:
            return CheckState.PASSED
        return CheckState.FAILED if check is failed else CheckState.SKIPPED

    return [CheckResult(check, state(check), message if check is failed else "") for check in Check]


def _canary_problems(endpoint: Endpoint, results: CanaryResults) -> list[str]:
    """Return how the canaries fail, or differ from those of the operator's endpoint of the same provider."""
    if results.problems:
        return list(results.problems)
    same = Endpoint.objects.filter(
        owner=None, model=endpoint.model_id, protocol=endpoint.protocol, simulated=False
    ).filter(Q(provider=endpoint.provider) | Q(base_url=endpoint.base_url))
    reference = next((row for row in same.order_by("-enabled", "pk") if row.canaries), None)
    return differences(reference.canaries, results) if reference else []


def _refuse_too_many(endpoint: Endpoint, now: datetime) -> None:
    hour = timedelta(hours=1)
    recent = Preflight.objects.filter(endpoint__owner=endpoint.owner_id, requested_at__gt=now - hour)
    times = list(recent.order_by("requested_at").values_list("requested_at", flat=True))
    if len(times) >= MOST_PER_HOUR:
        message = _("%(n)d preflights an hour are allowed. Try again later.") % {"n": MOST_PER_HOUR}
        raise TooManyPreflights(message).retry_at(times[-MOST_PER_HOUR] + hour, now=now)


def _notify(preflight: Preflight, checks: list[CheckResult], now: datetime) -> None:
    failed = next((row.check.value for row in checks if row.state is CheckState.FAILED), "")
    notify_endpoint(
        NoticeType.PREFLIGHT_ENDED,
        preflight.endpoint,
        now,
        preflight=preflight.pk,
        ok=not failed,
        **({"code": failed} if failed else {}),
    )


def _record(action: AuditAction, preflight: Preflight) -> None:
    record_event(
        action=action,
        object_type="endpoint",
        object_id=preflight.endpoint.slug,
        after={"preflight": preflight.pk},
    )


def refuse_without_preflight(endpoint: Endpoint) -> None:
    """Refuse an owner's endpoint that did not pass a preflight as it is now; its key stays until then."""
    if endpoint.owner_id is None:
        return
    EndpointKey.objects.select_for_update().filter(endpoint=endpoint, deleted_at=None).first()
    passed = endpoint.preflights.filter(state=PreflightState.PASSED, target=target_of(endpoint))
    if not passed.exists():
        message = _(
            "Endpoint '%(slug)s' has not passed a preflight since it or its key last changed. Run one on its "
            "page, or by POST to its /preflight; then submit again."
        )
        raise NoPreflight(message % {"slug": endpoint.slug})
