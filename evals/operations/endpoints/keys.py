"""Store and delete the keys of owners' endpoints; the process that stores a key cannot open it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from evals.engine.sealing import binding_of, seal
from evals.models import AuditAction, Endpoint, EndpointKey, NoticeType, Owner, Submission, WorkerKey
from evals.models.submissions import OPEN_STATES
from evals.operations.audit import record_event
from evals.operations.endpoints.access import refuse_reader
from evals.operations.notices.notify import notify_endpoint
from evals.operations.owners.access import Actor
from evals.operations.refusals import Conflict, Refused
from evals.operations.runs.holds import hold_submission

SENDABLE = re.compile(r"[\x21-\x7e]{8,4096}")  # what a header carries unchanged
UNUSED_FOR = timedelta(days=7)  # then a key without a submission is deleted


class KeyDeletion(StrEnum):
    """Why a key was deleted; a key in whose place another is stored has no reason."""

    BY_OWNER = "deleted_by_owner"
    OTHER_ADDRESS = "address_changed"
    OWNER_DELETED = "owner_deleted"
    NOT_NEEDED = "not_needed"


HOLDS = {
    KeyDeletion.BY_OWNER: (
        "The key of endpoint {slug} was deleted by its owner. Store a key again, then resume."
    ),
    KeyDeletion.OTHER_ADDRESS: (
        "The address of endpoint {slug} changed, so its key was deleted. Store a key again, then resume."
    ),
    KeyDeletion.OWNER_DELETED: "The account that owned the key of endpoint {slug} was deleted.",
}


class UnusableKey(Refused):
    """The text is no key that a header can carry; the message does not repeat it."""

    code = "bad_key"
    field = "key"


class NoWorkerKey(Conflict):
    """No worker has created its key yet, so nothing can be sealed."""

    code = "no_worker_key"
    field = "key"


@sensitive_variables("key")
def store_key(*, actor: Actor, endpoint: Endpoint, key: str, keep: bool, now: datetime) -> EndpointKey:
    """Seal a key for the workers in place of the former one. Raises UnusableKey, NoWorkerKey."""
    refuse_reader(actor, endpoint.owner)
    if not SENDABLE.fullmatch(key):
        raise UnusableKey(_("A key has 8 to 4096 characters, without spaces, line breaks and accents."))
    with transaction.atomic():
        target = Endpoint.objects.select_for_update().get(pk=endpoint.pk)
        current = WorkerKey.objects.select_for_update().filter(is_current=True).first()
        if current is None or target.owner_id is None:
            raise NoWorkerKey(_("No worker has run yet, so no key can be stored. Try again in a minute."))
        _delete(EndpointKey.objects.filter(endpoint=target, deleted_at=None), None, now)
        stored = EndpointKey.objects.create(
            endpoint=target,
            owner_id=target.owner_id,
            sealed=seal(key, public=bytes(current.public), binding=binding_of_endpoint(target)),
            worker_key=current,
            keep=keep,
            created_at=now,
        )
        after = {"endpoint_key": stored.pk, "keep": keep, "worker_key": current.fingerprint}
        _record(AuditAction.KEY_SEAL, target, after)
    return stored


def binding_of_endpoint(endpoint: Endpoint, *, base_url: str = "") -> bytes:
    """Return what the key of an endpoint is bound to, at the address to which it is sent."""
    assert endpoint.owner_id is not None, "the operator's endpoints name a credential"
    return binding_of(
        owner_id=endpoint.owner_id, endpoint=endpoint.slug, base_url=base_url or endpoint.base_url
    )


def keep_key(*, actor: Actor, endpoint: Endpoint, keep: bool) -> bool:
    """Set whether a key is kept when the submissions have ended; return False if there is no key."""
    refuse_reader(actor, endpoint.owner)
    with transaction.atomic():
        rows = EndpointKey.objects.filter(endpoint=endpoint, deleted_at=None)
        if changed := rows.exclude(keep=keep).update(keep=keep):
            _record(AuditAction.KEY_SEAL, endpoint, {"keep": keep})
    return bool(changed) or rows.exists()


def delete_own_key(*, actor: Actor, endpoint: Endpoint, now: datetime) -> bool:
    """Delete the key of an endpoint, and hold what runs on it; return whether there was one."""
    refuse_reader(actor, endpoint.owner)
    return delete_key(endpoint=endpoint, reason=KeyDeletion.BY_OWNER, now=now)


def delete_key(*, endpoint: Endpoint, reason: KeyDeletion, now: datetime) -> bool:
    """Delete the key of an endpoint, and hold its open submissions for a reason."""
    with transaction.atomic():
        deleted = _delete(EndpointKey.objects.filter(endpoint=endpoint, deleted_at=None), reason, now)
        if deleted:
            for pk in Submission.objects.filter(endpoint=endpoint, state__in=OPEN_STATES).values_list(
                "pk", flat=True
            ):
                hold_submission(submission_id=pk, reason=HOLDS[reason].format(slug=endpoint.slug), now=now)
    return bool(deleted)


def delete_keys_of(*, owner: Owner, now: datetime) -> int:
    """Delete every key of an owner, as when the account is deleted."""
    endpoints = Endpoint.objects.filter(owner=owner, keys__deleted_at=None).distinct()
    return sum(
        delete_key(endpoint=endpoint, reason=KeyDeletion.OWNER_DELETED, now=now) for endpoint in endpoints
    )


def delete_unneeded_keys(*, now: datetime) -> int:
    """Delete the keys whose submissions have ended, and those that were never used; kept ones stay."""
    deleted = 0
    for pk in _unneeded_keys(now).values_list("pk", flat=True):
        with transaction.atomic():
            # A submission locks the key first, so it is either seen by the second look or refused.
            EndpointKey.objects.select_for_update().filter(pk=pk).first()
            deleted += _delete(_unneeded_keys(now).filter(pk=pk), KeyDeletion.NOT_NEEDED, now)
    return deleted


def _unneeded_keys(now: datetime) -> QuerySet[EndpointKey]:
    submissions = Submission.objects.filter(endpoint=OuterRef("endpoint"))
    is_used = Exists(submissions.filter(created_at__gte=OuterRef("created_at")))
    is_open = Exists(submissions.filter(state__in=OPEN_STATES))
    rows = EndpointKey.objects.filter(~is_open, deleted_at=None, keep=False)
    return rows.filter(is_used | Q(created_at__lt=now - UNUSED_FOR))


def _delete(keys: QuerySet[EndpointKey], reason: KeyDeletion | None, now: datetime) -> int:
    rows = list(keys.select_related("endpoint__owner", "endpoint__model"))
    for row in rows:
        EndpointKey.objects.filter(pk=row.pk).update(sealed=b"", deleted_at=now)
        _record(AuditAction.KEY_DELETE, row.endpoint, {"endpoint_key": row.pk})
        if reason is not None:
            notify_endpoint(NoticeType.KEY_DELETED, row.endpoint, now, reason=reason.value)
    return len(rows)


def _record(action: AuditAction, endpoint: Endpoint, after: dict[str, object]) -> None:
    record_event(action=action, object_type="endpoint", object_id=endpoint.slug, after=after)
