"""Every command is listed here: it records what it changes, changes nothing, or is tested elsewhere."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django import Settings

from evals.acting import acting, command_actor
from evals.models import Alias, AuditEvent
from tests.documents.inventory import ROOT, commands
from tests.support.accounts import add_totp
from tests.support.record import make_benchmark, make_model, make_user

FILE = "model,benchmark,value,reported_by,source\ndeepseek-v3,gpqa,0.5,vendor,a paper\n"
MODEL = ("mine", "--name", "Mine", "--developer", "deepseek", "--openness", "open")
ENDPOINT = ("mine", "--model", "deepseek-v3", "--preset", "deepseek", "--api-model", "deepseek-chat")


def file_of_scores(folder: Path) -> tuple[str, ...]:
    path = folder / "scores.csv"
    path.write_text(FILE)
    return str(path), "--apply"


WRITING: dict[str, tuple[str, Callable[[Path], tuple[str, ...]]]] = {
    "account": ("factor.remove", lambda folder: ("ann", "--reset-factors")),
    "alias": ("alias.confirm", lambda folder: ("DS V3", "deepseek-v3")),
    "cap": ("cap.set", lambda folder: ("ann", "--calls-per-day", "5")),
    "catalogue": ("catalogue.load", lambda folder: ()),
    "endpoint": ("endpoint.register", lambda folder: ENDPOINT),
    "import_scores": ("import.apply", file_of_scores),
    "model": ("model.register", lambda folder: MODEL),
    "policies": ("policy.publish", lambda folder: ()),
    "role": ("account.roles", lambda folder: ("ann", "operator")),
    "worker_key": ("worker_key.rotate", lambda folder: ("rotate",)),
    "token": ("token.issue", lambda folder: ("ann", "--name", "laptop")),
}
ELSEWHERE = {
    "export": "tests/leaderboard/exports/test_export.py",
    "fresh": "tests/evals/operations/catalogue/test_fresh.py",
    "probe": "tests/evals/operations/runs/test_canaries.py",
    "rescore": "tests/evals/operations/runs/test_execution.py",
    "restore": "tests/leaderboard/exports/test_export.py",
    "sync_imports": "tests/evals/operations/imports/test_sync.py",
}
UNRECORDED = {
    "build_assets": "writes static files",
    "demo": "calls the operations of others, which record",
    "export_run": "writes files that can be written again",
    "health": "reads",
    "lag": "reads a file",
    "presets": "reads",
    "reproduce": "reads",
    "translations": "writes the catalogues of messages",
    "up": "starts processes",
    "verify": "reads",
}


def test_every_command_is_listed() -> None:
    assert sorted([*WRITING, *ELSEWHERE, *UNRECORDED]) == sorted(commands())
    for file in ELSEWHERE.values():
        assert "AuditEvent" in (ROOT / file).read_text(), file


@pytest.mark.django_db
@pytest.mark.parametrize("command", sorted(WRITING))
def test_a_command_records_what_it_changes_in_the_name_of_its_user(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.setenv("LOGNAME", "oper")
    settings.DATA_DIR = tmp_path
    make_model()
    make_benchmark()
    add_totp(make_user("ann"))
    Alias.objects.create(kind="model", spelling="DS V3", normalised="dsv3")
    action, arguments = WRITING[command]
    last = AuditEvent.objects.latest("pk").pk
    with acting(command_actor):
        call_command(command, *arguments(tmp_path))
    events = AuditEvent.objects.filter(pk__gt=last)
    assert action in {event.action for event in events}
    assert {(event.actor_kind, event.actor) for event in events} == {("command", "oper")}


def test_manage_py_acts_as_the_user_who_runs_it() -> None:
    script = """
import runpy, sys
from django.core import management
from evals.acting import current_actor
management.execute_from_command_line = lambda argv: print(current_actor().kind, current_actor().name)
sys.argv = ["manage.py"]
runpy.run_path("manage.py", run_name="__main__")
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True,
        env={"LOGNAME": "oper", "PATH": ""},
    )  # fmt: skip
    assert done.stdout.split() == ["command", "oper"]
