"""The public keys of the workers: registered, made current and retired; the private ones are elsewhere."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from django.db import transaction

from evals.engine.sealing import fingerprint_of, new_private_key, public_key_of
from evals.models import AuditAction, EndpointKey, WorkerKey
from evals.operations.audit import record_event
from evals.operations.refusals import Conflict, Refused

__all__ = [
    "add_worker_key",
    "fingerprint_of",
    "make_current",
    "new_private_key",
    "public_key_of",
    "retire_replaced_keys",
    "retire_worker_key",
]


class UnknownWorkerKey(Refused):
    """No key of the workers has this fingerprint."""

    code = "unknown_worker_key"


class WorkerKeyInUse(Conflict):
    """The key is current, or keys are still sealed by it."""

    code = "worker_key_in_use"


def add_worker_key(*, public: bytes, now: datetime) -> WorkerKey:
    """Register a public key; the first one is current at once."""
    with transaction.atomic():
        key, is_new = WorkerKey.objects.get_or_create(
            fingerprint=fingerprint_of(public), defaults={"public": public, "created_at": now}
        )
        if is_new:
            _record(AuditAction.WORKER_KEY_CREATE, key)
        if not WorkerKey.objects.filter(is_current=True).exists():
            make_current(fingerprint=key.fingerprint, now=now)
    key.refresh_from_db()
    return key


def make_current(*, fingerprint: str, now: datetime) -> None:
    """Seal new keys by this one; the workers seal the stored ones anew. Raises UnknownWorkerKey."""
    with transaction.atomic():
        known = WorkerKey.objects.select_for_update().in_bulk()
        key = next((row for row in known.values() if row.fingerprint == fingerprint), None)
        if key is None or key.retired_at:
            names = [row.fingerprint for row in known.values() if row.retired_at is None]
            raise UnknownWorkerKey(f"There is no usable key {fingerprint!r}.", allowed=names)
        if not key.is_current:
            WorkerKey.objects.filter(is_current=True).update(is_current=False, replaced_at=now)
            WorkerKey.objects.filter(pk=key.pk).update(is_current=True, replaced_at=None)
            _record(AuditAction.WORKER_KEY_ROTATE, key)


def retire_worker_key(*, fingerprint: str, now: datetime) -> None:
    """Retire a key by which nothing is sealed any more. Raises UnknownWorkerKey, WorkerKeyInUse."""
    with transaction.atomic():
        key = WorkerKey.objects.select_for_update().filter(fingerprint=fingerprint).first()
        if key is None:
            raise UnknownWorkerKey(f"There is no key {fingerprint!r}.")
        sealed = EndpointKey.objects.filter(worker_key=key, deleted_at=None).count()
        if key.is_current or sealed:
            reason = (
                "is current" if key.is_current else f"still seals {sealed} keys; a worker seals them anew"
            )
            raise WorkerKeyInUse(f"The key {fingerprint} {reason}.")
        if WorkerKey.objects.filter(pk=key.pk, retired_at=None).update(retired_at=now):
            _record(AuditAction.WORKER_KEY_RETIRE, key)


def retire_replaced_keys(*, now: datetime) -> list[str]:
    """Retire former keys by which nothing is sealed any more; return the fingerprints of retired keys."""
    for key in WorkerKey.objects.filter(is_current=False, replaced_at__isnull=False, retired_at=None):
        with suppress(WorkerKeyInUse):
            retire_worker_key(fingerprint=key.fingerprint, now=now)
    return list(WorkerKey.objects.filter(retired_at__isnull=False).values_list("fingerprint", flat=True))


def _record(action: AuditAction, key: WorkerKey) -> None:
    record_event(action=action, object_type="worker key", object_id=key.fingerprint)
