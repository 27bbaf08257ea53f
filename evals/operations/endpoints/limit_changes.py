"""The writes of limits and prices, which operators make in the admin."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from evals.models import AuditAction, Limit, Price
from evals.operations.audit import record_change, record_event

LIMIT_FIELDS = ("max_concurrency", "requests_per_minute", "tokens_per_minute", "budget_usd", "spent_usd")


@transaction.atomic
def save_limit(*, limit: Limit) -> None:
    """Save the limit of a credential or provider."""
    former = Limit.objects.select_for_update().filter(pk=limit.pk).first()
    limit.save()
    record_change(
        action=AuditAction.LIMIT_SAVE,
        object_type="limit",
        object_id=f"{limit.kind} {limit.name}",
        before=_limit_values(former) if former else {},
        after=_limit_values(limit),
    )


@transaction.atomic
def delete_limit(*, limit: Limit) -> None:
    """Delete the limit of a credential or provider."""
    record_event(
        action=AuditAction.LIMIT_DELETE,
        object_type="limit",
        object_id=f"{limit.kind} {limit.name}",
        before=_limit_values(limit),
    )
    limit.delete()


@transaction.atomic
def add_price(*, price: Price) -> None:
    """Add a price of an endpoint from a date on."""
    price.save()
    record_event(
        action=AuditAction.PRICE_ADD,
        object_type="endpoint",
        object_id=price.endpoint.slug,
        after={
            "in_force_on": price.in_force_on,
            "input_usd_per_mtok": price.input_usd_per_mtok,
            "output_usd_per_mtok": price.output_usd_per_mtok,
        },
    )


def _limit_values(limit: Limit) -> dict[str, Any]:
    return {name: getattr(limit, name) for name in LIMIT_FIELDS}
