"""Server-sent events that keep a page current."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from leaderboard.server_sent_events import RETRY_AFTER_S, ConnectionLimitReached, StreamState, stream_events


def stream_page(request: HttpRequest, name: str, see: Callable[[], StreamState | None]) -> HttpResponseBase:
    """Stream state changes as events; above a limit of streams answer 503 with Retry-After."""
    try:
        return stream_events(request, name, see)
    except ConnectionLimitReached:
        return HttpResponse(status=503, headers={"Retry-After": str(RETRY_AFTER_S)})
