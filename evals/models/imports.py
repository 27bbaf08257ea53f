"""Imports of external results, and aliases of models and benchmarks."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from evals.models.catalogue import Benchmark, Model
from evals.models.history import History


class Import(models.Model):
    """A file of external results, with its report and the time it was applied."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "proposed: nothing is written yet"
        APPLIED = "applied", "applied"

    history = History("r.applied_at < {at}")
    format = models.CharField(max_length=40)
    name = models.CharField(max_length=200, help_text="The file's name.")
    url = models.URLField(max_length=500, blank=True)
    content_hash = models.CharField(max_length=64)
    stored_as = models.CharField(max_length=300, blank=True, help_text="The file's name in the storage.")
    state = models.CharField(max_length=8, choices=State, default=State.PROPOSED)
    report = models.JSONField(default=dict)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    partial = models.BooleanField(
        default=False,
        help_text="Also scores over fewer items than the benchmark has, such as of a limited run.",
    )
    retrieved_on = models.DateField()
    proposed_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["content_hash"], name="import_by_content")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "applied"]), name="import_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state="proposed") | Q(applied_at__isnull=False),
                name="applied_import_has_its_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.format})"


class Alias(models.Model):
    """The meaning of a foreign name or the unit of a column, confirmed or waiting for a person."""

    class Kind(models.TextChoices):
        MODEL = "model", "model"
        BENCHMARK = "benchmark", "benchmark"
        UNIT = "unit", "unit of a column"

    class Unit(models.TextChoices):
        FRACTION = "fraction", "fraction, 0 to 1"
        PERCENT = "percent", "per cent, 0 to 100"

    history = History("r.confirmed_at < {at}")
    kind = models.CharField(max_length=9, choices=Kind)
    spelling = models.CharField(max_length=200)
    normalised = models.CharField(max_length=200, editable=False)
    model = models.ForeignKey(
        Model, on_delete=models.CASCADE, null=True, blank=True, related_name="confirmed_aliases"
    )
    benchmark = models.ForeignKey(
        Benchmark, on_delete=models.CASCADE, null=True, blank=True, related_name="confirmed_aliases"
    )
    unit = models.CharField(max_length=8, choices=Unit, blank=True)
    ignored = models.BooleanField(default=False, help_text="It means nothing that we keep.")
    seen_in = models.ForeignKey(Import, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    confirmed_by = models.CharField(max_length=150, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["kind", "spelling"]
        verbose_name_plural = "aliases"
        constraints = [
            models.UniqueConstraint(fields=["kind", "normalised"], name="alias_means_one_thing"),
            models.CheckConstraint(
                condition=Q(model__isnull=True) | (Q(kind="model") & Q(ignored=False)),
                name="alias_of_a_model_is_of_its_kind",
            ),
            models.CheckConstraint(
                condition=Q(benchmark__isnull=True) | (Q(kind="benchmark") & Q(ignored=False)),
                name="alias_of_a_benchmark_is_of_its_kind",
            ),
            models.CheckConstraint(
                condition=Q(unit="")
                | (Q(kind="unit") & Q(ignored=False) & Q(unit__in=["fraction", "percent"])),
                name="alias_of_a_unit_is_of_its_kind",
            ),
        ]

    def __str__(self) -> str:
        return self.spelling
