"""Preflights: trials of an owner's endpoint before anything is submitted to it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from evals.models.catalogue import Suite
from evals.models.endpoints import Endpoint


class PreflightState(models.TextChoices):
    """What a preflight does, or how it ended."""

    WAITING = "waiting", _("waiting")
    RUNNING = "running", _("running")
    PASSED = "passed", _("passed")
    FAILED = "failed", _("failed")


OPEN_PREFLIGHT_STATES = frozenset({PreflightState.WAITING, PreflightState.RUNNING})


class Preflight(models.Model):
    """A trial of an endpoint, with the result of each check; `target` is what was tried."""

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="preflights")
    suite = models.ForeignKey(Suite, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=7, choices=PreflightState, default=PreflightState.WAITING)
    checks = models.JSONField(default=list, blank=True)
    target = models.CharField(max_length=64, blank=True)
    requested_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    lease_owner = models.CharField(max_length=120, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-requested_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=PreflightState.values), name="preflight_state_is_known"
            ),
            models.UniqueConstraint(
                fields=["endpoint"],
                condition=Q(state__in=["waiting", "running"]),
                name="preflight_is_open_once",
            ),
        ]

    def __str__(self) -> str:
        return f"preflight of {self.endpoint} ({self.state})"
