"""Fixtures: a browser, a service with a full record, and the built script of the charts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django.db.models.signals import m2m_changed
from playwright.sync_api import Browser, sync_playwright
from pytest_django import Settings

from leaderboard.accounts.receivers import record_memberships
from tests.leaderboard.pages.all_pages import make_everything
from tests.support.chromium import CHROMIUM, FLAGS


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, for all tests."""
    # Playwright runs an event loop in this thread, which Django takes for a view's.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def built_assets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the charts' script, written by the build command."""
    folder = configured.BUILT_ASSETS
    if not (folder / "vega.js").exists():
        call_command("build_assets")
    return Path(folder)


@pytest.fixture
def interactive(settings: Settings, built_assets: Path) -> None:
    """Serve the charts' script, even if it was built after the settings were read."""
    settings.STATICFILES_DIRS = list({*settings.STATICFILES_DIRS, built_assets})


@pytest.fixture(scope="session")
def kept() -> dict[str, str]:
    """The record that all tests share."""
    return {}


@pytest.fixture
def record(transactional_db: None, kept: dict[str, str]) -> None:
    """A row of every kind, restored for each test."""
    if "everything" in kept:
        ContentType.objects.all().delete()  # a flush creates them and the groups again with other ids
        Group.objects.all().delete()
        m2m_changed.disconnect(record_memberships, User.groups.through)  # they would be recorded again
        connection.creation.deserialize_db_from_string(kept["everything"])
        m2m_changed.connect(record_memberships, User.groups.through)
        return
    make_everything()
    kept["everything"] = connection.creation.serialize_db_to_string()
