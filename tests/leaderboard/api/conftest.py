"""A reader and a submitter of the API, and a broker that takes notes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from celery import current_app
from django.core.cache import cache
from pytest_django import Settings
from rest_framework.test import APIClient

from leaderboard.accounts.tokens import issue_token
from tests.support.record import NOW, make_user


@pytest.fixture
def api(db: None) -> APIClient:
    """Somebody who sends no token."""
    return APIClient()


@pytest.fixture
def bearer(db: None) -> Callable[[str], APIClient]:
    """Return a function that makes somebody who sends the token of a user."""

    def make(name: str, **fields: Any) -> APIClient:
        issued = issue_token(user=make_user(name, **fields), name="laptop", now=NOW)
        client = APIClient(headers={"authorization": f"Bearer {issued.secret}"})
        client.raise_request_exception = False
        return client

    return make


@pytest.fixture
def ann(bearer: Callable[[str], APIClient]) -> APIClient:
    """A submitter."""
    return bearer("ann")


@pytest.fixture(autouse=True)
def local_cache(settings: Settings) -> None:
    """Count writes in this process: tests start no server."""
    local = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    settings.CACHES = settings.CACHES | {"default": local}
    cache.clear()


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note each wake-up instead of sending it."""
    names: list[str] = []

    def note(name: str, **options: Any) -> None:
        names.append(name)

    monkeypatch.setattr(current_app, "send_task", note)
    return names
