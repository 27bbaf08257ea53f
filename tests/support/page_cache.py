"""The page cache for a test: other tests render every page anew."""

from __future__ import annotations

from django.core.cache import caches
from pytest_django.fixtures import Settings


def cache_pages(settings: Settings, *, most: int = 500) -> None:
    """Cache pages as the service does, with at most `most` of them in each part."""
    parts = {
        part: {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "LOCATION": f"test-{part}",
            "OPTIONS": {"MAX_ENTRIES": most},
        }
        for part in settings.PAGE_CACHES
    }
    settings.CACHES = settings.CACHES | parts
    for part in parts:
        caches[part].clear()
