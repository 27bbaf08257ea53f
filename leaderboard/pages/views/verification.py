"""Verify an organisation as a developer, and decide on such claims."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_required, permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from evals import queries as record
from evals.models import VerificationMethod
from evals.operations.refusals import Refused
from evals.operations.submissions.access import has_permission
from evals.operations.verifications import checks, claims
from leaderboard.pages.proposal_forms import DecisionForm, handles_of
from leaderboard.sign_in_settings import HUGGING_FACE


def offers_hub() -> bool:
    """Tell whether people can sign in by Hugging Face, and so prove membership of an organisation there."""
    return any(provider.name == HUGGING_FACE for provider in settings.SIGN_IN_PROVIDERS)


class ClaimForm(forms.Form):
    """The claim of a developer by an organisation."""

    organisation = forms.ChoiceField(label=gettext_lazy("Organisation"))
    developer = forms.ChoiceField(label=gettext_lazy("Developer"))
    method = forms.ChoiceField(label=gettext_lazy("Proof"), choices=VerificationMethod.choices)
    domain = forms.CharField(label=gettext_lazy("Domain of the developer"), max_length=253, required=False)
    hub_organisation = forms.CharField(
        label=gettext_lazy("Or its organisation on Hugging Face"), max_length=96, required=False
    )

    def __init__(self, data: Any = None, *, organisations: list[str]) -> None:
        super().__init__(data, label_suffix="")
        developers = [(row.slug, row.name) for row in record.developers()]
        options: dict[str, list[tuple[str, Any]]] = {
            "organisation": [(name, name) for name in organisations],
            "developer": developers,
        }
        if not offers_hub():
            del self.fields["hub_organisation"]
            options["method"] = [
                row for row in VerificationMethod.choices if row[0] != VerificationMethod.HUB
            ]
        for name, choices in options.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def verification_page(request: HttpRequest) -> HttpResponse:
    """Show the claims of the own organisations; a POST claims a developer."""
    organisations = handles_of(request.user)[1:]
    if request.method == "POST" and not organisations:
        raise PermissionDenied
    form = ClaimForm(request.POST if request.method == "POST" else None, organisations=organisations)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                claims.claim_developer(by=request.user, now=timezone.now(), **form.cleaned_data)  # type: ignore[arg-type]
            except Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
            else:
                return redirect("pages:verification")
    rows = [(row, checks.proof_of(row)) for row in record.verifications_of(request.user)]
    context = {
        "form": form if organisations else None,
        "claims": rows,
        "hub": HUGGING_FACE if offers_hub() else "",
        "label": checks.LABEL,
        "file": checks.FILE,
        "endpoints": record.endpoints_to_vouch_for(request.user),
    }
    return render(request, "account/verification.html", context, status=status)


@never_cache
@require_POST
@login_required
def vouch(request: HttpRequest, slug: str) -> HttpResponse:
    """Vouch for an endpoint of the own developer's model."""
    endpoint = record.endpoints_to_vouch_for(request.user).filter(slug=slug).first()
    if endpoint is None:
        raise Http404(_("There is no endpoint '%(slug)s' to vouch for.") % {"slug": slug})
    checks.vouch_as_developer(endpoint_id=endpoint.pk, by=request.user, now=timezone.now())
    return redirect("pages:verification")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@permission_required("evals.view_developerverification", raise_exception=True)
def claim_page(request: HttpRequest, claim_id: int) -> HttpResponse:
    """Show a claim; a POST confirms its domain or rejects it."""
    claim = record.verifications().filter(pk=claim_id).first()
    if claim is None:
        raise Http404(_("There is no claim %(id)s.") % {"id": claim_id})
    form = DecisionForm(request.POST if request.method == "POST" else None, label_suffix="")
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                _decide(request, claim_id, form.cleaned_data["reason"])
            except Refused as refusal:
                form.add_error("reason" if refusal.field == "reason" else None, refusal.message)
            else:
                return redirect("pages:claim-review", claim_id)
    may_decide = claim.state == "claimed" and has_permission(request.user, claims.REVIEW)
    context = {"claim": claim, "form": form, "may_decide": may_decide}
    return render(request, "pages/review_claim.html", context, status=status)


def _decide(request: HttpRequest, claim_id: int, reason: str) -> None:
    if request.POST.get("decision") == "confirm":
        claims.accept_domain(claim_id=claim_id, by=request.user, now=timezone.now())
    else:
        claims.reject_claim(claim_id=claim_id, by=request.user, reason=reason)
