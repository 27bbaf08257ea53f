"""Admin pages of the catalogue: read-only, because its files are its source."""

from __future__ import annotations

from django.contrib import admin

from evals import models
from evals.admin.read_only import PartInline, ReadOnlyAdmin


@admin.register(models.Developer)
class DeveloperAdmin(ReadOnlyAdmin):
    list_display = ["name", "slug", "country", "headquarters", "is_confirmed"]
    list_filter = ["is_confirmed", "country"]
    search_fields = ["name", "slug", "headquarters"]


@admin.register(models.Model)
class ModelAdmin(ReadOnlyAdmin):
    list_display = ["name", "slug", "developer", "released_on", "openness", "effort", "is_confirmed"]
    list_filter = ["is_confirmed", "openness", "release_precision", "developer__country"]
    list_select_related = ["developer"]
    search_fields = ["name", "slug", "family", "developer__name"]
    date_hierarchy = "released_on"


@admin.register(models.Benchmark)
class BenchmarkAdmin(ReadOnlyAdmin):
    list_display = ["name", "slug", "kind", "domain", "language", "chance", "ceiling", "items", "visibility"]
    list_filter = ["kind", "domain", "language", "visibility", "contamination"]
    search_fields = ["name", "slug"]


class SuiteTaskInline(PartInline):
    model = models.SuiteTask
    fields = ["position", "task"]


@admin.register(models.Suite)
class SuiteAdmin(ReadOnlyAdmin):
    list_display = ["slug", "version", "name", "current", "benchmark"]
    list_filter = ["current"]
    list_select_related = ["benchmark"]
    search_fields = ["slug", "name"]
    inlines = [SuiteTaskInline]


@admin.register(models.Task)
class TaskAdmin(ReadOnlyAdmin):
    list_display = ["name", "version", "num_fewshot", "metric", "filter", "benchmark"]
    list_select_related = ["benchmark"]
    search_fields = ["name", "content_hash"]


@admin.register(models.Claim)
class ClaimAdmin(ReadOnlyAdmin):
    list_display = [
        "claimant",
        "claimed_on",
        "leader",
        "follower",
        "lag_months_low",
        "lag_months_high",
        "scope",
    ]
    list_filter = ["direction"]
    date_hierarchy = "claimed_on"
    search_fields = ["claimant", "leader", "follower", "statement", "scope"]


@admin.register(models.ListPrice)
class ListPriceAdmin(ReadOnlyAdmin):
    list_display = ["model", "provider", "in_force_on", "input_usd_per_mtok", "output_usd_per_mtok"]
    list_select_related = ["model"]
    search_fields = ["model__name", "model__slug", "provider"]
    date_hierarchy = "in_force_on"


@admin.register(models.Adoption)
class AdoptionAdmin(ReadOnlyAdmin):
    list_display = ["subject", "measure", "value", "unit", "observed_on", "precision"]
    search_fields = ["subject", "measure", "statement", "source"]
    date_hierarchy = "observed_on"


@admin.register(models.FreshEdition)
class FreshEditionAdmin(ReadOnlyAdmin):
    list_display = ["month", "version", "commitment", "drawn_at", "revealed_at"]
    exclude = ["seed"]  # secret until its month has ended
    search_fields = ["month", "commitment"]


@admin.register(models.Correction)
class CorrectionAdmin(ReadOnlyAdmin):
    list_display = ["subject", "table", "corrected_at", "reason"]
    list_filter = ["table"]
    search_fields = ["subject", "reason"]
    date_hierarchy = "corrected_at"


@admin.register(models.CatalogueEdition)
class CatalogueEditionAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "loaded_at", "counts"]
    search_fields = ["content_hash"]
    date_hierarchy = "loaded_at"
