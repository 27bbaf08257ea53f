"""Who vouches that an endpoint serves the model that it names: its scores determine the published score."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from evals.models import AuditAction, Endpoint, VouchChange, Voucher
from evals.operations.audit import record_change
from evals.operations.owners.access import Actor
from evals.operations.submissions.access import refuse_without


def vouch_for_endpoint(*, endpoint_id: int, by: Actor, now: datetime) -> bool:
    """Vouch for an endpoint as the operator; return False if the operator did before."""
    refuse_without(by, "evals.change_endpoint", _("Only an operator may vouch for an endpoint."))
    return change_voucher(endpoint_id=endpoint_id, voucher=Voucher.OPERATOR, now=now)


def withdraw_vouch(*, endpoint_id: int, by: Actor, now: datetime) -> bool:
    """Let nobody vouch for an endpoint; its scores stay on record, but none is the published score."""
    refuse_without(by, "evals.change_endpoint", _("Only an operator may withdraw a vouch."))
    return change_voucher(endpoint_id=endpoint_id, voucher=Voucher.NOBODY, now=now)


def change_voucher(*, endpoint_id: int, voucher: Voucher, now: datetime) -> bool:
    """Change who vouches for an endpoint, and record it; return False if nothing changes."""
    with transaction.atomic():
        endpoint = Endpoint.objects.select_for_update().get(pk=endpoint_id)
        before = endpoint.vouched_by
        if before == voucher:
            return False
        Endpoint.objects.filter(pk=endpoint_id).update(vouched_by=voucher)
        VouchChange.objects.create(endpoint=endpoint, before=before, after=voucher, changed_at=now)
        record_change(
            action=AuditAction.ENDPOINT_VOUCH,
            object_type="endpoint",
            object_id=endpoint.slug,
            before={"vouched_by": before},
            after={"vouched_by": voucher.value},
        )
    return True
