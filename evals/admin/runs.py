"""Admin pages of runs with their requests, attempts, responses and scores; read-only."""

from __future__ import annotations

from django.contrib import admin

from evals import models
from evals.admin.read_only import ReadOnlyAdmin


@admin.register(models.Run)
class RunAdmin(ReadOnlyAdmin):
    operators_only = ("failure_message",)
    list_display = [
        "__str__",
        "submission",
        "task",
        "endpoint",
        "state",
        "n_samples",
        "lease_owner",
        "lease_until",
        "failure_code",
    ]
    list_filter = ["state", "failure_code"]
    list_select_related = ["task", "endpoint", "submission__endpoint", "submission__suite"]
    date_hierarchy = "finished_at"
    search_fields = ["submission__public_id", "endpoint__slug", "task__name", "failure_message"]


@admin.register(models.Request)
class RequestAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "endpoint", "state", "attempts", "failures", "lease_owner", "not_before"]
    list_filter = ["state"]
    list_select_related = ["endpoint"]
    search_fields = ["key"]


@admin.register(models.Attempt)
class AttemptAdmin(ReadOnlyAdmin):
    operators_only = ("detail",)
    list_display = ["request", "number", "sent_at", "ended_at", "outcome", "http_status"]
    list_filter = ["outcome", "http_status"]
    list_select_related = ["request"]
    date_hierarchy = "sent_at"
    search_fields = ["request__key", "detail"]


@admin.register(models.Response)
class ResponseAdmin(ReadOnlyAdmin):
    operators_only = ("body",)
    list_display = [
        "request",
        "outcome",
        "finish_reason",
        "served_model",
        "output_tokens",
        "latency_ms",
        "received_at",
    ]
    list_filter = ["outcome"]
    list_select_related = ["request"]
    search_fields = ["request__key", "response_id", "served_model"]
    date_hierarchy = "received_at"


@admin.register(models.Score)
class ScoreAdmin(ReadOnlyAdmin):
    list_display = [
        *(
            "model",
            "benchmark",
            "value",
            "stderr",
            "n",
            "partial_of",
            "provenance",
            "reported_by",
            "observed_on",
        )
    ]
    list_filter = ["provenance", "reported_by"]
    list_select_related = ["model", "benchmark"]
    search_fields = ["model__name", "model__slug", "benchmark__name", "source"]
