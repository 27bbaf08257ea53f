"""A page that is the same for everybody is made once a minute, compressed once, and not sent twice."""

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
    """Let what a view answers be kept, by address, for `PAGE_SECONDS`.

    Only for a view that asks nothing of who is looking: no user, no session, no form with a token.
    """
    safe = require_safe(view)

    @wraps(view)
    def public_view(request: Any, *args: Any, **kwargs: Any) -> Any:
        response = safe(request, *args, **kwargs)
        return mark_public(response) if response.status_code == 200 else response

    return public_view


def mark_public(response: HttpResponse) -> HttpResponse:
    """Let one answer be kept, which nothing of who asked is in."""
    patch_vary_headers(response, ["HX-Request"])
    patch_response_headers(response, settings.PAGE_SECONDS)
    response.public = True  # type: ignore[attr-defined]
    return response


@dataclass(frozen=True, slots=True)
class CachedPage:
    """An answer as it left for the first reader: its headers and its body, compressed if that was wanted."""

    headers: dict[str, str]
    body: bytes

    def to_response(self) -> HttpResponse:
        """Return the answer for the next reader."""
        return HttpResponse(self.body, headers=self.headers)


class PageCacheMiddleware:
    """The outermost middleware: a public page that was made is answered before anything else is asked."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer with what is kept, or keep what is answered; what a reader has is not sent again."""
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
    """Return what one answer may be given for: the address and the form that is asked for."""
    headers = request.META
    packed = "gzip" in headers.get("HTTP_ACCEPT_ENCODING", "")
    script = headers.get("HTTP_HX_REQUEST", "")
    parts = f"{request.scheme}|{headers.get('HTTP_HOST')}|{request.get_full_path()}|{packed}|{script}"
    return blake2b(parts.encode(), digest_size=16).hexdigest()


def _etag(body: bytes) -> str:
    return f'W/"{blake2b(body, digest_size=12).hexdigest()}"'
