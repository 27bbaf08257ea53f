"""Comparisons that readers requested."""

from __future__ import annotations

from django.db import models

from evals.models.history import History
from leaderboard.models.estimates import LagEstimate


class RequestedEstimate(models.Model):
    """An estimate computed on request: deleted after a while, unless somebody created a permanent link."""

    history = History(
        "EXISTS (SELECT 1 FROM {base}.leaderboard_lagestimate e"
        " WHERE e.id = r.estimate_id AND e.known_at < {at})",
        {"subscriber": "''", "network": "''", "account": "''"},
    )
    estimate = models.OneToOneField(
        LagEstimate, on_delete=models.CASCADE, primary_key=True, related_name="requested"
    )
    requested_at = models.DateTimeField(help_text="When it was last requested.")
    linked_at = models.DateTimeField(null=True, blank=True, help_text="Since when it is permanent.")
    subscriber = models.CharField(
        max_length=32, blank=True, help_text="Who made it permanent, as a keyed hash, for the quotas."
    )
    network = models.CharField(max_length=32, blank=True)
    account = models.CharField(max_length=32, blank=True)

    class Meta:
        indexes = [models.Index(fields=["linked_at", "requested_at"], name="requested_estimate_expiry")]

    def __str__(self) -> str:
        return f"request for {self.estimate}"


class EstimateRequest(models.Model):
    """A reader's request to compute an unpublished comparison; this row holds its state."""

    class State(models.TextChoices):
        QUEUED = "queued", "waits for a worker"
        COMPUTING = "computing", "a worker computes it"
        DONE = "done", "published"
        FAILED = "failed", "it cannot be computed"

    comparison = models.CharField(
        max_length=2000, help_text="Its text, without a reading: all are published."
    )
    record_version = models.CharField(max_length=60, help_text="Of the record that it was asked of.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED.value)
    client = models.CharField(
        max_length=64, help_text="A keyed hash of who asked, for the limit of a client."
    )
    network = models.CharField(
        max_length=32, blank=True, help_text="The same of the wider network, for its quota."
    )
    account = models.CharField(max_length=32, blank=True, help_text="The same of the account, if any.")
    language = models.CharField(max_length=10, help_text="In which its charts are drawn first.")
    asked_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True, blank=True)
    failure = models.CharField(max_length=40, blank=True, help_text="A code; what it means stands elsewhere.")
    estimate = models.ForeignKey(
        LagEstimate, on_delete=models.CASCADE, null=True, blank=True, related_name="requests"
    )

    class Meta:
        ordering = ["asked_at", "pk"]
        indexes = [
            models.Index(fields=["state", "asked_at"], name="estimate_request_queue"),
            models.Index(fields=["asked_at"], name="estimate_request_quota"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["comparison", "record_version"], name="comparison_is_asked_once"),
            models.CheckConstraint(
                condition=models.Q(state="computing") ^ models.Q(lease_until__isnull=True),
                name="estimate_request_is_leased_while_computed",
            ),
            models.CheckConstraint(
                condition=models.Q(state="done") ^ models.Q(estimate__isnull=True),
                name="estimate_request_is_done_with_an_estimate",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.comparison} ({self.state})"
