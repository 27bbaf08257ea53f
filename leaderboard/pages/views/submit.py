"""The form for a new submission, with its cost estimate."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from evals.operations.refusals import Refused
from evals.operations.submissions import lifecycle
from evals.operations.submissions.cost_estimates import (
    CostEstimate,
    confirmed_text,
    estimate_cost_before,
    has_grown,
)
from leaderboard.pages.policy_gate import policies_accepted
from leaderboard.pages.query_parameters import query_parameters
from leaderboard.pages.submission_forms import SubmissionForm
from leaderboard.presenters.messages import cost_estimate_messages


@query_parameters(*SubmissionForm.base_fields)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@policies_accepted()
def submit_page(request: HttpRequest) -> HttpResponse:
    """Show the form, with a cost estimate once it is filled in; a POST submits it."""
    if request.method == "POST":
        return _submit(request)
    form = SubmissionForm(request.GET or None, request.user)
    return _page(request, form)


def _page(request: HttpRequest, form: SubmissionForm, refusal: Refused | None = None) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "refusal": refusal, "key": request.POST.get("key") or uuid4()}
    if form.is_bound and form.is_valid() and refusal is None:
        try:
            estimate = _estimate(request, form)
            context |= {
                "estimate": estimate,
                "words": cost_estimate_messages(estimate),
                "shown": confirmed_text(estimate),
                "is_shown_again": request.method == "POST",
            }
        except Refused as problem:
            context["refusal"] = problem
    if context.get("is_shown_again"):
        return render(request, "pages/submit.html", context, status=409)
    failed = context["refusal"] is not None or (form.is_bound and not form.is_valid())
    return render(request, "pages/submit.html", context, status=400 if failed else 200)


def _estimate(request: HttpRequest, form: SubmissionForm) -> CostEstimate:
    chosen, today = form.cleaned_data, timezone.now().date()
    return estimate_cost_before(
        actor=request.user, endpoint=chosen["endpoint"], suite=chosen["suite"], today=today
    )


def _submit(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return redirect_to_login(f"{request.path}?{request.POST.urlencode()}")
    form = SubmissionForm(request.POST, request.user)
    if not form.is_valid():
        return _page(request, form)
    try:
        if has_grown(request.POST.get("shown", ""), _estimate(request, form)):
            return _page(request, form)
        submission = lifecycle.submit(
            submitter=request.user,
            endpoint=form.cleaned_data["endpoint"],
            suite=form.cleaned_data["suite"],
            owner=form.cleaned_data.get("owner", ""),
            budget_usd=form.cleaned_data["budget_usd"],
            budget_calls=form.cleaned_data["budget_calls"],
            embargo_until=form.cleaned_data["embargo_on"],
            idempotency_key=request.POST.get("key", ""),
            now=timezone.now(),
        )
    except Refused as refusal:
        return _page(request, form, refusal)
    return redirect("pages:submission", submission.public_id)
