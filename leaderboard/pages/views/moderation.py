"""The dashboard of moderators and operators, and their decisions on proposed models."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required, permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from evals import queries as record
from evals.models import WAITING_STATES
from evals.operations.proposals import lifecycle
from evals.operations.proposals.similar import similar_models
from evals.operations.refusals import Refused
from leaderboard.pages.proposal_forms import DecisionForm
from leaderboard.presenters.moderation import SHOWN, build_dashboard

SEES_MODERATION = permission_required("evals.view_modelproposal", raise_exception=True)


@never_cache
@require_safe
@login_required
@SEES_MODERATION
def moderation_page(request: HttpRequest) -> HttpResponse:
    """Show what waits, what failed, and what was spent."""
    dashboard = build_dashboard(now=timezone.now())
    context = {"dashboard": dashboard, "counts": dashboard.counts, "most": SHOWN}
    return render(request, "pages/moderation.html", context)


DECISIONS: dict[str, Callable[..., Any]] = {
    "confirm": lambda reason, **decision: lifecycle.confirm_proposal(**decision),
    "reject": lifecycle.reject_proposal,
    "return": lifecycle.send_back,
}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@SEES_MODERATION
def review_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show a proposed model; a POST decides on it."""
    proposal = record.proposal(public_id)
    if proposal is None:
        raise Http404(_("There is no proposal %(id)s.") % {"id": public_id})
    form = DecisionForm(request.POST if request.method == "POST" else None, label_suffix="")
    status = 200
    if request.method == "POST":
        decide = DECISIONS.get(request.POST.get("decision", ""))
        if decide is None or not form.is_valid():
            status = 400
        else:
            try:
                decide(
                    public_id=public_id,
                    by=request.user,
                    reason=form.cleaned_data["reason"],
                    now=timezone.now(),
                )
            except Refused as refusal:
                form.add_error("reason" if refusal.field == "message" else None, refusal.message)
                status = 400
            else:
                return redirect("pages:review", public_id)
    context = {
        "proposal": proposal,
        "form": form,
        "similar": [row for row in similar_models(proposal.model.name) if row.slug != proposal.model.slug],
        "may_decide": lifecycle.may_review(request.user) and proposal.state in WAITING_STATES,
    }
    return render(request, "pages/review_proposal.html", context, status=status)
