"""Refuse a request whose body is larger than its address needs, before any of it is read."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from leaderboard.api.errors import too_large

Page = Callable[[HttpRequest], HttpResponse]


class RequestSizeMiddleware:
    """Answers 413 by the stated length; Django reads no body without one.

    Only staff can send more, to the page that takes files.
    """

    def __init__(self, get_response: Page) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Refuse the request, or pass it on."""
        size = _content_length(request)
        if size > settings.DATA_UPLOAD_MAX_MEMORY_SIZE and size > _most_bytes(request):
            return too_large(request)
        return self.get_response(request)


def _content_length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _most_bytes(request: HttpRequest) -> int:
    takes_files = request.path == reverse("admin:evals_import_add")
    if takes_files and request.user.is_staff:
        return settings.MAX_UPLOAD_BYTES
    return settings.DATA_UPLOAD_MAX_MEMORY_SIZE
