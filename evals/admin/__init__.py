"""The operators' pages: endpoints are set here; what the files and the runs wrote is read, never edited."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import Model as Row
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from evals import models
from evals.admin import disputes, imports
from evals.operations.endpoints.registration import change_endpoint
from evals.operations.refusals import Refused
from evals.operations.submissions import control, lifecycle

FIRST = 10

if TYPE_CHECKING:
    Admin = admin.ModelAdmin[Any]
    Inline = admin.TabularInline[Any, Any]
else:  # Django's classes take no type at run time
    Admin, Inline = admin.ModelAdmin, admin.TabularInline


__all__ = ["disputes", "imports"]  # their pages are registered as they are read


class ReadOnlyAdmin(Admin):
    """Shows rows that only operations write: a form would bypass their rules."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return False


class PartInline(Inline):
    """Rows that are shown with the one that they belong to."""

    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return False


@admin.register(models.Developer)
class DeveloperAdmin(ReadOnlyAdmin):
    list_display = ["name", "slug", "country", "headquarters"]
    list_filter = ["country"]
    search_fields = ["name", "slug", "headquarters"]


@admin.register(models.Model)
class ModelAdmin(ReadOnlyAdmin):
    list_display = ["name", "slug", "developer", "released_on", "release_precision", "openness", "effort"]
    list_filter = ["openness", "release_precision", "developer__country", "developer"]
    list_select_related = ["developer"]
    search_fields = ["name", "slug", "family"]
    date_hierarchy = "released_on"


@admin.register(models.Benchmark)
class BenchmarkAdmin(ReadOnlyAdmin):
    list_display = ["name", "slug", "kind", "domain", "language", "chance", "ceiling", "items", "visibility"]
    list_filter = ["kind", "domain", "language", "visibility", "contamination"]
    search_fields = ["name", "slug"]


@admin.register(models.Price)
class PriceAdmin(Admin):
    """Prices from a day on; a new one is added, an old one stays, because answers were paid at it."""

    list_display = ["endpoint", "in_force_on", "input_usd_per_mtok", "output_usd_per_mtok"]
    list_select_related = ["endpoint"]
    search_fields = ["endpoint__slug"]

    def has_change_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return False


@admin.register(models.Limit)
class LimitAdmin(Admin):
    """What may be done with a credential or at a provider; workers read it when they next take up a run."""

    list_display = ["kind", "name", "max_concurrency", "requests_per_minute", "tokens_per_minute"]
    list_filter = ["kind"]
    search_fields = ["name"]


@admin.register(models.Endpoint)
class EndpointAdmin(Admin):
    """Limits, prices and whether it is called; the rest is set by `manage.py endpoint`, which checks it."""

    list_display = ["slug", "model", "provider", "protocol", "enabled", "simulated", "max_concurrency"]
    list_filter = ["enabled", "simulated", "protocol", "provider"]
    list_select_related = ["model"]
    search_fields = ["slug", "api_model", "model__name", "model__slug"]
    editable = frozenset(
        {
            "max_concurrency",
            "requests_per_minute",
            "tokens_per_minute",
            "timeout_s",
            "input_usd_per_mtok",
            "output_usd_per_mtok",
            "enabled",
        }
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Row | None = None) -> list[str]:
        return [field.name for field in models.Endpoint._meta.fields if field.name not in self.editable]

    def save_model(self, request: HttpRequest, obj: models.Endpoint, form: Any, change: bool) -> None:
        """Save what the form changes, and have its submissions go on."""
        change_endpoint(endpoint=obj, fields=form.changed_data)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return False


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
    list_display = ["name", "version", "num_fewshot", "metric", "filter", "benchmark", "content_hash"]
    list_select_related = ["benchmark"]
    search_fields = ["name", "content_hash"]


class RunInline(PartInline):
    model = models.Run
    fields = ["task", "state", "n_samples", "failure_code", "planned_at", "finished_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[models.Run]:
        return super().get_queryset(request).select_related("task")


@admin.register(models.Submission)
class SubmissionAdmin(ReadOnlyAdmin):
    list_display = [
        "public_id",
        "state",
        "endpoint",
        "suite",
        "submitter",
        "attempt",
        "priority",
        "paused_at",
        "created_at",
        "failure_code",
    ]
    list_filter = ["state", "suite", "failure_code"]
    list_select_related = ["endpoint", "suite", "submitter"]
    search_fields = ["public_id", "endpoint__slug", "submitter__username", "idempotency_key"]
    date_hierarchy = "created_at"
    inlines = [RunInline]
    actions = ["cancel", "pause", "resume", "retry", "rescore", "put_first", "put_in_turn"]

    @admin.action(description="Cancel; what is paid is kept")
    def cancel(self, request: HttpRequest, chosen: QuerySet[models.Submission]) -> None:
        self._each(request, chosen, lifecycle.cancel, now=timezone.now())

    @admin.action(description="Pause: send nothing new")
    def pause(self, request: HttpRequest, chosen: QuerySet[models.Submission]) -> None:
        self._each(request, chosen, control.pause, now=timezone.now())

    @admin.action(description="Resume")
    def resume(self, request: HttpRequest, chosen: QuerySet[models.Submission]) -> None:
        self._each(request, chosen, control.resume)

    @admin.action(description="Retry: ask only what is missing")
    def retry(self, request: HttpRequest, chosen: QuerySet[models.Submission]) -> None:
        self._each(request, chosen, lifecycle.retry, now=timezone.now())

    @admin.action(description="Score anew, at no call")
    def rescore(self, request: HttpRequest, chosen: QuerySet[models.Submission]) -> None:
        self._each(request, chosen, control.request_rescore, now=timezone.now())

    @admin.action(description="Put before everybody's turn")
    def put_first(self, request: HttpRequest, chosen: QuerySet[models.Submission]) -> None:
        self._each(request, chosen, control.prioritise, priority=FIRST)

    @admin.action(description="Put back into the usual turn")
    def put_in_turn(self, request: HttpRequest, chosen: QuerySet[models.Submission]) -> None:
        self._each(request, chosen, control.prioritise, priority=0)

    def _each(
        self,
        request: HttpRequest,
        chosen: QuerySet[models.Submission],
        step: Callable[..., Any],
        **details: Any,
    ) -> None:
        """Take a step with each; what its state does not allow is said, and the others go on."""
        for submission in chosen:
            name = f"Submission {submission.public_id}"
            try:
                step(submission_id=submission.pk, by=request.user, **details)
            except Refused as refusal:
                self.message_user(request, f"{name}: {refusal.message}", messages.ERROR)
            else:
                self.message_user(request, f"{name}: done.")

    def get_view_on_site_url(self, obj: Row | None = None) -> str | None:
        """Lead to its page, which has its progress and a form for any priority."""
        return f"/submissions/{obj.public_id}/" if isinstance(obj, models.Submission) else None


@admin.register(models.Run)
class RunAdmin(ReadOnlyAdmin):
    list_display = [
        "id",
        "task",
        "endpoint",
        "state",
        "n_samples",
        "lease_owner",
        "lease_until",
        "failure_code",
    ]
    list_filter = ["state", "failure_code", "task__name"]
    list_select_related = ["task", "endpoint"]
    search_fields = ["submission__public_id", "endpoint__slug", "task__name", "failure_message"]


@admin.register(models.Request)
class RequestAdmin(ReadOnlyAdmin):
    list_display = ["key", "endpoint", "state", "attempts", "failures", "lease_owner", "not_before"]
    list_filter = ["state"]
    list_select_related = ["endpoint"]
    search_fields = ["key"]


@admin.register(models.Attempt)
class AttemptAdmin(ReadOnlyAdmin):
    list_display = ["request", "number", "sent_at", "ended_at", "outcome", "http_status"]
    list_filter = ["outcome", "http_status"]
    list_select_related = ["request"]
    search_fields = ["request__key", "detail"]


@admin.register(models.Response)
class ResponseAdmin(ReadOnlyAdmin):
    list_display = [
        "request",
        "outcome",
        "finish_reason",
        "served_model",
        "output_tokens",
        "latency_ms",
        "received_at",
    ]
    list_filter = ["outcome", "finish_reason", "served_model"]
    list_select_related = ["request"]
    search_fields = ["request__key", "response_id"]


@admin.register(models.Score)
class ScoreAdmin(ReadOnlyAdmin):
    list_display = ["model", "benchmark", "value", "stderr", "n", "provenance", "reported_by", "observed_on"]
    list_filter = ["provenance", "reported_by", "benchmark"]
    list_select_related = ["model", "benchmark"]
    search_fields = ["model__name", "model__slug", "benchmark__name", "source"]


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
    list_filter = ["leader", "follower", "direction"]
    search_fields = ["claimant", "statement", "scope"]


@admin.register(models.ListPrice)
class ListPriceAdmin(ReadOnlyAdmin):
    list_display = ["model", "provider", "in_force_on", "input_usd_per_mtok", "output_usd_per_mtok"]
    list_filter = ["provider"]
    list_select_related = ["model"]
    search_fields = ["model__name", "model__slug", "provider"]
    date_hierarchy = "in_force_on"


@admin.register(models.Adoption)
class AdoptionAdmin(ReadOnlyAdmin):
    list_display = ["subject", "measure", "value", "unit", "observed_on", "precision"]
    list_filter = ["measure"]
    search_fields = ["subject", "measure", "statement", "source"]


@admin.register(models.FreshEdition)
class FreshEditionAdmin(ReadOnlyAdmin):
    list_display = ["month", "version", "commitment", "drawn_at", "revealed_at"]
    exclude = ["seed"]  # nobody is shown it before its month has ended
    search_fields = ["month", "commitment"]


@admin.register(models.Correction)
class CorrectionAdmin(ReadOnlyAdmin):
    list_display = ["subject", "table", "corrected_at", "reason"]
    list_filter = ["table"]
    search_fields = ["subject", "reason"]


@admin.register(models.CatalogueEdition)
class CatalogueEditionAdmin(ReadOnlyAdmin):
    list_display = ["id", "content_hash", "loaded_at", "counts"]
