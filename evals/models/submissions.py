"""Submissions: users' requests to evaluate a model on a suite, and their states."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from evals.models.catalogue import Suite
from evals.models.endpoints import Endpoint
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
    SubmissionState.FAILED: frozenset({SubmissionState.PENDING, SubmissionState.PENDING_REVIEW}),
    SubmissionState.CANCELLED: frozenset({SubmissionState.PENDING, SubmissionState.PENDING_REVIEW}),
    SubmissionState.REJECTED: frozenset(),
}


class ReviewOutcome(models.TextChoices):
    """What an operator last decided about a submission; empty before."""

    APPROVED = "approved", _("approved")
    REJECTED = "rejected", _("rejected")
    CHANGES_REQUESTED = "changes_requested", _("changes requested")


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
            "review_outcome": "CASE WHEN r.reviewed_at < {at} THEN r.review_outcome ELSE '' END",
            "review_message": "CASE WHEN r.reviewed_at < {at} THEN r.review_message ELSE '' END",
            "reviewed_at": "CASE WHEN r.reviewed_at < {at} THEN r.reviewed_at END",
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
    budget_calls = models.PositiveIntegerField(
        null=True, blank=True, help_text="The most calls that may be sent, where no price is known."
    )
    spent_calls = models.PositiveIntegerField(default=0, help_text="The calls that were sent for it.")
    review_outcome = models.CharField(max_length=17, choices=ReviewOutcome, blank=True)
    review_message = models.TextField(blank=True, help_text="The public reason or request of the review.")
    reviewed_at = models.DateTimeField(null=True, blank=True)
    approved_usd = models.DecimalField(
        max_digits=14, decimal_places=8, null=True, blank=True, help_text="The budget cannot be raised above."
    )
    approved_calls = models.PositiveIntegerField(
        null=True, blank=True, help_text="The budget in calls cannot be raised above."
    )
    embargo_until = models.DateTimeField(
        null=True, blank=True, help_text="Its scores and answers are published then, and not before."
    )
    has_withheld_scores = models.BooleanField(
        default=False, help_text="Its scores are put on record when its embargo ends."
    )
    repeats = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="repeated_by",
        help_text="The earlier submission with the same answers, whose scores stand for both.",
    )
    capped_until = models.DateTimeField(
        null=True, blank=True, help_text="A spending cap is used up: no call is sent before it renews."
    )
    failure_code = models.CharField(max_length=40, blank=True)
    failure_message = models.TextField(blank=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        permissions = [
            ("prioritise_submission", "Can set the priority of submissions"),
            ("review_submission", "Can approve and reject submissions that the operator pays for"),
        ]
        indexes = [
            models.Index(fields=["state", "created_at"], name="submission_queue"),
            models.Index(fields=["owner", "created_at"], name="submission_by_owner"),
            models.Index(
                fields=["embargo_until"], condition=Q(has_withheld_scores=True), name="submission_embargoes"
            ),
        ]
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
        return f"{self.endpoint} on {self.suite} ({self.state})"

    @property
    def is_approved(self) -> bool:
        """Tell whether an operator approved it, so that its own budget pays and no cap of the operator."""
        return self.review_outcome == ReviewOutcome.APPROVED
