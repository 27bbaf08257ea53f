"""Pages of the own endpoints: a list, a form for a new one, and one page each with its key and preflight."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evals import queries as record
from evals.models import Endpoint
from evals.operations.endpoints.access import own_endpoint, own_endpoints
from evals.operations.endpoints.keys import delete_own_key, keep_key, store_key
from evals.operations.endpoints.own import (
    change_own_endpoint,
    delete_own_endpoint,
    register_own_endpoint,
    share_own_endpoint,
)
from evals.operations.endpoints.preflights import request_preflight
from evals.operations.owners.access import acts_for
from evals.operations.refusals import Refused
from evals.operations.submissions.targets import resolve_suite
from leaderboard.pages.own_endpoint_forms import (
    ChangedEndpointForm,
    KeyForm,
    NewEndpointForm,
    PreflightForm,
    SharingForm,
)
from leaderboard.pages.policy_gate import policies_accepted
from leaderboard.pages.query_parameters import query_parameters
from leaderboard.presenters.own_endpoints import view_own_endpoint

HERE = "account_endpoint"


@never_cache
@login_required
@require_safe
def endpoint_list(request: HttpRequest) -> HttpResponse:
    """Show the endpoints of the account and of its organisations."""
    rows = record.own_endpoint_details(own_endpoints(request.user))
    return render(request, "account/endpoints.html", {"endpoints": map(view_own_endpoint, rows)})


@query_parameters("model")
@never_cache
@login_required
@sensitive_post_parameters("key")
@require_http_methods(["GET", "HEAD", "POST"])
@policies_accepted()
def endpoint_new(request: HttpRequest) -> HttpResponse:
    """Show the form for a new endpoint; a POST registers it and stores its key."""
    user = cast("AbstractBaseUser", request.user)
    if request.method != "POST":
        return _new_page(
            request, NewEndpointForm(None, user, initial={"model": request.GET.get("model", "")})
        )
    form = NewEndpointForm(request.POST, user)
    if not form.is_valid():
        return _new_page(request, form)
    try:
        return redirect(HERE, _registered(user, form.cleaned_data).slug)
    except Refused as refusal:
        return _new_page(request, form, refusal)


@sensitive_variables()
def _registered(user: AbstractBaseUser, values: dict[str, Any]) -> Endpoint:
    given = {name: value for name, value in values.items() if name not in ("key", "keep")}
    with transaction.atomic():
        endpoint = register_own_endpoint(actor=user, **given)
        if values["key"]:
            store_key(
                actor=user, endpoint=endpoint, key=values["key"], keep=values["keep"], now=timezone.now()
            )
    return endpoint


def _new_page(request: HttpRequest, form: NewEndpointForm, refusal: Refused | None = None) -> HttpResponse:
    context = {"form": form, "refusal": refusal}
    return render(request, "account/endpoint_new.html", context, status=400 if form.is_bound else 200)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def endpoint_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """Show an endpoint with its key and its preflight; a POST changes it."""
    endpoint = _find(request, slug)
    if request.method != "POST":
        return _page(request, endpoint)
    form = ChangedEndpointForm(request.POST, endpoint)
    if not form.is_valid():
        return _page(request, endpoint, changes=form)

    def change() -> None:
        had_key = endpoint.keys.filter(deleted_at=None).exists()
        change_own_endpoint(actor=request.user, endpoint=endpoint, changes=form.cleaned_data)
        if had_key and not endpoint.keys.filter(deleted_at=None).exists():
            messages.info(request, _("The address changed, so the key was deleted. Store it again."))

    return _done(request, endpoint, change, changes=form)


@never_cache
@login_required
@sensitive_post_parameters("key")
@sensitive_variables()
@require_POST
@policies_accepted()
def endpoint_key(request: HttpRequest, slug: str) -> HttpResponse:
    """Store a key."""
    endpoint, form = _find(request, slug), KeyForm(request.POST, label_suffix="")
    if not form.is_valid():
        return _page(request, endpoint, key=form)
    values = form.cleaned_data
    return _done(
        request,
        endpoint,
        lambda: store_key(
            actor=request.user, endpoint=endpoint, key=values["key"], keep=values["keep"], now=timezone.now()
        ),
    )


@login_required
@require_POST
def endpoint_key_deletion(request: HttpRequest, slug: str) -> HttpResponse:
    """Delete the key, and hold what runs on it."""
    endpoint = _find(request, slug)
    return _done(
        request, endpoint, lambda: delete_own_key(actor=request.user, endpoint=endpoint, now=timezone.now())
    )


@login_required
@require_POST
def endpoint_key_keeping(request: HttpRequest, slug: str) -> HttpResponse:
    """Set whether the key is kept when the submissions have ended."""
    endpoint, keep = _find(request, slug), "keep" in request.POST
    return _done(request, endpoint, lambda: keep_key(actor=request.user, endpoint=endpoint, keep=keep))


@login_required
@require_POST
def endpoint_sharing(request: HttpRequest, slug: str) -> HttpResponse:
    """Set who else may submit to the endpoint."""
    endpoint, form = _find(request, slug), SharingForm(request.POST, label_suffix="")
    if not form.is_valid():
        return _page(request, endpoint, sharing=form)
    handles = form.cleaned_data["shared_with"]
    return _done(
        request,
        endpoint,
        lambda: share_own_endpoint(actor=request.user, endpoint=endpoint, handles=handles),
        sharing=form,
    )


@login_required
@require_POST
def endpoint_preflight(request: HttpRequest, slug: str) -> HttpResponse:
    """Request a preflight."""
    endpoint, form = _find(request, slug), PreflightForm(request.POST)
    if not form.is_valid():
        return _page(request, endpoint, preflight=form)
    name = form.cleaned_data["suite"]
    return _done(
        request,
        endpoint,
        lambda: request_preflight(
            actor=request.user,
            endpoint=endpoint,
            suite=resolve_suite(name) if name else None,
            now=timezone.now(),
        ),
    )


@login_required
@require_POST
def endpoint_deletion(request: HttpRequest, slug: str) -> HttpResponse:
    """Delete the endpoint; a used one stays, disabled."""
    endpoint = _find(request, slug)
    if delete_own_endpoint(actor=request.user, endpoint=endpoint, now=timezone.now()):
        return redirect("account_endpoints")
    return redirect(HERE, slug)


def _find(request: HttpRequest, slug: str) -> Endpoint:
    endpoint = own_endpoint(request.user, slug)
    if endpoint is None:
        raise Http404(_("You have no endpoint '%(slug)s'.") % {"slug": slug})
    return endpoint


def _done(
    request: HttpRequest, endpoint: Endpoint, change: Callable[[], object], **forms: Any
) -> HttpResponse:
    """Make a change, and show the page again, with the reason if it is refused."""
    try:
        change()
    except Refused as refusal:
        return _page(request, endpoint, refusal=refusal, **forms)
    return redirect(HERE, endpoint.slug)


def _page(
    request: HttpRequest, endpoint: Endpoint, refusal: Refused | None = None, **forms: Any
) -> HttpResponse:
    (details,) = record.own_endpoint_details([endpoint])
    assert endpoint.owner is not None
    context = {
        "view": view_own_endpoint(details),
        "endpoint": endpoint,
        "refusal": refusal,
        "changes_it": acts_for(request.user, endpoint.owner),
        "changes": forms.get("changes") or ChangedEndpointForm(None, endpoint),
        "key_form": forms.get("key") or KeyForm(label_suffix=""),
        "sharing": forms.get("sharing")
        or SharingForm(initial={"shared_with": ", ".join(details.shared_with)}, label_suffix=""),
        "preflight_form": forms.get("preflight") or PreflightForm(),
    }
    failed = refusal is not None or bool(forms)
    return render(request, "account/endpoint.html", context, status=400 if failed else 200)
