"""A host with a full disk or without permissions fails no run: it makes no call, and others can go on."""

from __future__ import annotations

import errno
import os
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from evals.engine.requests import Stopped, Turn
from evals.engine.store import StoreBusy
from evals.models import Request, RequestState, Response, Run, RunState
from evals.operations.runs import execution, scoring
from evals.operations.runs.execution import plan_run
from evals.operations.runs.host import host_problem, is_host_fault
from evals.operations.runs.recovery import recover
from evals.operations.runs.scoring import score_run
from evals.operations.runs.store import DatabaseStore
from tests.evals.engine.builders import NOW, clock, make_endpoint, make_run
from tests.evals.engine.provider import Provider
from tests.evals.operations.running import called, planned

ITEMS = 40
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shared_limits")]


@pytest.fixture
def unusable(settings: Settings, tmp_path: Path) -> Path:
    """Have the journals in a folder that cannot be made."""
    (tmp_path / "file").touch()
    settings.JOURNAL_DIR = tmp_path / "file" / "journals"
    return Path(settings.JOURNAL_DIR)


def test_a_host_without_a_journal_calls_nobody_and_fails_no_run(unusable: Path) -> None:
    with Provider() as provider:
        run = planned(provider)
        summary = called(run)
    assert (summary.stopped, summary.sent, provider.calls) == (Stopped.NO_JOURNAL, 0, 0)
    assert run.state == RunState.CALLING
    assert not Request.objects.filter(state=RequestState.LEASED).exists()
    assert host_problem() == f"No journal can be written in {unusable}: Not a directory."
    with pytest.raises(OSError, match="No journal can be written"):
        recover(now=clock())


def test_a_disk_that_fills_up_in_the_middle_stops_the_calls_and_loses_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write, lines = os.write, count()

    def full_after_five_lines(file: int, data: bytes) -> int:
        if next(lines) >= 5:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(file, data)

    with Provider() as provider:
        run = planned(provider, max_concurrency=2)
        with monkeypatch.context() as patch:
            patch.setattr(os, "write", full_after_five_lines)
            summary = called(run)
        assert summary.stopped is Stopped.NO_JOURNAL
        assert 0 < summary.sent == summary.answered < ITEMS
        assert run.state == RunState.CALLING
        assert not Request.objects.filter(state=RequestState.LEASED).exists()
        assert called(run).stopped is Stopped.DONE
    assert run.state == RunState.SCORING
    assert provider.calls == Response.objects.count() == ITEMS


def full_disk(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_step_that_this_host_cannot_do_is_done_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with Provider() as provider:
        run = make_run(make_endpoint(provider.base_url))
        with monkeypatch.context() as patch:
            patch.setattr(execution, "prepare_task_files", full_disk)
            with pytest.raises(OSError, match="No space left"):
                plan_run(run_id=run.pk, owner="w", now=NOW)
        assert_free(run, RunState.QUEUED)
        assert plan_run(run_id=run.pk, owner="w", now=NOW)
        called(run)
    with monkeypatch.context() as patch:
        patch.setattr(scoring, "prepare_task_files", full_disk)
        with pytest.raises(OSError, match="No space left"):
            score_run(run_id=run.pk, owner="w", now=NOW)
    assert_free(run, RunState.SCORING)
    assert score_run(run_id=run.pk, owner="w", now=NOW)


def assert_free(run: Run, state: RunState) -> None:
    run.refresh_from_db()
    assert (run.state, run.lease_owner, run.lease_until, run.step_attempts) == (state, "", None, 0)


def test_a_fault_of_the_host_is_told_from_one_of_the_run() -> None:
    assert is_host_fault(OSError(errno.EROFS, "read-only"))
    assert is_host_fault(MemoryError())
    wrapped = RuntimeError("cannot score")
    wrapped.__cause__ = OSError(errno.ENOSPC, "full")
    assert is_host_fault(wrapped)
    assert not is_host_fault(FileNotFoundError(errno.ENOENT, "no such data"))
    assert not is_host_fault(ValueError("a bad task"))


def test_no_claim_is_sent_once_others_may_have_its_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database is away for longer than a lease: another host may call for what is leased here."""
    exchange, exchanges = DatabaseStore.exchange, count()

    def away_for_a_while(store: DatabaseStore, **arguments: Any) -> Turn:
        if 1 <= next(exchanges) <= 2:
            raise StoreBusy("away")
        return exchange(store, **arguments)

    monkeypatch.setattr(DatabaseStore, "exchange", away_for_a_while)
    monkeypatch.setattr(DatabaseStore, "leased_s", 1.0)
    with Provider(latency_s=0.7) as provider:
        run = planned(provider, max_concurrency=1)
        summary = called(run)
        assert summary.stopped is Stopped.NO_LEASE
        assert 1 <= summary.sent == provider.calls <= 2
        assert not Request.objects.filter(state=RequestState.LEASED).exists()
        assert Response.objects.count() == summary.sent


def test_a_probe_from_a_host_without_a_journal_says_why(unusable: Path) -> None:
    with Provider() as provider:
        endpoint = make_endpoint(provider.base_url)
        with pytest.raises(CommandError, match="No journal can be written in"):
            call_command("probe", endpoint.slug)
    assert provider.calls == 0
