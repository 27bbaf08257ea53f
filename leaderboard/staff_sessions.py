"""Staff work with two factors: without the second, their session reaches only the pages that set it up.

Account pages, which are django-allauth's, are stored nowhere, and take GET, HEAD and POST only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.http import urlencode

from leaderboard.accounts.second_factors import has_second_factor, has_used_second_factor
from leaderboard.api.problems import ProblemDetails, problem_response

ACCOUNT_PAGES = ("account_", "mfa_", "usersessions_", "socialaccount_")  # the first part of their URL names
ACCOUNT_METHODS = ("GET", "HEAD", "POST")
API = "/api/"


class StaffSecondFactorMiddleware:
    """Refuses the sessions of staff that used no second factor; no response of an account page is stored."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Respond, and keep account pages out of caches."""
        response = self.get_response(request)
        if _is_account_page(request):
            add_never_cache_headers(response)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Lead staff to the second factor; public pages know no user, and account pages set the factor up."""
        if _is_account_page(request):
            return None if request.method in ACCOUNT_METHODS else HttpResponseNotAllowed(ACCOUNT_METHODS)
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return None
        if getattr(view, "is_public", False):
            return None
        if not request.user.is_staff or has_used_second_factor(request):
            return None
        return _refused(request)


def _is_account_page(request: HttpRequest) -> bool:
    match = request.resolver_match
    return bool(match and not match.namespaces and (match.url_name or "").startswith(ACCOUNT_PAGES))


def _refused(request: HttpRequest) -> HttpResponse:
    if request.path.startswith(API):
        sentence = "Staff need a second factor: confirm it, or set it up, on the page of your account."
        return problem_response(request, ProblemDetails(403, "second_factor_required", sentence))
    assert request.user.is_authenticated
    if not has_second_factor(request.user):
        return HttpResponseRedirect(reverse("mfa_index"))
    query = urlencode({"next": request.get_full_path()})
    return HttpResponseRedirect(f"{reverse('mfa_reauthenticate')}?{query}")
