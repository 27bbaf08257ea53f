"""The health of the service is that of its parts: a part that does not answer is named."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from pytest_django.fixtures import Settings

from worker import health
from worker.management.commands.up import CELERY


@pytest.fixture
def broker(shared_limits: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> str:
    """Send the pings to the tests' own Redis."""
    settings.CELERY_BROKER_URL = shared_limits.replace("unix://", "redis+socket://", 1)
    monkeypatch.setattr(health, "PING_SECONDS", 0.5)
    return shared_limits


@pytest.mark.django_db
def test_without_a_worker_the_service_is_not_healthy(broker: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CommandError, match=r"Not answering: workers\."):
        call_command("health")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["database", "ok", connection.vendor]
    assert lines[1].startswith("broker    ok")
    assert lines[2].split() == ["workers", "DOWN", "0", "answered"]


def test_a_worker_that_answers_makes_the_service_healthy(redis_url: str, tmp_path: Path) -> None:
    # Processes of their own: a worker inside this one would take over its output and its connections.
    environment = os.environ | {"REDIS_URL": redis_url, "DATA_DIR": str(tmp_path)}
    command = [*CELERY, "worker", "--pool", "threads", "--concurrency", "1"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
        try:
            deadline = time.monotonic() + 60
            while (ended := run_health(environment)).returncode and time.monotonic() < deadline:
                assert process.poll() is None, "the worker ended"
        finally:
            process.kill()
    assert ended.returncode == 0
    assert "workers   ok    1 answered" in ended.stdout


def run_health(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", "health"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_workers_are_not_asked_where_the_broker_is_away(settings: Settings) -> None:
    settings.REDIS_URL = "unix:///nowhere/redis"
    assert not health.broker().ok
    assert health.workers() == health.HealthPart("workers", False, "not asked: the broker does not answer")


def test_a_database_that_refuses_is_named_by_its_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OperationalError

    monkeypatch.setattr(connection, "cursor", refuse, raising=False)
    assert health.database() == health.HealthPart("database", False, "OperationalError")
