"""A provider on localhost, and codes that nobody has used."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from pytest_django import Settings

from leaderboard.sign_in_settings import SignInProvider
from tests.support.openid_provider import CLIENT_ID, CLIENT_SECRET, OpenIDProvider


@pytest.fixture(autouse=True)
def _codes_are_unused(settings: Settings) -> None:
    local = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    settings.CACHES = settings.CACHES | {"default": local}
    cache.clear()


@pytest.fixture
def provider(settings: Settings) -> Iterator[OpenIDProvider]:
    with OpenIDProvider() as server:
        settings.SIGN_IN_PROVIDERS = (
            SignInProvider("acme", "Acme", server.issuer, CLIENT_ID, CLIENT_SECRET),
        )
        yield server
