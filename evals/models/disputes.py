"""Readers' objections to recorded facts, with evidence and answers."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from evals.models.corrections import Correction
from evals.models.history import History


class DisputeState(models.TextChoices):
    """The state of a dispute."""

    OPEN = "open", _("not answered yet")
    UPHELD = "upheld", _("upheld: the fact was corrected")
    REJECTED = "rejected", _("rejected: the fact stands")
    WITHDRAWN = "withdrawn", _("withdrawn by who filed it")


def _answered(column: str, otherwise: str) -> str:
    return f"CASE WHEN r.answered_at < {{at}} THEN r.{column} ELSE {otherwise} END"


class Dispute(models.Model):
    """An objection to one fact, public from the day on which a moderator has seen it."""

    history = History(
        "r.seen_at < {at}",
        {
            "state": _answered("state", "'open'"),
            "answer": _answered("answer", "''"),
            "answered_by": _answered("answered_by", "''"),
            "answered_at": _answered("answered_at", "NULL"),
            "correction_id": _answered("correction_id", "NULL"),
            "contact": "''",
            "filed_from": "''",
            "filed_network": "''",
            "filed_account": "''",
            "idempotency_key": "''",
        },
    )
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    table = models.CharField(max_length=63, help_text="The database's table that the fact is in.")
    row_id = models.BigIntegerField()
    field = models.CharField(max_length=63)
    subject = models.CharField(
        max_length=300, help_text="The row in words: its slug, or model and benchmark."
    )
    value = models.TextField(blank=True, help_text="What the fact said when it was disputed.")
    statement = models.TextField(help_text="What is wrong, in the words of who filed it.")
    evidence = models.JSONField(help_text="Addresses where it can be read; we open none of them.")
    contact = models.CharField(max_length=200, blank=True, help_text="Never shown, never exported.")
    filed_from = models.CharField(
        max_length=32, blank=True, help_text="A keyed hash of the sender's address."
    )
    filed_network = models.CharField(
        max_length=32, blank=True, help_text="The same of the sender's wider network."
    )
    filed_account = models.CharField(
        max_length=32, blank=True, help_text="The same of the sender's account, if any."
    )
    idempotency_key = models.CharField(max_length=120, blank=True)
    filed_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True, help_text="When a moderator let it be public.")
    state = models.CharField(max_length=9, choices=DisputeState, default=DisputeState.OPEN)
    answer = models.TextField(blank=True)
    answered_by = models.CharField(max_length=150, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    correction = models.ForeignKey(
        Correction, on_delete=models.PROTECT, null=True, blank=True, related_name="disputes"
    )

    class Meta:
        ordering = ["-filed_at", "-id"]
        indexes = [
            models.Index(fields=["table", "row_id"], name="dispute_of_row"),
            models.Index(fields=["filed_from", "filed_at"], name="dispute_by_sender"),
            models.Index(fields=["filed_network", "filed_at"], name="dispute_by_network"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=DisputeState.values), name="dispute_state_is_known"),
            models.CheckConstraint(
                condition=Q(state=DisputeState.OPEN) | (~Q(answer="") & Q(answered_at__isnull=False)),
                name="dispute_that_has_ended_is_answered",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[DisputeState.OPEN, DisputeState.REJECTED]) | Q(seen_at__isnull=False),
                name="dispute_that_is_not_public_is_open_or_rejected",
            ),
            models.CheckConstraint(
                condition=~Q(state=DisputeState.UPHELD) | Q(correction__isnull=False),
                name="upheld_dispute_has_its_correction",
            ),
            models.UniqueConstraint(
                fields=["idempotency_key"],
                condition=~Q(idempotency_key=""),
                name="dispute_idempotency_key_is_unique",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject}: {self.field}"


class SolvedPuzzle(models.Model):
    """A puzzle that was solved to file a dispute: each counts once, and is forgotten when it has expired."""

    number = models.CharField(max_length=32, primary_key=True)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.number
