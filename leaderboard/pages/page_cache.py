"""The cache of public pages: each is rendered and compressed once a minute, with an ETag."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from hashlib import blake2b
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_response_headers, patch_vary_headers
from django.views.decorators.http import require_safe

View = Callable[..., HttpResponse]
GetResponse = Callable[[HttpRequest], HttpResponseBase]


def public(view: View) -> View:
    """Cache the responses of a view by address, for `PAGE_SECONDS`.

    Only for a view that does not depend on the visitor: no user, no session, no CSRF token.
    """
    safe = require_safe(view)

    @wraps(view)
    def public_view(request: Any, *args: Any, **kwargs: Any) -> Any:
        response = safe(request, *args, **kwargs)
        return mark_public(response) if response.status_code == 200 else response

    public_view.is_public = True  # type: ignore[attr-defined]
    return public_view


def mark_public(response: HttpResponse) -> HttpResponse:
    """Mark one response as public, so that the middleware caches it."""
    patch_vary_headers(response, ["HX-Request"])
    patch_response_headers(response, settings.PAGE_SECONDS)
    response.public = True  # type: ignore[attr-defined]
    return response


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

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer from the cache, or cache the response; answer 304 if the client has it."""
        if request.method not in ("GET", "HEAD"):
            return self.get_response(request)
        key, pages = _key(request), caches["pages"]
        kept: CachedPage | None = pages.get(key)
        if kept is None:
            response = self.get_response(request)
            if not getattr(response, "public", False) or response.cookies:
                return response
            assert isinstance(response, HttpResponse)
            kept = CachedPage(dict(response.items()) | {"ETag": _etag(response.content)}, response.content)
            pages.set(key, kept, settings.PAGE_SECONDS)
        answer = kept.to_response()
        return get_conditional_response(request, etag=kept.headers["ETag"], response=answer) or answer


def _key(request: HttpRequest) -> str:
    """Return the cache key of a request: address, compression and htmx."""
    headers = request.META
    packed = "gzip" in headers.get("HTTP_ACCEPT_ENCODING", "")
    script = headers.get("HTTP_HX_REQUEST", "")
    parts = f"{request.scheme}|{headers.get('HTTP_HOST')}|{request.get_full_path()}|{packed}|{script}"
    return blake2b(parts.encode(), digest_size=16).hexdigest()


def _etag(body: bytes) -> str:
    return f'W/"{blake2b(body, digest_size=12).hexdigest()}"'
