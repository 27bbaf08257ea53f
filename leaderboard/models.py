"""What is published: estimates of the lag, their charts, and the tokens of those who submit."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from evals.models.told import KNOWN, Told


class LagEstimate(models.Model):
    """The lag of one pair of cohorts at one date, on one benchmark or over all; published, never edited."""

    told = KNOWN
    follower = models.CharField(max_length=80)
    leader = models.CharField(max_length=80)
    benchmark = models.ForeignKey(
        "evals.Benchmark",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="lag_estimates",
        help_text="Empty: the composite over all benchmarks.",
    )
    as_of = models.DateField()
    method_version = models.CharField(max_length=20)
    data_hash = models.CharField(max_length=64)
    values = models.JSONField()
    published_at = models.DateTimeField()
    known_at = models.DateTimeField(
        db_default=Now(),
        editable=False,
        help_text="When the last of the facts that it rests on was known, if that was by its as-of date; "
        "else when it was published.",
    )

    class Meta:
        ordering = ["-as_of", "-published_at"]
        get_latest_by = ["as_of", "published_at"]
        indexes = [
            models.Index(fields=["follower", "leader", "benchmark", "-as_of"], name="estimate_newest"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["follower", "leader", "benchmark", "as_of", "method_version", "data_hash"],
                name="estimate_is_published_once",
            ),
            models.UniqueConstraint(
                fields=["follower", "leader", "as_of", "method_version", "data_hash"],
                condition=models.Q(benchmark__isnull=True),
                name="composite_is_published_once",
            ),
        ]

    def __str__(self) -> str:
        on = f"on {self.benchmark_id}" if self.benchmark_id else "over all"
        return f"{self.follower} behind {self.leader} {on}, {self.as_of}"


class Chart(models.Model):
    """A chart of an estimate: its specification, and what the worker drew of it."""

    told = Told(
        "EXISTS (SELECT 1 FROM {base}.leaderboard_lagestimate e"
        " WHERE e.id = r.estimate_id AND e.known_at < {at})"
    )
    estimate = models.ForeignKey(LagEstimate, on_delete=models.CASCADE, related_name="charts")
    name = models.CharField(max_length=40)
    theme = models.CharField(max_length=20)
    spec = models.JSONField()
    svg = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["estimate", "name", "theme"], name="chart_is_drawn_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.theme}) of estimate {self.estimate_id}"


class ApiToken(models.Model):
    """A submitter's token; only its digest is kept."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["user", "name"]
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="token_name_is_unique")]

    def __str__(self) -> str:
        return f"{self.name} of {self.user_id}"
