"""The death of a lease's owner is seen at once on its own host and in its own PID namespace, nowhere else."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from evals.models import Attempt, Run
from evals.operations.runs import lease_owners
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


def test_a_living_process_is_alive_and_an_ended_one_is_dead() -> None:
    assert not is_lease_owner_dead(current_lease_owner())
    assert is_lease_owner_dead(dead_owner())


def test_each_process_has_an_id_of_its_own() -> None:
    owners = {current_lease_owner(), current_lease_owner(), dead_owner(), dead_owner()}
    assert len({owner.split(":")[0] for owner in owners}) == 3
    assert len(max(owners, key=len)) < 100, "the limits append the run's number, and the column has 120"


def test_a_process_with_the_number_of_a_dead_one_does_not_keep_its_leases() -> None:
    process_id, scope, process, _ = current_lease_owner().split(":")
    assert is_lease_owner_dead(f"{process_id}:{scope}:{process}:1")


@pytest.mark.parametrize("shared", ["another container", "another machine", "an unreadable namespace"])
def test_an_owner_elsewhere_is_never_judged_by_this_hosts_processes(
    shared: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Containers share host names and numbers of processes, and cloned machines share their id."""
    owner = dead_owner()
    (tmp_path / "namespace").symlink_to("pid:[1]")
    (tmp_path / "boot").write_text("another boot")
    if shared == "another machine":
        monkeypatch.setattr(lease_owners, "PROC_SCOPE", (lease_owners.PROC_SCOPE[0], tmp_path / "boot"))
    else:
        name = "namespace" if shared == "another container" else "missing"
        monkeypatch.setattr(lease_owners, "PID_NAMESPACE", tmp_path / name)
    assert not is_lease_owner_dead(owner)


@pytest.mark.parametrize("owner", ["", "w1", "elsewhere:1:2", "x:y:z:1", "a:b"])
def test_an_owner_that_cannot_be_looked_up_is_not_called_dead(owner: str) -> None:
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
