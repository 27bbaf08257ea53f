"""Record events in the audit log, inside the transaction of the change that they describe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth import get_user_model

from evals.acting import current_actor
from evals.models import AccountPseudonym, AuditAction, AuditEvent

# The only fields whose values may be recorded: none holds personal data or a secret.
# The reason is that of a moderator who rejects disputes.
RECORDED_FIELDS = frozenset(
    """
    account added removed roles scopes owner is_active is_staff is_superuser sessions
    approved_calls approved_usd budget_calls budget_usd
    attempt embargo_until endpoint failure_code paused priority rerun_of rescored_runs state suite
    correction field ignored kind public reason value
    content_hash format rows
    api_model base_url capabilities credential enabled internal_allowed model_id protocol provider simulated
    input_usd_per_mtok output_usd_per_mtok in_force_on spent_usd
    usd_per_day usd_per_month calls_per_day calls_per_month
    max_concurrency requests_per_minute tokens_per_minute timeout_s
    endpoint_key keep owner preflight run shared_with worker_key
    types
    commitment developer name openness version vouched_by domain method
    """.split()  # noqa: SIM905 - a list by subject
)


def record_event(
    *,
    action: AuditAction,
    object_type: str,
    object_id: object,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Record an action of the current actor. Raises ValueError for a field that may not be recorded."""
    before, after = before or {}, after or {}
    if unknown := (before.keys() | after.keys()) - RECORDED_FIELDS:
        raise ValueError(f"{action}: {', '.join(sorted(unknown))} must not be recorded.")
    actor = current_actor()
    name = actor.name if actor.account_id is None else pseudonym_of(actor.account_id)
    AuditEvent.objects.create(
        actor_kind=actor.kind,
        actor=name[:64],
        token=actor.token_id,
        network=actor.network,
        action=action.value,
        object_type=object_type,
        object_id=str(object_id)[:120],
        before=before,
        after=after,
    )


def record_change(
    *,
    action: AuditAction,
    object_type: str,
    object_id: object,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> None:
    """Record the fields that differ; if none does, nothing was changed and nothing is recorded."""
    changed = [name for name, value in after.items() if before.get(name) != value]
    if changed:
        record_event(
            action=action,
            object_type=object_type,
            object_id=object_id,
            before={name: before[name] for name in changed if name in before},
            after={name: after[name] for name in changed},
        )


def pseudonym_of(account_id: int) -> str:
    """Return the pseudonym of an account, or an empty string if the account is deleted."""
    known = AccountPseudonym.objects.filter(account_id=account_id).first()
    if known is None and get_user_model()._default_manager.filter(pk=account_id).exists():
        known, _ = AccountPseudonym.objects.get_or_create(account_id=account_id)
    return str(known.pseudonym) if known else ""
