"""Submissions: users' requests to evaluate a model on a suite, and their states."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from evals.models.catalogue import Endpoint, Suite
from evals.models.history import History
from evals.models.owners import Owner


class SubmissionState(models.TextChoices):
    """The states of a submission; `TRANSITIONS` has the allowed changes."""

    PENDING_REVIEW = "PENDING_REVIEW", _("waiting for review")
    PENDING = "PENDING", _("waiting in the queue")
    RUNNING = "RUNNING", _("running")
    FINISHED = "FINISHED", _("finished")
    FAILED = "FAILED", _("failed")
    CANCELLED = "CANCELLED", _("cancelled")
    REJECTED = "REJECTED", _("rejected")


OPEN_STATES = frozenset({SubmissionState.PENDING_REVIEW, SubmissionState.PENDING, SubmissionState.RUNNING})
ENDED_STATES = frozenset(SubmissionState) - OPEN_STATES
TRANSITIONS: dict[SubmissionState, frozenset[SubmissionState]] = {
    SubmissionState.PENDING_REVIEW: frozenset(
        {SubmissionState.PENDING, SubmissionState.REJECTED, SubmissionState.CANCELLED}
    ),
    SubmissionState.PENDING: frozenset(
        {SubmissionState.RUNNING, SubmissionState.CANCELLED, SubmissionState.FAILED}
    ),
    SubmissionState.RUNNING: frozenset(
        {SubmissionState.FINISHED, SubmissionState.FAILED, SubmissionState.CANCELLED}
    ),
    SubmissionState.FINISHED: frozenset(),
    SubmissionState.FAILED: frozenset({SubmissionState.PENDING}),
    SubmissionState.CANCELLED: frozenset({SubmissionState.PENDING}),
    SubmissionState.REJECTED: frozenset(),
}


class Submission(models.Model):
    """A request to evaluate one endpoint on one suite; it has one run per task."""

    history = History(
        "r.created_at < {at}",
        {
            "state": "CASE WHEN r.finished_at < {at} THEN r.state WHEN r.started_at < {at} THEN 'RUNNING'"
            " WHEN r.state IN ('PENDING_REVIEW', 'REJECTED') THEN 'PENDING_REVIEW' ELSE 'PENDING' END",
            "started_at": "CASE WHEN r.started_at < {at} THEN r.started_at END",
            "finished_at": "CASE WHEN r.finished_at < {at} THEN r.finished_at END",
            "paused_at": "CASE WHEN r.paused_at < {at} THEN r.paused_at END",
            "failure_code": "CASE WHEN r.finished_at < {at} THEN r.failure_code ELSE '' END",
            "failure_message": "CASE WHEN r.finished_at < {at} THEN r.failure_message ELSE '' END",
            "spent_usd": "CASE WHEN r.finished_at < {at} THEN r.spent_usd"
            " ELSE COALESCE((SELECT SUM(p.cost_usd) FROM {base}.evals_response p"
            " JOIN {base}.evals_run u ON u.id = p.paid_by_id"
            " WHERE u.submission_id = r.id AND p.received_at < {at}), 0) END",
        },
    )
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="submissions")
    suite = models.ForeignKey(Suite, on_delete=models.PROTECT, related_name="submissions")
    submitter = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="submissions"
    )
    owner = models.ForeignKey(
        Owner,
        on_delete=models.PROTECT,
        related_name="submissions",
        help_text="For whom the submitter submitted it: themselves, or an organisation.",
    )
    idempotency_key = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=14, choices=SubmissionState, default=SubmissionState.PENDING)
    attempt = models.PositiveIntegerField(default=1)
    priority = models.IntegerField(default=0, help_text="Larger goes first; only an operator sets it.")
    turn_at = models.DateTimeField(
        null=True, blank=True, help_text="When a worker last began to call for it."
    )
    paused_at = models.DateTimeField(null=True, blank=True)
    held_reason = models.TextField(blank=True, help_text="Why it was paused by the service itself.")
    budget_usd = models.DecimalField(max_digits=14, decimal_places=8, null=True, blank=True)
    spent_usd = models.DecimalField(max_digits=14, decimal_places=8, default=0)
    failure_code = models.CharField(max_length=40, blank=True)
    failure_message = models.TextField(blank=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        permissions = [("prioritise_submission", "Can set the priority of submissions")]
        indexes = [models.Index(fields=["state", "created_at"], name="submission_queue")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=SubmissionState.values), name="submission_state_is_known"
            ),
            models.UniqueConstraint(
                fields=["submitter", "idempotency_key"],
                condition=~Q(idempotency_key=""),
                name="submission_idempotency_key_is_unique",
            ),
            models.CheckConstraint(
                condition=~Q(state=SubmissionState.FAILED) | ~Q(failure_code=""),
                name="failed_submission_has_a_code",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.endpoint_id} on {self.suite_id} ({self.state})"
