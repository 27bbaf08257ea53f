"""Confirm what the catalogue's files name: a catalogued row needs no moderator."""

from __future__ import annotations

from datetime import datetime

from evals.models import AuditAction, CatalogueEdition, Developer, Model, ModelProposal, ProposalState
from evals.operations.audit import record_event


def confirm_catalogued(
    *, models: set[str], developers: set[str], edition: CatalogueEdition, now: datetime
) -> None:
    """Confirm the proposed models and developers with these slugs; they belong to the catalogue now."""
    confirmed = {"is_confirmed": True, "confirmed_at": now, "edition": edition}
    Developer.objects.filter(slug__in=developers, is_confirmed=False).update(**confirmed)
    proposed = Model.objects.filter(slug__in=models, is_confirmed=False)
    decided = list(ModelProposal.objects.filter(model__in=proposed).order_by("pk"))
    proposed.update(**confirmed)
    for proposal in decided:
        ModelProposal.objects.filter(pk=proposal.pk).update(
            state=ProposalState.CONFIRMED, message="", is_named=True, decided_at=now
        )
        record_event(
            action=AuditAction.PROPOSAL_CONFIRM,
            object_type="proposal",
            object_id=proposal.public_id,
            after={"state": ProposalState.CONFIRMED.value},
        )
