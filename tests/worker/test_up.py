"""`manage.py up` starts every program of the service, says so, and stops them all."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from tests.evals.engine.worker import database_url
from worker.jobs import publish
from worker.management.commands import up
from worker.management.commands.demo import free_port
from worker.processes import PROJECT, NotReady, Supervisor


@pytest.mark.django_db(transaction=True)
def test_the_service_comes_up_answers_and_ends_on_a_signal(tmp_path: Path) -> None:
    port = free_port(18300)
    own = {
        "DATABASE_URL": database_url(),
        "DATA_DIR": str(tmp_path),
        "JOURNAL_DIR": str(tmp_path / "journals"),
    }
    service = os.environ | own | {"REDIS_URL": "", "DEBUG": "1"}
    command = (sys.executable, "manage.py", "up", "--port", str(port), "--workers", "1")
    with subprocess.Popen(command, cwd=PROJECT, env=service, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == f"Lagline is up: http://127.0.0.1:{port}/\n"
            assert requests.get(f"http://127.0.0.1:{port}/healthz", timeout=60).ok
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    assert not up.listens("127.0.0.1", port)


def test_a_port_that_is_taken_is_refused() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        with pytest.raises(CommandError, match=f"Port {port} of 127.0.0.1 is taken"):
            call_command("up", port=port)


def test_a_second_service_on_the_same_data_is_refused(redis_url: str, settings: Settings) -> None:
    settings.REDIS_EMBEDDED, settings.REDIS_URL = True, redis_url
    with pytest.raises(CommandError, match="A Lagline is already running on"):
        call_command("up", port=free_port(18400))


def test_a_program_that_does_not_come_up_ends_the_command(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    def fail(supervisor: Supervisor, announce: object) -> None:
        raise NotReady("web does not answer after 30 seconds.")

    settings.REDIS_EMBEDDED = False
    monkeypatch.setattr(Supervisor, "run", fail)
    with pytest.raises(CommandError, match="web does not answer after 30 seconds"):
        call_command("up", port=free_port(18400))


def test_the_announcement_has_the_record_published(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    woken: list[object] = []
    monkeypatch.setattr(up, "wake", woken.append)
    up.Command().announce("http://127.0.0.1:8000/")
    assert woken == [publish]
    assert capsys.readouterr().out == "Lagline is up: http://127.0.0.1:8000/\n"


def test_a_redis_of_the_operator_is_not_started(settings: Settings) -> None:
    settings.REDIS_EMBEDDED = True
    names = [program.name for program in up.programs("127.0.0.1", 8000, 2)]
    assert names == ["broker", "web", "worker 1", "worker 2", "beat"]
    settings.REDIS_EMBEDDED = False
    assert [program.name for program in up.programs("127.0.0.1", 8000, 2)] == names[1:]
