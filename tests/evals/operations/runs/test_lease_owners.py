"""A lease of a process that is gone is seen to be so on its own host, and nowhere else."""

from __future__ import annotations

import socket
import subprocess
import sys
from datetime import timedelta

import pytest

from evals.models import Attempt, Run
from evals.operations.runs.execution import plan_run
from evals.operations.runs.lease_owners import current_lease_owner, is_lease_owner_dead
from evals.operations.runs.recovery import recover
from evals.operations.runs.store import DatabaseStore
from tests.evals.engine.builders import NOW, clock, make_endpoint, make_run

DYING = "from evals.operations.runs.lease_owners import current_lease_owner; print(current_lease_owner())"


def dead_owner() -> str:
    return subprocess.run(
        [sys.executable, "-c", DYING], capture_output=True, text=True, check=True
    ).stdout.strip()


def test_a_living_process_is_not_gone_and_a_dead_one_is() -> None:
    assert not is_lease_owner_dead(current_lease_owner())
    assert is_lease_owner_dead(dead_owner())


def test_a_process_with_the_number_of_a_dead_one_does_not_keep_its_leases() -> None:
    host, process, _ = current_lease_owner().rsplit(":", 2)
    assert is_lease_owner_dead(f"{host}:{process}:1")


@pytest.mark.parametrize("owner", ["", "w1", "elsewhere:1:2", f"{socket.gethostname()}:x:y", "a:b"])
def test_nobody_is_called_gone_who_cannot_be_seen(owner: str) -> None:
    assert not is_lease_owner_dead(owner)


@pytest.mark.django_db(transaction=True)
def test_the_leases_of_a_process_that_is_gone_are_taken_back_at_once() -> None:
    owner = dead_owner()
    run = make_run(make_endpoint("http://127.0.0.1:9/v1"))
    assert plan_run(run_id=run.pk, owner="w", now=NOW)
    assert (
        len(DatabaseStore(run_id=run.pk, owner=owner).exchange(sent=[], ended=[], want=3, now=clock()).claims)
        == 3
    )
    Run.objects.filter(pk=run.pk).update(lease_owner=owner, lease_until=clock() + timedelta(minutes=9))
    assert recover(now=clock()) == 3
    assert Attempt.objects.filter(outcome="lost").count() == 3
    run.refresh_from_db()
    assert run.lease_until is None
