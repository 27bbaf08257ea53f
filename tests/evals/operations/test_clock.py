"""The database's clock: one time for all hosts, whatever their own clocks say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from evals.operations import clock as module
from evals.operations.clock import database_clock

pytestmark = pytest.mark.django_db
THEN = datetime(2030, 5, 1, tzinfo=UTC)


def test_the_clock_starts_at_the_databases_time_and_goes_on_with_the_timer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    timer = iter([100.0, 100.0, 107.5])
    monkeypatch.setattr(module, "database_now", lambda: THEN)
    monkeypatch.setattr(module, "_timer_s", lambda: next(timer))
    clock = database_clock()
    assert (clock(), clock()) == (THEN, THEN + timedelta(seconds=7.5))


def test_a_step_of_this_hosts_clock_does_not_move_it(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = database_clock()
    before = clock()
    monkeypatch.setattr(timezone, "now", lambda: before + timedelta(minutes=10))
    assert clock() - before < timedelta(seconds=5)


def test_this_hosts_clock_is_not_asked_where_the_database_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    right = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: right + timedelta(minutes=10))
    ahead = database_clock()() - right
    expected = 0 if connection.vendor == "postgresql" else 600
    assert abs(ahead.total_seconds() - expected) < 30
