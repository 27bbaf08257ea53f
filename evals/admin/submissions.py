"""Admin page of submissions, with actions on several at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import Model as Row
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from evals import models
from evals.admin.read_only import PartInline, ReadOnlyAdmin
from evals.operations.refusals import Refused
from evals.operations.submissions import control, lifecycle
from evals.operations.submissions.access import has_permission

FIRST = 10


class RunInline(PartInline):
    model = models.Run
    fields = ["task", "state", "n_samples", "failure_code", "planned_at", "finished_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[models.Run]:
        return super().get_queryset(request).select_related("task")


@admin.register(models.Submission)
class SubmissionAdmin(ReadOnlyAdmin):
    operators_only = ("failure_message", "held_reason")
    list_display = [
        "public_id",
        "state",
        "endpoint",
        "suite",
        "owner",
        "submitter",
        "attempt",
        "priority",
        "paused_at",
        "created_at",
        "failure_code",
    ]
    list_filter = ["state", "review_outcome", "failure_code", "suite__slug"]
    list_select_related = ["endpoint", "suite", "owner", "submitter"]
    search_fields = ["public_id", "endpoint__slug", "owner__handle", "submitter__username"]
    date_hierarchy = "created_at"
    inlines = [RunInline]
    fieldsets = [
        (
            None,
            {
                "description": "Its page on the site, by the link above, has its progress and the review.",
                "fields": ["public_id", "endpoint", "suite", "owner", "submitter", "idempotency_key"],
            },
        ),
        (
            "State",
            {
                "fields": [
                    *("state", "attempt", "priority", "turn_at", "paused_at", "held_reason", "repeats"),
                    *("failure_code", "failure_message", "created_at", "started_at", "finished_at"),
                ]
            },
        ),
        (
            "Review",
            {
                "fields": [
                    *("review_outcome", "review_message", "reviewed_at", "approved_usd", "approved_calls")
                ]
            },
        ),
        (
            "Spending",
            {
                "description": "In USD, or in calls where the endpoint has no price.",
                "fields": ["budget_usd", "spent_usd", "budget_calls", "spent_calls", "capped_until"],
            },
        ),
        ("Embargo", {"fields": ["embargo_until", "has_withheld_scores"]}),
    ]
    actions = ["cancel", "pause", "resume", "retry", "rescore", "put_first", "put_in_turn"]

    def has_control_permission(self, request: HttpRequest) -> bool:
        """Return whether the actions on every submission are offered."""
        return has_permission(request.user, "evals.change_submission")

    def has_prioritise_permission(self, request: HttpRequest) -> bool:
        """Return whether the actions that change the order are offered."""
        return has_permission(request.user, "evals.prioritise_submission")

    @admin.action(description="Cancel; what is paid is kept", permissions=["control"])
    def cancel(self, request: HttpRequest, chosen: QuerySet[models.Submission]) -> None:
        self._each(request, chosen, lifecycle.cancel, now=timezone.now())

    @admin.action(description="Pause: send nothing new", permissions=["control"])
    def pause(self, request: HttpRequest, chosen: QuerySet[models.Submission]) -> None:
        self._each(request, chosen, control.pause, now=timezone.now())

    @admin.action(description="Resume", permissions=["control"])
    def resume(self, request: HttpRequest, chosen: QuerySet[models.Submission]) -> None:
        self._each(request, chosen, control.resume)

    @admin.action(description="Retry: ask only what is missing", permissions=["control"])
    def retry(self, request: HttpRequest, chosen: QuerySet[models.Submission]) -> None:
        self._each(request, chosen, lifecycle.retry, now=timezone.now())

    @admin.action(description="Score anew, at no call", permissions=["control"])
    def rescore(self, request: HttpRequest, chosen: QuerySet[models.Submission]) -> None:
        self._each(request, chosen, control.request_rescore, now=timezone.now())

    @admin.action(description="Put before everybody's turn", permissions=["prioritise"])
    def put_first(self, request: HttpRequest, chosen: QuerySet[models.Submission]) -> None:
        self._each(request, chosen, control.prioritise, priority=FIRST)

    @admin.action(description="Put back into the usual turn", permissions=["prioritise"])
    def put_in_turn(self, request: HttpRequest, chosen: QuerySet[models.Submission]) -> None:
        self._each(request, chosen, control.prioritise, priority=0)

    def _each(
        self,
        request: HttpRequest,
        chosen: QuerySet[models.Submission],
        step: Callable[..., Any],
        **details: Any,
    ) -> None:
        """Apply an action to each submission; report refusals and continue."""
        for submission in chosen:
            name = f"Submission {submission.public_id}"
            try:
                step(submission_id=submission.pk, by=request.user, **details)
            except Refused as refusal:
                self.message_user(request, f"{name}: {refusal.message}", messages.ERROR)
            else:
                self.message_user(request, f"{name}: done.")

    def get_view_on_site_url(self, obj: Row | None = None) -> str | None:
        """Return the address of its page, with progress and the form for its priority."""
        return f"/submissions/{obj.public_id}/" if isinstance(obj, models.Submission) else None
