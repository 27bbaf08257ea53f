"""The page of quotas and spending caps, where an owner caps their own keys."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from evals.models import CapKind
from evals.operations.caps import CapValues, set_cap
from leaderboard.pages.forms import CapForm
from leaderboard.pages.query_parameters import query_parameters
from leaderboard.presenters.quotas import CapView, owner_quotas


@query_parameters()
@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def quotas_page(request: HttpRequest) -> HttpResponse:
    """Show what is used of quotas and caps; a POST sets the cap of an owner's own endpoints."""
    assert request.user.is_authenticated
    owners = owner_quotas(request.user, now=timezone.now())
    invalid: CapForm | None = None
    if request.method == "POST":
        handle = request.POST.get("owner", owners[0].owner.handle)
        owner = next((row.owner for row in owners if row.owner.handle == handle), None)
        if owner is None:
            raise Http404
        invalid = CapForm(request.POST, label_suffix="", auto_id=f"id_{owner.pk}_%s")
        if invalid.is_valid():
            values = CapValues(**invalid.cleaned_data)
            set_cap(owner=owner, kind=CapKind.OWN, values=values, by=request.user)
            return redirect("account_quotas")
    rows = [(row, [(cap, _form(cap, invalid)) for cap in row.caps]) for row in owners]
    return render(request, "account/quotas.html", {"owners": rows}, status=400 if invalid else 200)


def _form(view: CapView, invalid: CapForm | None) -> CapForm | None:
    """Return the form of a cap that the reader may set."""
    if not view.is_editable:
        return None
    prefix = f"id_{view.cap.owner_id}_%s"
    if invalid is not None and invalid.auto_id == prefix:
        return invalid
    initial = {name: getattr(view.cap, name) for name in CapForm.base_fields}
    return CapForm(initial=initial, label_suffix="", auto_id=prefix)
