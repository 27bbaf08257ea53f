"""Published lag estimates, what changed them, and publications."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from evals.models.history import KNOWN, History


class Attribution(models.TextChoices):
    """The rule that assigns a model to a country, and from when (the attribution switch of METHOD)."""

    HEADQUARTERS = "headquarters", "by its developer's headquarters, dated by its release"
    BASE_MODEL = "base-model", "by the headquarters of its base model's developer"
    HOST = "host-country", "by the country that it is hosted in, where that is on record"
    ANNOUNCEMENT = "announcement", "dated by its announcement where that came first"


class LagEstimate(models.Model):
    """The published lag of a pair of cohorts on one date, on a benchmark or over several; never edited."""

    history = KNOWN
    follower = models.CharField(max_length=240)
    leader = models.CharField(max_length=240)
    benchmark = models.ForeignKey(
        "evals.Benchmark",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="lag_estimates",
        help_text="Empty: a composite over benchmarks.",
    )
    domain = models.CharField(
        max_length=60, blank=True, default="", help_text="What a composite is over; empty: every domain."
    )
    scope = models.CharField(
        max_length=1200,
        blank=True,
        default="",
        help_text="What else narrows it: benchmarks, their language or visibility, what is left out, a day.",
    )
    reading = models.CharField(
        max_length=40,
        blank=True,
        default="",
        help_text="Empty: our own catch-up and standing, with all else.",
    )
    attribution = models.CharField(
        max_length=20, choices=Attribution.choices, default=Attribution.HEADQUARTERS.value
    )
    as_of = models.DateField()
    method_version = models.CharField(max_length=20)
    data_hash = models.CharField(max_length=64)
    seed = models.PositiveIntegerField(
        null=True, blank=True, help_text="Of the draws; empty where it has none."
    )
    state = models.CharField(max_length=40, default="ok", help_text='"ok", or why the lag is not defined.')
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
        indexes = [models.Index(fields=["follower", "leader", "benchmark", "-as_of"], name="estimate_newest")]
        constraints = [
            models.UniqueConstraint(
                fields=[
                    *("follower", "leader", "benchmark", "scope", "reading", "attribution"),
                    *("as_of", "method_version", "data_hash"),
                ],
                name="estimate_is_published_once",
            ),
            models.UniqueConstraint(
                fields=[
                    *("follower", "leader", "domain", "scope", "reading", "attribution"),
                    *("as_of", "method_version", "data_hash"),
                ],
                condition=models.Q(benchmark__isnull=True),
                name="composite_is_published_once",
            ),
            models.CheckConstraint(
                condition=models.Q(benchmark__isnull=True) | models.Q(domain=""),
                name="estimate_is_over_a_benchmark_or_a_domain",
            ),
        ]

    def __str__(self) -> str:
        on = f"on {self.benchmark}" if self.benchmark_id else f"over {self.domain or 'all'}"
        return f"{self.follower} behind {self.leader} {on}, {self.as_of}"


class EstimateData(models.Model):
    """The input data of a composite by its hash, kept to recompute and to compare it."""

    history = History("r.kept_at < {at}")
    data_hash = models.CharField(max_length=64, unique=True)
    content = models.JSONField()
    kept_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "estimate data"

    def __str__(self) -> str:
        return self.data_hash


class EstimateChange(models.Model):
    """The changes of the data between an estimate and its predecessor, and how far each moved the lag."""

    history = History("r.found_at < {at}")
    estimate = models.OneToOneField(LagEstimate, on_delete=models.CASCADE, related_name="change")
    former = models.ForeignKey(LagEstimate, on_delete=models.CASCADE, related_name="+")
    moved_months = models.FloatField(null=True, help_text="Of the catch-up lag; empty where one has none.")
    n_changes = models.PositiveIntegerField(
        help_text="Scores and models that were added, changed or taken off."
    )
    parts = models.JSONField(
        help_text="The changes that moved it most, each with what it moved the lag at the mode by."
    )
    found_at = models.DateTimeField()

    class Meta:
        ordering = ["-found_at", "-pk"]

    def __str__(self) -> str:
        return f"change of {self.estimate}"


class Publication(models.Model):
    """One run of the publisher: the version of the record, the duration, and the number of estimates."""

    history = History("r.started_at < {at}")
    record_version = models.CharField(max_length=60)
    started_at = models.DateTimeField()
    seconds = models.FloatField()
    n_published = models.PositiveIntegerField()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.n_published} estimates of {self.record_version}"
