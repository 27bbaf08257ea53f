"""Propose a model, and follow the own proposals."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from evals import queries as record
from evals.models import WAITING_STATES, ModelProposal
from evals.operations.proposals import lifecycle
from evals.operations.refusals import Refused
from leaderboard.pages.policy_gate import policies_accepted
from leaderboard.pages.proposal_forms import ProposalForm, handles_of

TOO_MANY = 429


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@policies_accepted()
def propose_page(request: HttpRequest) -> HttpResponse:
    """Show the form of a new model; a POST proposes it."""
    owners = handles_of(request.user)
    form = ProposalForm(request.POST if request.method == "POST" else None, owners=owners)
    if request.method != "POST":
        return _form(request, form)
    if not form.is_valid():
        return _form(request, form, status=400)
    try:
        proposal = lifecycle.propose_model(
            proposer=request.user,  # type: ignore[arg-type] # signed in
            facts=form.facts(),
            owner=form.cleaned_data.get("owner", ""),
            is_another=form.cleaned_data["is_another"],
            now=timezone.now(),
        )
    except Refused as refusal:
        return _refused(request, form, refusal)
    return redirect("pages:proposal", proposal.public_id)


def _refused(
    request: HttpRequest, form: ProposalForm, refusal: Refused, proposal: ModelProposal | None = None
) -> HttpResponse:
    form.show_refusal(refusal)
    is_similar = isinstance(refusal, lifecycle.SimilarModelExists)
    similar = record.names(models=refusal.allowed, benchmarks=()).models if is_similar else {}
    status = TOO_MANY if isinstance(refusal, lifecycle.TooManyProposals) else 400
    return _form(request, form, similar=similar, proposal=proposal, status=status)


def _form(
    request: HttpRequest,
    form: ProposalForm,
    *,
    similar: dict[str, str] | None = None,
    proposal: ModelProposal | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {"form": form, "similar": similar or {}, "proposal": proposal}
    return render(request, "pages/propose.html", context, status=status)


@never_cache
@require_safe
@login_required
def proposal_list(request: HttpRequest) -> HttpResponse:
    """List the proposals of an account and of its organisations."""
    return render(request, "account/proposals.html", {"proposals": record.proposals_of(request.user)})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@policies_accepted(methods=["POST"])
def proposal_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show an own proposal, with the form to amend it while it waits."""
    proposal = record.proposals_of(request.user).filter(public_id=public_id).first()
    if proposal is None:
        raise Http404(_("There is no proposal %(id)s.") % {"id": public_id})
    if proposal.state not in WAITING_STATES:
        return render(request, "account/proposal.html", {"proposal": proposal})
    form = ProposalForm.of(proposal, request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return render(request, "account/proposal.html", {"proposal": proposal, "form": form})
    if not form.is_valid():
        return _form(request, form, proposal=proposal, status=400)
    try:
        lifecycle.amend_proposal(
            public_id=public_id,
            by=request.user,
            facts=form.facts(),
            is_another=form.cleaned_data["is_another"],
            now=timezone.now(),
        )
    except Refused as refusal:
        return _refused(request, form, refusal, proposal)
    return redirect("pages:proposal", public_id)
