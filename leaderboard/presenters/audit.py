"""A page of the audit log, as page and API show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise

from evals import queries as record
from evals.models import AuditAction, AuditEvent
from evals.queries import AuditFilter

ACTION_LABELS: dict[str, str | Promise] = dict(AuditAction.choices)
PAGES = {"submission": "pages:submission", "dispute": "pages:dispute", "run": "pages:run"}


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field's value before and after an event."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class AuditRow:
    """An event with the name of its actor, if that account still exists."""

    id: int
    at: datetime
    actor_kind: str
    actor_kind_label: str
    actor: str
    actor_name: str
    token: int | None
    network: str
    action: str
    action_label: str | Promise
    object_type: str
    object_id: str
    object_name: str
    page: str
    before: dict[str, Any]
    after: dict[str, Any]

    @property
    def changes(self) -> list[FieldChange]:
        """Return each field with its values."""
        fields = {**self.before, **self.after}
        return [
            FieldChange(name, _value_text(self.before.get(name)), _value_text(self.after.get(name)) or "–")
            for name in fields
        ]


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Some events, and the number of the last one if older ones follow."""

    rows: list[AuditRow]
    before: int | None


def _value_text(value: Any) -> str:
    """Return a recorded value as text: a list by commas, nothing for what is empty."""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value in (None, "", {}) else str(value)


def present_audit_log(wanted: AuditFilter, *, size: int) -> AuditPage:
    """Return a page of the events that a filter selects, in two queries."""
    events = list(record.audit_events(wanted)[: size + 1])
    page = events[:size]
    accounts = [event.actor for event in page if event.actor_kind == AuditEvent.Actor.ACCOUNT and event.actor]
    accounts += [event.object_id for event in page if event.object_type == "account" and event.object_id]
    names = record.account_names(accounts)
    return AuditPage([_row(event, names) for event in page], page[-1].pk if len(events) > size else None)


def _row(event: AuditEvent, names: dict[str, str]) -> AuditRow:
    return AuditRow(
        id=event.pk,
        at=event.at,
        actor_kind=event.actor_kind,
        actor_kind_label=event.get_actor_kind_display(),
        actor=event.actor,
        actor_name=names.get(event.actor, ""),
        token=event.token,
        network=event.network,
        action=event.action,
        action_label=ACTION_LABELS.get(event.action, event.action),
        object_type=event.object_type,
        object_id=event.object_id,
        object_name=names.get(event.object_id, "") if event.object_type == "account" else "",
        page=reverse(PAGES[event.object_type], args=[event.object_id]) if event.object_type in PAGES else "",
        before=event.before,
        after=event.after,
    )
