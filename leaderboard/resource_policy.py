"""The `Cross-Origin-Resource-Policy` header: other sites may load our images and frames, nothing else."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

HEADER = "Cross-Origin-Resource-Policy"


class CrossOriginResourcePolicyMiddleware:
    """Sets the header on every response."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Respond with the header."""
        response = self.get_response(request)
        is_image = response.headers.get("Content-Type", "").startswith("image/")
        is_frame = getattr(response, "xframe_options_exempt", False)
        response.headers.setdefault(HEADER, "cross-origin" if is_image or is_frame else "same-origin")
        return response
