"""The cache of public pages: each is rendered and compressed once a minute, with an ETag.

Pages at fixed addresses without parameters have a part of their own, from which no other page can evict them.
An address with a value that the page replaced, such as a page number beyond the last, is not cached.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from hashlib import blake2b
from typing import Any

from django.conf import settings
from django.core.cache import BaseCache, caches
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_response_headers, patch_vary_headers
from django.views.decorators.http import require_safe

View = Callable[..., HttpResponse]
ACCEPTS_GZIP = re.compile(r"\bgzip\b")  # the rule of Django's GZipMiddleware
MOST_HOSTS = 100
OF_ONE_READER = ("RateLimit-Policy", "RateLimit")  # headers that a cached page must not have
GetResponse = Callable[[HttpRequest], HttpResponseBase]


def public(view: View) -> View:
    """Cache the responses of a view by address, for `PAGE_SECONDS`.

    Only for a view that does not depend on the visitor: no user, no session, no CSRF token.
    """
    safe = require_safe(view)

    @wraps(view)
    def public_view(request: Any, *args: Any, **kwargs: Any) -> Any:
        response = safe(request, *args, **kwargs)
        cacheable = response.status_code == 200 and not hasattr(request, "uncached")
        return mark_public(response) if cacheable else response

    public_view.is_public = True  # type: ignore[attr-defined]
    return public_view


def mark_public(response: HttpResponse) -> HttpResponse:
    """Mark one response as public, so that the middleware caches it."""
    patch_vary_headers(response, ["HX-Request"])
    patch_response_headers(response, settings.PAGE_SECONDS)
    response.public = True  # type: ignore[attr-defined]
    return response


def leave_uncached(request: HttpRequest) -> None:
    """Leave the response out of the cache: its address is not canonical, or it found nothing."""
    request.uncached = True  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class CachedPage:
    """A cached response: headers and body, compressed if the client accepts that."""

    headers: dict[str, str]
    body: bytes

    def to_response(self) -> HttpResponse:
        """Return a new response."""
        return HttpResponse(self.body, headers=self.headers)


class PageCacheMiddleware:
    """Answers with cached public pages before any other work; only the client's address is set before."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.allowed_hosts: set[str] = set()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer from the cache, or cache the response; answer 304 if the client has it."""
        if request.method not in ("GET", "HEAD") or not self._has_allowed_host(request):
            return self.get_response(request)
        key = _key(request)
        kept = _get(request, key)
        if kept is None:
            response = self.get_response(request)
            if not getattr(response, "public", False) or response.cookies or not _is_canonical(request):
                return response
            assert isinstance(response, HttpResponse)
            for header in OF_ONE_READER:
                del response[header]
            kept = CachedPage(dict(response.items()) | {"ETag": _etag(response.content)}, response.content)
            _part(request).set(key, kept, settings.PAGE_SECONDS)
        answer = kept.to_response()
        return get_conditional_response(request, etag=kept.headers["ETag"], response=answer) or answer

    def _has_allowed_host(self, request: HttpRequest) -> bool:
        """Tell whether the host is the service's: a page is the same on all of them."""
        host = request.META.get("HTTP_HOST", "")
        if host in self.allowed_hosts:
            return True
        try:
            request.get_host()
        except DisallowedHost:
            return False
        if len(self.allowed_hosts) < MOST_HOSTS:
            self.allowed_hosts.add(host)
        return True


def _key(request: HttpRequest) -> str:
    """Return the cache key of a request: path, declared parameters, compression and htmx."""
    meta = request.META
    packed = ACCEPTS_GZIP.search(meta.get("HTTP_ACCEPT_ENCODING", "")) is not None
    script = meta.get("HTTP_HX_REQUEST") == "true"
    parts = repr((request.scheme, request.path, meta.get("QUERY_STRING"), packed, script))
    return blake2b(parts.encode(), digest_size=16).hexdigest()


def _get(request: HttpRequest, key: str) -> CachedPage | None:
    kept: CachedPage | None = None if request.META.get("QUERY_STRING") else caches["pages"].get(key)
    return kept or caches["other_pages"].get(key)


def _part(request: HttpRequest) -> BaseCache:
    """Return the part of the cache for a page that was just rendered."""
    fixed = not request.META.get("QUERY_STRING") and not _match(request).captured_kwargs
    return caches["pages" if fixed else "other_pages"]


def _is_canonical(request: HttpRequest) -> bool:
    """Tell whether a page has no other path: `/lags/7/` is also at `/lags/007/`."""
    match = _match(request)
    return reverse(match.view_name, args=match.args, kwargs=match.captured_kwargs) == request.path


def _match(request: HttpRequest) -> Any:
    return request.resolver_match  # the stubs lack its attribute captured_kwargs


def _etag(body: bytes) -> str:
    return f'W/"{blake2b(body, digest_size=12).hexdigest()}"'
