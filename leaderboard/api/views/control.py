"""Actions on a submission by its submitter or an operator; repeating one is safe."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from evals.acting import Scope
from evals.operations.submissions import control
from evals.operations.submissions.access import refuse_outsider
from evals.operations.submissions.embargo import shorten_embargo
from evals.operations.submissions.lifecycle import cancel, retry
from evals.operations.submissions.review import approve, reject, request_changes
from leaderboard.api.generics import View
from leaderboard.api.openapi import refusals, row_envelope
from leaderboard.api.serializers.reviews import Approval, ReviewReason
from leaderboard.api.serializers.submissions import SubmissionChanges, SubmissionDetailRow
from leaderboard.api.throttles import PostThrottle
from leaderboard.api.views.submissions import KEY, SubmissionDetail, answer, created, known

Method = TypeVar("Method", bound=Callable[..., Response])
ROW = row_envelope(SubmissionDetailRow, "Submission")
REFUSALS = refusals(401, 403, 404, 409, 429)


class SubmissionStep(View):
    """An action on a submission by its submitter or an operator."""

    write_scope = Scope.MANAGE
    throttle_classes = [PostThrottle]

    def take(self, request: Request, public_id: UUID, step: Callable[..., Any], **details: Any) -> Response:
        """Run the action as the requesting user, and return the submission."""
        step(submission_id=known(public_id).pk, by=request.user, **details)
        return answer(request, public_id)


def described(operation: str, summary: str, **schema: Any) -> Callable[[Method], Method]:
    """Describe an action."""
    answers = schema.pop("responses", {200: ROW})
    return extend_schema(
        operation_id=operation, summary=summary, request=None, responses=answers | REFUSALS, **schema
    )


class SubmissionCancel(SubmissionStep):
    throttle_classes = []  # whoever wants to stop spending is never told to wait

    @described("cancel_submission", "Call a submission of yours off")
    def post(self, request: Request, public_id: UUID) -> Response:
        """Cancel the submission; repeating it changes nothing. Stored answers are kept."""
        return self.take(request, public_id, cancel, now=timezone.now())


class SubmissionRetry(SubmissionStep):
    @described("retry_submission", "Put a failed or cancelled submission of yours back into the queue")
    def post(self, request: Request, public_id: UUID) -> Response:
        """Queue a new attempt; only missing answers are requested."""
        return self.take(request, public_id, retry, now=timezone.now())


class SubmissionPause(SubmissionStep):
    @described("pause_submission", "Send no more calls for a submission of yours")
    def post(self, request: Request, public_id: UUID) -> Response:
        """Pause the submission; calls in flight are completed. Repeating it changes nothing."""
        return self.take(request, public_id, control.pause, now=timezone.now())


class SubmissionResume(SubmissionStep):
    @described("resume_submission", "Let a paused submission of yours go on")
    def post(self, request: Request, public_id: UUID) -> Response:
        """Resume a paused submission; one that is not paused stays as it is."""
        return self.take(request, public_id, control.resume)


class ReviewStep(SubmissionStep):
    """A decision of an operator about a submission that waits for review."""

    body: type[serializers.Serializer[Any]] = ReviewReason

    def decide(self, request: Request, public_id: UUID, step: Callable[..., Any]) -> Response:
        """Read the body, and record the decision."""
        body = self.body(data=request.data)
        body.is_valid(raise_exception=True)
        return self.take(request, public_id, step, now=timezone.now(), **body.validated_data)


def reviewed(
    operation: str, summary: str, body: type[serializers.Serializer[Any]]
) -> Callable[[Method], Method]:
    """Describe a decision."""
    answers = {200: ROW} | refusals(400, 401, 403, 404, 409, 413, 415, 429)
    return extend_schema(operation_id=operation, summary=summary, request=body, responses=answers)


class SubmissionApprove(ReviewStep):
    body = Approval

    @reviewed(
        "approve_submission", "Approve a submission with an amount as its budget; for operators", Approval
    )
    def post(self, request: Request, public_id: UUID) -> Response:
        """Queue the submission."""
        return self.decide(request, public_id, approve)


class SubmissionReject(ReviewStep):
    @reviewed("reject_submission", "Reject a submission with a public reason; for operators", ReviewReason)
    def post(self, request: Request, public_id: UUID) -> Response:
        """End the submission."""
        return self.decide(request, public_id, reject)


class SubmissionRequestChanges(ReviewStep):
    @reviewed(
        "request_changes", "Say publicly what has to change before an approval; for operators", ReviewReason
    )
    def post(self, request: Request, public_id: UUID) -> Response:
        """Leave the submission in review."""
        return self.decide(request, public_id, request_changes)


class SubmissionRescore(SubmissionStep):
    @described(
        "rescore_submission",
        "Score a submission of yours anew from the answers on record, at no call",
        responses={202: ROW},
    )
    def post(self, request: Request, public_id: UUID) -> Response:
        """Queue the rescoring (202); its runs have `rescore_asked_at` until a worker has done it."""
        response = self.take(request, public_id, control.request_rescore, now=timezone.now())
        response.status_code = status.HTTP_202_ACCEPTED
        return response


class SubmissionRerun(SubmissionStep):
    write_scope = Scope.SUBMIT

    @described(
        "rerun_submission",
        "Ask everything of an ended submission anew, as a new submission",
        parameters=[KEY],
        responses={201: ROW, 200: ROW},
    )
    def post(self, request: Request, public_id: UUID) -> Response:
        """Create the new submission (201), or return the one that this key created before (200)."""
        now = timezone.now()
        again = control.rerun_afresh(
            submission_id=known(public_id).pk,
            by=request.user,
            idempotency_key=request.headers.get("Idempotency-Key", ""),
            now=now,
        )
        return created(request, again, new=again.created_at == now)


class SubmissionOne(SubmissionDetail, SubmissionStep):
    """One submission: read it, or change its budget and, for operators, its priority."""

    @extend_schema(
        operation_id="change_submission",
        summary="Change the budget of a submission of yours; an operator also its priority",
        request=SubmissionChanges,
        responses={200: ROW} | refusals(400, 401, 403, 404, 409, 413, 415, 429),
    )
    def patch(self, request: Request, public_id: UUID) -> Response:
        """Change all fields that the body names, or none."""
        submission = known(public_id)
        refuse_outsider(request.user, submission)
        wanted = SubmissionChanges(data=request.data)
        wanted.is_valid(raise_exception=True)
        changes = wanted.validated_data
        if not changes:
            raise serializers.ValidationError("Name budget_usd, budget_calls, embargo_until or priority.")
        pk, user = submission.pk, request.user
        before = {"budget_usd": submission.budget_usd, "budget_calls": submission.budget_calls}
        budgets = {name: changes.get(name, value) for name, value in before.items()}
        with transaction.atomic():
            if "embargo_until" in changes:
                until = changes["embargo_until"]
                shorten_embargo(submission_id=pk, by=user, embargo_until=until, now=timezone.now())
            if "priority" in changes:
                control.prioritise(submission_id=pk, by=user, priority=changes["priority"])
            if changes.keys() & {"budget_usd", "budget_calls"}:
                control.set_budget(submission_id=pk, by=user, now=timezone.now(), **budgets)
        return answer(request, public_id)
