"""The cookie of a browser in which an account has logged in, so that others cannot delay its next login."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from leaderboard.accounts.login_delays import KNOWN_BROWSER_FOR


class KnownBrowserMiddleware:
    """Sets the cookie after a login."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Respond, and set the cookie if the browser became known."""
        response = self.get_response(request)
        if value := getattr(request, "new_known_browser", ""):
            response.set_cookie(
                settings.KNOWN_BROWSER_COOKIE_NAME,
                value,
                max_age=KNOWN_BROWSER_FOR,
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Lax",
            )
        return response
