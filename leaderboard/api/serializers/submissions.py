"""Submissions, their runs and samples as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from evals.models import Response as Answer
from evals.models import Run, Sample, SampleRequest, Submission
from evals.operations.submissions.access import may_see_details
from evals.operations.submissions.lifecycle import MOST_CALLS
from leaderboard.api.serializers.base import ReadRow, RequestBody, linked
from leaderboard.api.serializers.catalogue import ScoreRow
from leaderboard.api.serializers.progress import (
    INSIDERS_ONLY,
    BudgetRow,
    FailureRow,
    ProgressRow,
    RunProgressRow,
    SituationRow,
    serialize_failure,
    serialize_status,
)
from leaderboard.api.serializers.quotas import CapLimitRow
from leaderboard.presenters.failures import readable_message
from leaderboard.presenters.quotas import CapLimit


def is_insider(context: Mapping[str, Any], submission: Submission) -> bool:
    """Tell whether the reader of a response may see what providers said about a submission."""
    return may_see_details(context["reader"], submission)


class ReviewRow(serializers.Serializer[Any]):
    """What an operator decided about a submission."""

    outcome = serializers.CharField(help_text="`approved`, `rejected` or `changes_requested`.")
    reason = serializers.CharField(help_text="Public.")
    at = serializers.DateTimeField(allow_null=True)


class ExpectedTimeRow(serializers.Serializer[Any]):
    """An expected time with the limits of 90% of `n` recorded submissions."""

    low = serializers.DateTimeField()
    likely = serializers.DateTimeField()
    high = serializers.DateTimeField()
    n = serializers.IntegerField()


class ExpectedTimesRow(serializers.Serializer[Any]):
    """When a waiting submission is expected to start and end; null where too little is recorded."""

    start = ExpectedTimeRow(allow_null=True)
    end = ExpectedTimeRow(allow_null=True)


class SubmissionRow(ReadRow):
    id = serializers.UUIDField(source="public_id", read_only=True)
    model = linked("endpoint.model.slug")
    endpoint = linked("endpoint.slug")
    suite = linked("suite.slug")
    suite_version = linked("suite.version")
    submitter = linked("submitter.username")
    owner = linked("owner.handle")
    situation = serializers.SerializerMethodField()
    failure = serializers.SerializerMethodField()
    review = serializers.SerializerMethodField()
    repeats = serializers.UUIDField(
        source="repeats.public_id",
        read_only=True,
        default=None,
        allow_null=True,
        help_text="The earlier submission with the same answers, whose scores stand for both.",
    )
    queue_position = serializers.SerializerMethodField()
    expected = serializers.SerializerMethodField()
    progress = serializers.SerializerMethodField()
    failure_message = serializers.SerializerMethodField(help_text=f"{INSIDERS_ONLY}.")

    class Meta:
        model = Submission
        fields = [
            "id",
            "state",
            "model",
            "endpoint",
            "suite",
            "suite_version",
            "submitter",
            "owner",
            "attempt",
            "priority",
            "paused_at",
            "situation",
            "review",
            "embargo_until",
            "repeats",
            "created_at",
            "started_at",
            "finished_at",
            "failure_code",
            "failure_message",
            "failure",
            "queue_position",
            "expected",
            "progress",
        ]

    @extend_schema_field(SituationRow)
    def get_situation(self, submission: Submission) -> Any:
        """Return what it does or waits for, as a code and a sentence."""
        insider = is_insider(self.context, submission)
        return serialize_status(self.context["situations"][submission.pk], insider=insider)

    @extend_schema_field(FailureRow(allow_null=True))
    def get_failure(self, submission: Submission) -> Any:
        """Return why it failed and the next step; None if it has not failed."""
        insider = is_insider(self.context, submission)
        return serialize_failure(submission.failure_code, submission.failure_message, insider=insider)

    def get_failure_message(self, submission: Submission) -> str:
        """Return why it failed, in the provider's words, for insiders."""
        insider = is_insider(self.context, submission)
        return readable_message(submission.failure_code, submission.failure_message, insider=insider)

    @extend_schema_field(ReviewRow(allow_null=True))
    def get_review(self, submission: Submission) -> Any:
        """Return what an operator decided, with the public reason; None before."""
        if not submission.review_outcome:
            return None
        values = {"outcome": submission.review_outcome, "reason": submission.review_message}
        return ReviewRow(values | {"at": submission.reviewed_at}).data

    def get_queue_position(self, submission: Submission) -> int | None:
        """Return its place in the queue, from 1; null if it does not wait."""
        place = self.context["places"].get(submission.pk)
        return place.place if place else None

    @extend_schema_field(ExpectedTimesRow(allow_null=True))
    def get_expected(self, submission: Submission) -> Any:
        """Return when it is expected to start and end, while it waits in the queue."""
        place = self.context["places"].get(submission.pk)
        return ExpectedTimesRow(place).data if place else None

    @extend_schema_field(ProgressRow)
    def get_progress(self, submission: Submission) -> Any:
        """Return its progress."""
        context = {"insider": is_insider(self.context, submission)}
        return ProgressRow(self.context["progress"][submission.pk], context=context).data


class SubmissionDetailRow(SubmissionRow):
    scores = ScoreRow(many=True, read_only=True)
    budgets = serializers.SerializerMethodField()
    caps = serializers.SerializerMethodField()

    class Meta(SubmissionRow.Meta):
        fields = [*SubmissionRow.Meta.fields, "budgets", "caps", "scores"]

    @extend_schema_field(BudgetRow(many=True, allow_null=True))
    def get_budgets(self, submission: Submission) -> Any:
        """Return its budgets, for its submitter and operators only."""
        budgets = self.context["budgets"]
        return None if budgets is None else BudgetRow(budgets, many=True).data

    @extend_schema_field(CapLimitRow(many=True, allow_null=True))
    def get_caps(self, submission: Submission) -> Any:
        """Return the spending caps of its owner that bind its calls, for its submitter and operators only."""
        caps = self.context["caps"]
        return None if caps is None else CapLimitRow([CapLimit(*row) for row in caps], many=True).data


CALLS: dict[str, Any] = {"required": False, "allow_null": True, "min_value": 0, "max_value": MOST_CALLS}


class SubmissionRequest(RequestBody):
    """A model that has one endpoint, or an endpoint, and the suite to evaluate it on."""

    model = serializers.CharField(required=False, help_text="Slug of a model with one enabled endpoint.")
    endpoint = serializers.CharField(required=False, help_text="Slug of an endpoint.")
    suite = serializers.CharField(help_text="Slug of a suite, or slug@version.")
    owner = serializers.CharField(
        required=False, help_text="An organisation that you submit for; by default yourself."
    )
    budget_usd = serializers.DecimalField(
        14, 8, required=False, allow_null=True, help_text="It stops before it has spent more."
    )
    budget_calls = serializers.IntegerField(
        **CALLS, help_text="It stops before it has sent more calls: for an endpoint without a price."
    )

    embargo_until = serializers.DateTimeField(
        required=False,
        allow_null=True,
        help_text="Its scores and answers are published then; at most 30 days from now.",
    )


class SubmissionChanges(RequestBody):
    """The fields of a submission that can be changed."""

    budget_usd = serializers.DecimalField(14, 8, required=False, allow_null=True, help_text="Null: no limit.")
    budget_calls = serializers.IntegerField(**CALLS, help_text="The same in calls.")
    embargo_until = serializers.DateTimeField(
        required=False, help_text="Earlier than before; a time that has passed ends the embargo now."
    )
    priority = serializers.IntegerField(
        required=False, min_value=-100, max_value=100, help_text="Larger goes first; for operators."
    )


class RunRow(ReadRow):
    submission = serializers.UUIDField(source="submission.public_id", read_only=True)
    model = linked("endpoint.model.slug")
    endpoint = linked("endpoint.slug")
    task = linked("task.name")
    task_version = linked("task.version")
    benchmark = linked("task.benchmark.slug", null=True)
    usage = serializers.JSONField(
        read_only=True,
        help_text="Once scored: tokens, `cost_usd`, `paid_usd` (the part that this run asked for itself), "
        "`usd_per_sample`, `usd_per_right_answer`, and `canaries` (answered calls beside the samples: "
        "`asked`, `cost_usd`); dollars are null where no price is known.",
    )
    outcomes = serializers.JSONField(
        read_only=True,
        help_text="Once scored: how many requests ended how. Items whose outcome is no answer (`refusal`, "
        "`prompt_too_long`, `no_answer`, `truncated`, `rejected`, `failed`) count as wrong; `results` has "
        "their number as `unanswered`, the score if all were right as `upper_bounds` (above 5%), and the "
        "counts of `finish_reasons`.",
    )
    situation = serializers.SerializerMethodField()
    failure = serializers.SerializerMethodField()
    progress = serializers.SerializerMethodField()
    failure_message = serializers.SerializerMethodField(help_text=f"{INSIDERS_ONLY}.")

    class Meta:
        model = Run
        fields = [
            "id",
            "submission",
            "model",
            "endpoint",
            "task",
            "task_version",
            "benchmark",
            "state",
            "situation",
            "failure_code",
            "failure_message",
            "failure",
            "progress",
            "n_samples",
            "n_requests",
            "settings",
            "results",
            "outcomes",
            "usage",
            "rescore_asked_at",
            "lm_eval_version",
            "task_hash",
            "code_version",
            "planned_at",
            "called_at",
            "finished_at",
        ]

    @extend_schema_field(SituationRow)
    def get_situation(self, run: Run) -> Any:
        """Return what its submission does or waits for."""
        insider = is_insider(self.context, run.submission)
        return serialize_status(self.context["situations"][run.submission_id], insider=insider)

    @extend_schema_field(FailureRow(allow_null=True))
    def get_failure(self, run: Run) -> Any:
        """Return why it failed and the next step; None if it has not failed."""
        insider = is_insider(self.context, run.submission)
        return serialize_failure(run.failure_code, run.failure_message, insider=insider)

    def get_failure_message(self, run: Run) -> str:
        """Return why it failed, in the provider's words, for insiders."""
        insider = is_insider(self.context, run.submission)
        return readable_message(run.failure_code, run.failure_message, insider=insider)

    @extend_schema_field(RunProgressRow)
    def get_progress(self, run: Run) -> Any:
        """Return its progress."""
        progress = self.context["progress"][run.submission_id]
        part = next(part for part in progress.runs if part.run_id == run.pk)
        return RunProgressRow(part, context={"insider": is_insider(self.context, run.submission)}).data


class AnswerRow(ReadRow):
    class Meta:
        model = Answer
        fields = [
            "outcome",
            "text",
            "reasoning",
            "finish_reason",
            "served_model",
            "response_id",
            "input_tokens",
            "cached_tokens",
            "reasoning_tokens",
            "output_tokens",
            "cost_usd",
            "latency_ms",
            "first_token_ms",
            "tokens_per_s",
            "received_at",
        ]


class PartRow(serializers.Serializer[Any]):
    """One request of a sample, with its answer."""

    idx = serializers.IntegerField()
    repeat = serializers.IntegerField()
    state = linked("request.state")
    attempts = serializers.IntegerField(source="request.attempts")
    payload = serializers.SerializerMethodField()
    response = AnswerRow(source="request.response", allow_null=True, required=False)

    def get_payload(self, part: SampleRequest) -> dict[str, Any]:
        """Return the request body as sent."""
        body: dict[str, Any] = json.loads(part.request.payload)
        return body


class SampleRow(ReadRow):
    requests = PartRow(source="parts", many=True, read_only=True)

    class Meta:
        model = Sample
        fields = ["doc_id", "doc", "prompt", "target", "answer", "metrics", "requests"]
