"""Reads of the audit log, newest first; a page begins before the event that ended the former one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from evals.models import AccountPseudonym, AuditEvent


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which events are wanted; an empty value selects all. The days are inclusive, in UTC."""

    actor: str = ""  # an account's name or pseudonym, or a command's user
    action: str = ""
    object_type: str = ""
    object_id: str = ""
    since: date | None = None
    until: date | None = None
    before: int | None = None  # the number of an event


def audit_events(wanted: AuditFilter) -> QuerySet[AuditEvent]:
    """Return the events that a filter selects."""
    events = AuditEvent.objects.order_by("-pk")
    for column in ("action", "object_type", "object_id"):
        if value := getattr(wanted, column):
            events = events.filter(**{column: value})
    if wanted.actor:
        named = AccountPseudonym.objects.filter(account__username=wanted.actor).first()
        events = events.filter(Q(actor=str(named) if named else wanted.actor))
    if wanted.since:
        events = events.filter(at__date__gte=wanted.since)
    if wanted.until:
        events = events.filter(at__date__lte=wanted.until)
    return events.filter(pk__lt=wanted.before) if wanted.before else events


def account_names(pseudonyms: Iterable[str]) -> dict[str, str]:
    """Return the names of the accounts that still exist, by pseudonym."""
    known = AccountPseudonym.objects.filter(pseudonym__in=set(pseudonyms))
    return {str(pseudonym): name for pseudonym, name in known.values_list("pseudonym", "account__username")}
