"""The status page shows the parts that answer, the queue, the last publication and the limits."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from leaderboard.models import Publication
from leaderboard.operations.pings import PingResult, ping
from tests.leaderboard.pages.reading import page, read
from tests.support.record import NOW, make_endpoint, make_submission

pytestmark = pytest.mark.django_db


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leaderboard.pages.views.status.ping", lambda: PingResult(broker=True, workers=2))


def test_a_broker_that_is_down_is_said_and_the_page_stands(settings: Settings) -> None:
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    assert ping() == PingResult(broker=False, workers=0)
    text = read("/status/")
    assert "The broker does not answer" in text
    assert "cannot be asked without the broker" in text


def test_a_broker_without_workers_is_told_apart(settings: Settings, redis_url: str) -> None:
    settings.CELERY_BROKER_URL = redis_url.replace("unix://", "redis+socket://", 1)
    assert ping() == PingResult(broker=True, workers=0)
    assert "No worker answers" in read("/status/")


def test_the_queue_is_told_with_the_time_that_the_rest_takes(answering: None) -> None:
    make_submission(state="RUNNING", samples=60, now=timezone.now())
    make_submission(state="PENDING", now=timezone.now())
    text = read("/status/")
    assert "Every part of the service answers." in text
    assert "Running: 1. Waiting: 1." in text
    assert "30 answers are still to come." in text
    assert "a second, the rate of the last minute, that takes" in text
    assert "1 submission is not planned yet" in text


def test_a_queue_that_stands_still_has_no_time(answering: None) -> None:
    make_submission(state="RUNNING", samples=60, now=timezone.now() - timedelta(hours=1))
    assert "None came in the last minute, so nobody can say how long that takes." in read("/status/")


def test_the_last_publication_is_told_and_that_the_record_has_moved_on(answering: None) -> None:
    assert "Nothing has been published yet." in read("/status/")
    Publication.objects.create(record_version="older", started_at=NOW, seconds=28.7, n_published=146)
    text = read("/status/")
    assert "22 November 2026, 12:00 UTC, took 29 seconds and published 146 estimates." in text
    assert "The record has changed since then" in text


def test_an_address_or_a_key_of_a_provider_is_not_told(answering: None) -> None:
    make_submission(endpoint=make_endpoint(base_url="http://127.0.0.1:8101/v1", internal_allowed=True))
    markup = page("/status/")
    assert "deepseek" in markup
    assert "127.0.0.1:8101" not in markup


def test_however_long_the_queue_the_queries_are_few(
    answering: None, shared_limits: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(12):
        make_submission(state="RUNNING", now=timezone.now())
    with django_assert_max_num_queries(16):
        page("/status/")
