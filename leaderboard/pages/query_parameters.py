"""The query parameters that each page reads; the middleware drops all others.

A link with `utm_source` or `fbclid` opens the page as if it had none: the page cache, pagers and redirects
never see such parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve
from django.utils.translation import get_language_from_path, override

View = TypeVar("View", bound=Callable[..., Any])
OF_EVERY_PAGE = ("as_of",)  # more than one is an error, so all are kept
NOT_PAGES = ("/api/", "/admin/", "/static/")


@dataclass(frozen=True, slots=True)
class QueryParameters:
    """The names of a page's parameters, in canonical order; only the repeatable ones keep several values."""

    names: tuple[str, ...] = ()
    repeatable: Collection[str] = ()

    def select(self, query: QueryDict) -> QueryDict:
        """Return the declared parameters of a query, in canonical order."""
        selected = QueryDict(mutable=True)
        for name in (*self.names, *OF_EVERY_PAGE):
            if values := [value.replace("\0", "") for value in query.getlist(name)]:  # not for PostgreSQL
                several = name in self.repeatable or name in OF_EVERY_PAGE
                selected.setlist(name, values if several else values[-1:])
        return selected


NONE = QueryParameters()
OF_ACCOUNT_PAGES = QueryParameters(("next",))  # of django-allauth's views, which cannot declare it


def query_parameters(*names: str, repeatable: Collection[str] = ()) -> Callable[[View], View]:
    """Declare the query parameters that a page reads; without the decorator it reads none but `as_of`."""
    declared = QueryParameters(tuple(dict.fromkeys((*names, *repeatable))), frozenset(repeatable))

    def declare(view: View) -> View:
        view.query_parameters = declared  # type: ignore[attr-defined]
        return view

    return declare


def declared_parameters(path: str, urlconf: str | None = None) -> QueryParameters:
    """Return the parameters of the page at a path; a path without its slash redirects to that page."""
    with override(get_language_from_path(path) or settings.LANGUAGE_CODE):
        for address in (path, f"{path}/"):
            try:
                view = resolve(address, urlconf).func
            except Resolver404:
                continue
            default = OF_ACCOUNT_PAGES if view.__module__.startswith("allauth.") else NONE
            return getattr(view, "query_parameters", default)
    return NONE


@lru_cache(maxsize=500)
def canonical_query(path: str, query: bytes, urlconf: str) -> str:
    """Return the declared parameters of a query string, in canonical order and spelling."""
    given = QueryDict(query)
    return declared_parameters(path, urlconf).select(given).urlencode(safe=",")


class QueryParametersMiddleware:
    """Middleware that reduces the query of a page to its declared parameters."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Rewrite the query, if there is one."""
        query = request.META.get("QUERY_STRING")
        if query and not request.path_info.startswith(NOT_PAGES):
            sent = query.encode("utf-8" if isinstance(request, ASGIRequest) else "latin-1")
            request.META["QUERY_STRING"] = canonical_query(request.path_info, sent, settings.ROOT_URLCONF)
        return self.get_response(request)
