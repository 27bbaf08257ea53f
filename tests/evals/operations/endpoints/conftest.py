"""What tests of owners' endpoints share: people, an organisation, and a worker that opens keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from tests.support.own_endpoints import worker_with_keys
from tests.support.record import make_user


@pytest.fixture
def ann(db: None) -> User:
    """Somebody with an endpoint."""
    return make_user("ann")


@pytest.fixture
def bob(db: None) -> User:
    """Somebody else."""
    return make_user("bob")


@pytest.fixture
def worker(db: None, settings: Settings, tmp_path: Path) -> Iterator[None]:
    """A worker that has created its key and opens what is sealed by it."""
    with worker_with_keys(settings, tmp_path):
        yield
