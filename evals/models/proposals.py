"""Proposals of models by users, which a moderator confirms, rejects or returns."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from evals.models.catalogue import Model
from evals.models.history import History


class ProposalState(models.TextChoices):
    """The states of a proposal."""

    OPEN = "open", _("waiting for a moderator")
    CHANGES_REQUESTED = "changes_requested", _("changes requested")
    CONFIRMED = "confirmed", _("confirmed")
    REJECTED = "rejected", _("rejected")


WAITING_STATES = frozenset({ProposalState.OPEN, ProposalState.CHANGES_REQUESTED})


def _decided(column: str, otherwise: str) -> str:
    return f"CASE WHEN r.decided_at < {{at}} THEN r.{column} ELSE {otherwise} END"


class ModelProposal(models.Model):
    """The proposal of a model, and a moderator's decision; `Model.proposed_by` is its owner."""

    history = History(
        "r.proposed_at < {at}",
        {
            "state": _decided("state", "'open'"),
            "message": _decided("message", "''"),
            "decided_at": _decided("decided_at", "NULL"),
            "reviewer_id": "NULL",
        },
    )
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    model = models.OneToOneField(Model, on_delete=models.PROTECT, related_name="proposal")
    proposer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    state = models.CharField(max_length=17, choices=ProposalState, default=ProposalState.OPEN)
    weights_url = models.URLField(max_length=300, blank=True)
    sources = models.JSONField(default=list, help_text="The web addresses where the facts were read.")
    is_named = models.BooleanField(
        default=True,
        help_text="The variant of its release that counts, as its developer named it before any run.",
    )
    message = models.TextField(blank=True, help_text="The moderator's reason; it is public.")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    proposed_at = models.DateTimeField()
    submitted_at = models.DateTimeField(help_text="When it was last submitted for review.")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-submitted_at", "-id"]
        permissions = [("review_model", "Can confirm and reject proposed models and organisations")]
        indexes = [models.Index(fields=["state", "submitted_at"], name="proposal_by_state")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ProposalState.values), name="proposal_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "confirmed"]) | ~Q(message=""),
                name="refused_proposal_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model} ({self.state})"
