"""What django-allauth's views of accounts leave to us."""

from __future__ import annotations

import math
from typing import Any

from allauth.account.views import SignupView
from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn.views import RemoveWebAuthnView
from allauth.socialaccount.views import SignupView as ProviderSignupView
from allauth.usersessions.forms import ManageUserSessionsForm
from allauth.usersessions.views import ListUserSessionsView
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache

from evals.operations.quotas import QuotaExceeded
from leaderboard.accounts.login_delays import LoginStep, login_source, remaining_delay
from leaderboard.accounts.sessions import end_sessions

TOO_MANY_REQUESTS = 429


def refuse_login(
    request: HttpRequest, original_response: HttpResponse | None, credentials: dict[str, Any] | None
) -> HttpResponse:
    """Say how long to wait; django-axes calls it for a refused password, code or reset mail."""
    source = getattr(request, "delayed_source", None) or login_source(request, credentials)
    delay = remaining_delay(source=source, now=timezone.now())
    seconds = max(1, math.ceil(delay.total_seconds()))
    context = {"minutes": math.ceil(seconds / 60), "is_password": source.step == LoginStep.PASSWORD}
    response = render(request, "pages/login_refused.html", context, status=TOO_MANY_REQUESTS)
    response["Retry-After"] = str(seconds)
    return response


def admin_login(request: HttpRequest) -> HttpResponse:
    """Lead from the admin's login to the site's. Raises PermissionDenied for a user who is no staff."""
    target = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        target = reverse("admin:index")
    if not request.user.is_authenticated:
        return redirect_to_login(target, login_url=settings.LOGIN_URL)
    if not request.user.is_staff:
        raise PermissionDenied
    return HttpResponseRedirect(target)


class LimitedSignUp:
    """A view that creates accounts within the quotas of a network."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Create it, or say when the quota renews."""
        try:
            response: HttpResponse = super().form_valid(form)  # type: ignore[misc]
        except QuotaExceeded as refusal:
            form.add_error(None, refusal.message)
            response = self.form_invalid(form)  # type: ignore[attr-defined]
            response.status_code = TOO_MANY_REQUESTS
            response["Retry-After"] = str(refusal.retry_after_s)
        return response


class SignUp(LimitedSignUp, SignupView):  # type: ignore[misc] # untyped
    """Create an account with a password."""


class ProviderSignUp(LimitedSignUp, ProviderSignupView):  # type: ignore[misc] # untyped
    """Create an account of somebody who has signed in by a provider."""

    def form_invalid(self, form: Any) -> HttpResponse:
        """Show the errors; the next attempt needs what the provider said."""
        self.request.session["socialaccount_sociallogin"] = self.sociallogin.serialize()
        response: HttpResponse = super().form_invalid(form)
        return response


class RemovePasskey(RemoveWebAuthnView):  # type: ignore[misc] # untyped
    """Remove a passkey, unless it is the only second factor of a member of staff."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Remove it."""
        adapter, submit = get_adapter(), super().form_valid
        if not adapter.can_delete_authenticator(self.get_object()):
            form.add_error(None, adapter.validation_error("cannot_delete_authenticator"))
            submit = self.form_invalid
        response: HttpResponse = submit(form)
        return response


class EndSessionsForm(ManageUserSessionsForm):  # type: ignore[misc] # untyped
    """Ends the other sessions of an account, which is recorded."""

    def save(self, request: HttpRequest) -> None:
        """End them."""
        assert request.user.is_authenticated
        end_sessions(user=request.user, except_key=request.session.session_key)


class ListSessions(ListUserSessionsView):  # type: ignore[misc] # untyped
    """The sessions of an account; a POST ends all others."""

    form_class = EndSessionsForm


sign_up = SignUp.as_view()
provider_sign_up = never_cache(ProviderSignUp.as_view())
remove_passkey = RemovePasskey.as_view()
list_sessions = ListSessions.as_view()
