"""Values for the header and the footer of every page: languages, navigation, the newest estimate."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from leaderboard import queries
from leaderboard.pages.languages import page_languages
from leaderboard.pages.navigation import build_navigation


def site(request: HttpRequest) -> dict[str, Any]:
    """Return lazy values: only a page that shows them looks them up."""
    return {
        "published": SimpleLazyObject(lambda: queries.headline_facts() or ()),
        "languages": SimpleLazyObject(lambda: page_languages(request)),
        "navigation": SimpleLazyObject(lambda: build_navigation(request)),
        "site_url": settings.PUBLIC_URL,
        "is_simulated_world": settings.SIMULATED_WORLD,
    }
