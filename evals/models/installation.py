"""What this installation is: real, or a simulated world for tests and demonstrations."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class InstallationKind(models.TextChoices):
    """Whether the figures of an installation are about real models."""

    REAL = "real", "real"
    SIMULATED = "simulated", "simulated"


class Installation(models.Model):
    """The only row of its table, written when the database is created; triggers refuse to change it."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    kind = models.CharField(max_length=9, choices=InstallationKind)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="installation_is_one")]

    def __str__(self) -> str:
        return self.kind
