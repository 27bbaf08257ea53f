"""Keys of owners' endpoints, sealed for the workers, and the public keys by which they are sealed."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from evals.models.endpoints import Endpoint
from evals.models.owners import Owner


class WorkerKey(models.Model):
    """A public key of the workers; the private half is in no table."""

    fingerprint = models.CharField(max_length=16, unique=True)
    public = models.BinaryField(max_length=32)
    created_at = models.DateTimeField()
    is_current = models.BooleanField(default=False, help_text="New keys are sealed by it.")
    replaced_at = models.DateTimeField(null=True, blank=True, help_text="When another became current.")
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_current"], condition=Q(is_current=True), name="worker_key_one_is_current"
            ),
            models.CheckConstraint(
                condition=Q(is_current=False) | Q(retired_at__isnull=True),
                name="worker_key_current_is_not_retired",
            ),
        ]

    def __str__(self) -> str:
        return self.fingerprint


class EndpointKey(models.Model):
    """A key of an endpoint, which only a worker can open; a deleted one keeps its row, without the key."""

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="keys")
    owner = models.ForeignKey(Owner, on_delete=models.CASCADE, related_name="endpoint_keys")
    sealed = models.BinaryField(blank=True)
    worker_key = models.ForeignKey(WorkerKey, on_delete=models.PROTECT, related_name="sealed_keys")
    keep = models.BooleanField(default=False, help_text="Keep it when the submissions have ended.")
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint"], condition=Q(deleted_at__isnull=True), name="endpoint_has_one_key"
            ),
            models.CheckConstraint(
                condition=(Q(deleted_at__isnull=True) & ~Q(sealed=b""))
                | (Q(deleted_at__isnull=False) & Q(sealed=b"")),
                name="endpoint_key_is_sealed_until_deleted",
            ),
        ]

    def __str__(self) -> str:
        return f"key of {self.endpoint}"
