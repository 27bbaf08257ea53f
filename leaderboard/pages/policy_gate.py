"""Leads accounts to policies that they must accept before they submit something new."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import wraps
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django_htmx.http import HttpResponseClientRedirect

from leaderboard import queries

View = TypeVar("View", bound=Callable[..., Any])


def policies_accepted(*, methods: Collection[str] = ("GET", "POST")) -> Callable[[View], View]:
    """Let only accounts pass that have accepted the policies; whoever is not signed in passes, too."""

    def decorate(view: View) -> View:
        @wraps(view)
        def gated(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            user = request.user
            if request.method in methods and user.is_authenticated and queries.policies_to_accept(user):
                return _to_the_policies(request)
            return view(request, *args, **kwargs)

        return gated  # type: ignore[return-value]

    return decorate


def _to_the_policies(request: HttpRequest) -> HttpResponse:
    address = f"{reverse('account_policies')}?{urlencode({'next': request.path})}"
    by_htmx = request.headers.get("HX-Request") == "true"
    return HttpResponseClientRedirect(address) if by_htmx else HttpResponseRedirect(address)
