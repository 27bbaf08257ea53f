"""Signing in by another provider: there, back, and the connections of the own account."""

from __future__ import annotations

import logging
from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from allauth.account.utils import get_next_redirect_url
from allauth.socialaccount.helpers import complete_social_login
from allauth.socialaccount.internal import statekit
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evals.operations.verifications.hub import prove_by_hub_roles
from leaderboard.accounts.providers.confirmation import connected_providers, note_confirmation
from leaderboard.accounts.providers.connections import (
    LastWayIn,
    UnknownConnection,
    connections_of,
    disconnect,
)
from leaderboard.accounts.providers.identity import Identity, ProviderRefused
from leaderboard.accounts.providers.outgoing import ProviderUnreachable
from leaderboard.accounts.providers.provider import Provider, ProviderNotConfigured, configured_provider
from leaderboard.pages.query_parameters import query_parameters
from leaderboard.sign_in_settings import HUGGING_FACE

logger = logging.getLogger(__name__)
LOGIN, CONNECT, CONFIRM = "login", "connect", "confirm"
PROCESSES = (LOGIN, CONNECT, CONFIRM)
FAILURES = (ProviderRefused, OAuth2Error, ProviderUnreachable)
BAD_GATEWAY = 502


@never_cache
@require_POST
@query_parameters("next")
def provider_login(request: HttpRequest, name: str) -> HttpResponse:
    """Lead to a provider: to sign in, to connect the own account, or to confirm an action."""
    provider = _provider(request, name)
    process = request.POST.get("process", LOGIN)
    if process not in PROCESSES:
        raise Http404
    if process != LOGIN and not request.user.is_authenticated:
        return redirect("account_login")
    if process == CONNECT:
        raise_if_reauthentication_required(request, app="allauth.socialaccount")
    try:
        address = provider.start(request, process=process, next_url=get_next_redirect_url(request) or "")
    except FAILURES as problem:
        return _failed(request, provider, problem)
    # No redirect: browsers apply `form-action` to where the answer to a form redirects, and on from there.
    response = render(request, "socialaccount/continue.html", {"address": address, "provider": provider})
    response["Refresh"] = f"0; url={address}"
    return response


@never_cache
@require_safe
@query_parameters("code", "state", "error", "iss")
def provider_callback(request: HttpRequest, name: str) -> HttpResponseBase:
    """Take somebody back from a provider."""
    provider = _provider(request, name)
    state = statekit.unstash_state(
        request, state_id=request.GET.get("state", ""), provider_id=provider.sub_id
    )
    if state is None:
        return _refused(request, provider, "expired", status=400)
    with override((state.get("data") or {}).get("language") or settings.LANGUAGE_CODE):
        if request.GET.get("error"):
            return _refused(request, provider, "cancelled", status=400)
        try:
            if request.GET.get("iss", provider.configured.issuer).rstrip("/") != provider.configured.issuer:
                raise ProviderRefused("the answer is by another issuer")
            identity = provider.identify(request, code=request.GET.get("code", ""), state=state)
        except FAILURES as problem:
            return _failed(request, provider, problem)
        return _proceed(request, provider, identity, state)


def _proceed(
    request: HttpRequest, provider: Provider, identity: Identity, state: dict[str, Any]
) -> HttpResponseBase:
    login = provider.sociallogin_from_response(request, identity)
    login.state = state
    if state.get("process") == CONFIRM:
        if not _is_connected(request, provider, identity):
            return _refused(request, provider, "other_account", status=403)
        note_confirmation(request, now=timezone.now())
        return redirect(login.get_redirect_url(request) or "mfa_index")
    response: HttpResponseBase = complete_social_login(request, login)
    if state.get("process") == CONNECT and _is_connected(request, provider, identity):
        _prove_claims(request, provider, identity)
    return response


def _prove_claims(request: HttpRequest, provider: Provider, identity: Identity) -> None:
    """Prove claims of developers by organisations on Hugging Face, of which only it can tell."""
    if provider.configured.name == HUGGING_FACE:
        assert request.user.is_authenticated
        prove_by_hub_roles(by=request.user, roles=identity.organisations, now=timezone.now())


def _is_connected(request: HttpRequest, provider: Provider, identity: Identity) -> bool:
    connection = SocialAccount.objects.filter(provider=provider.sub_id, uid=identity.number)
    return bool(connection.filter(user_id=request.user.pk).exists())


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required(allow_get=True)  # type: ignore[untyped-decorator]
def connection_list(request: HttpRequest) -> HttpResponse:
    """Show the connections of the own account; a POST removes one."""
    assert request.user.is_authenticated
    refusal = ""
    if request.method == "POST":
        try:
            disconnect(
                user=request.user,
                connection_id=_number(request.POST.get("connection", "")),
                except_key=request.session.session_key,
            )
        except UnknownConnection as problem:
            raise Http404(problem.message) from None
        except LastWayIn as problem:
            refusal = problem.message
        else:
            return redirect("socialaccount_connections")
    labels = {provider.issuer: provider.label for provider in settings.SIGN_IN_PROVIDERS}
    connections = [(row, labels.get(row.provider, row.provider)) for row in connections_of(request.user)]
    connected = {row.provider for row, _label in connections}
    context = {
        "connections": connections,
        "others": [p for p in settings.SIGN_IN_PROVIDERS if p.issuer not in connected],
        "refusal": refusal,
    }
    return render(request, "socialaccount/connections.html", context, status=409 if refusal else 200)


@login_required
@never_cache
@require_safe
@query_parameters("next")
def provider_confirmation(request: HttpRequest) -> HttpResponse:
    """Offer the providers by which the user of an account without a password confirms an action."""
    providers = connected_providers(request.user)
    if not providers:
        return redirect("account_set_password")
    context = {"providers": providers, "next": get_next_redirect_url(request) or ""}
    return render(request, "socialaccount/confirm.html", context)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0


def _provider(request: HttpRequest, name: str) -> Provider:
    try:
        configured = configured_provider(name)
    except ProviderNotConfigured:
        raise Http404(_("Nobody signs in here by '%(name)s'.") % {"name": name}) from None
    return Provider(request, configured)


def _failed(request: HttpRequest, provider: Provider, problem: Exception) -> HttpResponse:
    reason = str(problem) if isinstance(problem, ProviderRefused) else type(problem).__name__
    logger.warning("Signing in by %s failed: %s.", provider.configured.name, reason)
    return _refused(request, provider, "failed", status=BAD_GATEWAY)


def _refused(request: HttpRequest, provider: Provider, reason: str, *, status: int) -> HttpResponse:
    context = {"provider": provider, "reason": reason}
    return render(request, "socialaccount/refused.html", context, status=status)
