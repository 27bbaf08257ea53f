"""Open a sealed key for a run; only a worker can, because only it reads the private keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from django.db import transaction

from evals.engine.sealing import NotOpened, open_sealed, seal
from evals.models import AuditAction, Endpoint, EndpointKey, Owner, WorkerKey
from evals.operations.audit import record_event
from evals.operations.endpoints.access import may_use
from evals.operations.endpoints.keys import binding_of_endpoint

PrivateKeys = Callable[[], Mapping[str, bytes]]
_read_private_keys: PrivateKeys | None = None  # set by a worker when it starts, and by nobody else
_remember: Callable[[str], None] | None = None  # has logs hide a key


class KeyUnavailable(ValueError):
    """A key cannot be used; its submission is held until its owner has read why."""

    code = "key_unavailable"


def use_private_keys(read: PrivateKeys | None, remember: Callable[[str], None] | None = None) -> None:
    """Let this process open sealed keys with the private keys that a function returns.

    `remember` is given each opened key, so that logs hide it.
    """
    global _read_private_keys, _remember
    _read_private_keys, _remember = read, remember


def key_for(
    *, endpoint: Endpoint, user: Owner, base_url: str, purpose: Mapping[str, int], now: datetime
) -> str:
    """Return the key of an owner's endpoint for a submission of an owner, and record the use.

    An endpoint that never had a key is called without one. Raises KeyUnavailable.
    """
    if not may_use(user, endpoint):
        raise KeyUnavailable(f"{user.handle} may no longer use endpoint {endpoint.slug}: it is not shared.")
    stored = endpoint.keys.select_related("worker_key").filter(deleted_at=None).first()
    if stored is None:
        if endpoint.keys.exists():
            raise KeyUnavailable(
                f"The key of endpoint {endpoint.slug} was deleted. Store a key again, then resume."
            )
        return ""
    key = _open(stored, endpoint, base_url)
    with transaction.atomic():
        EndpointKey.objects.filter(pk=stored.pk).update(last_used_at=now)
        record_event(
            action=AuditAction.KEY_USE,
            object_type="endpoint",
            object_id=endpoint.slug,
            after={"endpoint_key": stored.pk, "owner": user.handle, **purpose},
        )
    return key


def reseal_keys() -> int:
    """Seal what a former worker key sealed by the current one; return how many keys were sealed anew."""
    current = WorkerKey.objects.filter(is_current=True).first()
    if current is None:
        return 0
    older = EndpointKey.objects.filter(deleted_at=None).exclude(worker_key=current)
    return sum(_reseal(row, current) for row in older.select_related("endpoint", "worker_key"))


def _reseal(stored: EndpointKey, current: WorkerKey) -> bool:
    binding = binding_of_endpoint(stored.endpoint)
    try:
        key = _open(stored, stored.endpoint, stored.endpoint.base_url)
    except KeyUnavailable:  # another worker may have the private key
        return False
    sealed = seal(key, public=bytes(current.public), binding=binding)
    unchanged = EndpointKey.objects.filter(pk=stored.pk, deleted_at=None, worker_key_id=stored.worker_key_id)
    return bool(unchanged.update(sealed=sealed, worker_key=current))


def _open(stored: EndpointKey, endpoint: Endpoint, base_url: str) -> str:
    if _read_private_keys is None:
        raise KeyUnavailable("Only a worker can open the key of an endpoint.")
    private = _read_private_keys().get(stored.worker_key.fingerprint)
    if private is None:
        raise KeyUnavailable(
            f"This worker lacks the private key {stored.worker_key.fingerprint}, which the key of endpoint "
            f"{endpoint.slug} needs. Its operator adds it, or the owner stores the key again."
        )
    try:
        key = open_sealed(
            bytes(stored.sealed), private=private, binding=binding_of_endpoint(endpoint, base_url=base_url)
        )
    except NotOpened:
        raise KeyUnavailable(
            f"The key of endpoint {endpoint.slug} does not open: it was stored for another address or "
            "endpoint. Store the key again, then resume."
        ) from None
    if _remember is not None:
        _remember(key)
    return key
