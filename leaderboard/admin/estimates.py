"""Admin pages of published estimates and of what is made from them; read-only."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from evals.admin.read_only import ReadOnlyAdmin
from leaderboard import models

ESTIMATE = "estimate__benchmark"


@admin.register(models.LagEstimate)
class LagEstimateAdmin(ReadOnlyAdmin):
    list_display = [
        *("follower", "leader", "benchmark", "domain", "reading", "attribution"),
        *("as_of", "state", "method_version", "published_at"),
    ]
    list_display_links = ["follower", "leader"]
    list_filter = ["state", "method_version", "attribution"]
    list_select_related = ["benchmark"]
    search_fields = ["follower", "leader", "benchmark__name", "domain", "data_hash"]
    exclude = ["values"]  # its page on the site shows them
    date_hierarchy = "as_of"


@admin.register(models.EstimateChange)
class EstimateChangeAdmin(ReadOnlyAdmin):
    list_display = ["estimate", "moved_months", "n_changes", "found_at"]
    list_select_related = [ESTIMATE]
    search_fields = ["estimate__follower", "estimate__leader", "estimate__domain"]
    date_hierarchy = "found_at"


@admin.register(models.Publication)
class PublicationAdmin(ReadOnlyAdmin):
    list_display = ["record_version", "n_published", "seconds", "started_at"]
    search_fields = ["record_version"]
    date_hierarchy = "started_at"


@admin.register(models.Forecast)
class ForecastAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "kind", "month", "horizon_months", "due_on", "probability", "made_at"]
    list_filter = ["kind", "horizon_months"]
    list_select_related = ["model"]
    search_fields = ["model__name", "model__slug"]
    date_hierarchy = "due_on"


@admin.register(models.ForecastOutcome)
class ForecastOutcomeAdmin(ReadOnlyAdmin):
    list_display = ["forecast", "lag_months", "happened", "score", "scored_at"]
    list_filter = ["happened"]
    list_select_related = ["forecast__model"]
    search_fields = ["forecast__model__name", "forecast__model__slug"]
    date_hierarchy = "scored_at"


@admin.register(models.Chart)
class ChartAdmin(ReadOnlyAdmin):
    list_display = ["name", "estimate", "language", "size", "width", "height", "drawn_by"]
    list_filter = ["name", "language", "size"]
    list_select_related = [ESTIMATE]
    search_fields = ["name", "estimate__follower", "estimate__leader"]
    exclude = ["spec", "svg", "png"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[models.Chart]:
        """Leave the pictures in the database."""
        return super().get_queryset(request).defer("spec", "svg", "png")


@admin.register(models.RequestedEstimate)
class RequestedEstimateAdmin(ReadOnlyAdmin):
    list_display = ["estimate", "requested_at", "linked_at"]
    list_filter = [("linked_at", admin.EmptyFieldListFilter)]
    list_select_related = [ESTIMATE]
    search_fields = ["estimate__follower", "estimate__leader"]
    date_hierarchy = "requested_at"


@admin.register(models.EstimateRequest)
class EstimateRequestAdmin(ReadOnlyAdmin):
    list_display = ["comparison", "state", "language", "attempts", "failure", "asked_at", "ended_at"]
    list_filter = ["state", "failure"]
    search_fields = ["comparison"]
    date_hierarchy = "asked_at"


@admin.register(models.Export)
class ExportAdmin(ReadOnlyAdmin):
    list_display = ["folder", "made_at"]
    search_fields = ["folder"]
    date_hierarchy = "made_at"
