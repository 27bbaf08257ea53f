"""The stream that keeps a page current, or, where too many follow, when to ask for the page instead."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpResponse
from django.http.response import HttpResponseBase

from leaderboard.server_sent_events import ASK_AGAIN_S, AllPlacesTaken, State, follow


def stream_page(name: str, see: Callable[[], State | None]) -> HttpResponseBase:
    """Answer with the changes of what is seen, as events."""
    try:
        return follow(name, see)
    except AllPlacesTaken:
        return HttpResponse(status=503, headers={"Retry-After": str(ASK_AGAIN_S)})
