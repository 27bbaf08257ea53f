"""Sign-in and sign-out of submitters."""

from __future__ import annotations

import math
from typing import Any

from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from leaderboard.accounts.login_delays import login_source, remaining_delay

TOO_MANY_REQUESTS = 429


class Login(LoginView):
    """Sign in by name and password; after some wrong passwords, an account waits at that address."""

    template_name = "pages/login.html"


class Logout(LogoutView):
    """End the session by POST."""


def refuse_login(
    request: HttpRequest, original_response: HttpResponse | None, credentials: dict[str, Any] | None
) -> HttpResponse:
    """Say how long to wait; django-axes calls it for a refused attempt of the site's login or the admin's."""
    delay = remaining_delay(source=login_source(request, credentials), now=timezone.now())
    seconds = max(1, math.ceil(delay.total_seconds()))
    response = render(
        request, "pages/login_refused.html", {"minutes": math.ceil(seconds / 60)}, status=TOO_MANY_REQUESTS
    )
    response["Retry-After"] = str(seconds)
    return response
