"""A simulated world is marked when it is created; nothing of it can reach a real record."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from evals.models import Installation, Score
from evals.operations.installation import OnlySimulated, check_installation
from evals.operations.runs.scores import record_scores
from leaderboard.exports.export import write_export
from tests.support.own_endpoints import make_own_endpoint
from tests.support.record import NOW, make_benchmark, make_endpoint, make_submission, make_user

ROOT = django_settings.BASE_DIR
SIMULATED = {"SIMULATED_WORLD": "1"}


def manage(folder: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command on a data directory of its own."""
    removed = ("DATABASE_URL", "REDIS_URL")
    env = {name: value for name, value in os.environ.items() if name not in removed}
    env |= {"DATA_DIR": str(folder)} | variables
    command = [sys.executable, "manage.py", *words]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


@pytest.mark.timeout(300)
def test_what_a_data_directory_is_created_as_it_stays(tmp_path: Path) -> None:
    world = tmp_path / "world"
    assert manage(world, "migrate", "--verbosity", "0", **SIMULATED).returncode == 0
    loaded = manage(world, "catalogue", "--json", **SIMULATED)
    assert json.loads(loaded.stdout)["models"] == 0, loaded.stderr
    assert "This database is a simulated world" in manage(world, "catalogue").stderr
    exported = manage(world, "export", **SIMULATED)
    assert exported.returncode != 0
    assert "would carry its figures into a real record" in exported.stderr


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement", ["UPDATE evals_installation SET kind = 'simulated'", "DELETE FROM evals_installation"]
)
def test_the_row_can_be_neither_changed_nor_deleted(statement: str) -> None:
    Installation.objects.get_or_create(id=1, defaults={"kind": "real", "created_at": timezone.now()})
    with pytest.raises(DatabaseError, match="cannot be changed"), transaction.atomic():
        connection.cursor().execute(statement)


@pytest.mark.django_db
def test_there_is_no_second_row() -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        Installation.objects.create(id=2, kind="simulated", created_at=NOW)


@pytest.mark.django_db
def test_a_real_database_is_no_simulated_world(settings: Settings) -> None:
    check_installation(connection)
    settings.SIMULATED_WORLD = True
    with pytest.raises(ImproperlyConfigured, match="real record"):
        check_installation(connection)


@pytest.mark.django_db
@pytest.mark.parametrize(("is_world", "is_simulated"), [(False, True), (True, False), (True, True)])
def test_only_a_simulated_world_records_scores_of_simulated_endpoints_and_no_others(
    settings: Settings, *, is_world: bool, is_simulated: bool
) -> None:
    make_benchmark()
    submission = make_submission(endpoint=make_endpoint(simulated=is_simulated), state="FINISHED")
    Score.objects.all().delete()
    settings.SIMULATED_WORLD = is_world
    assert bool(record_scores(submission_id=submission.pk, now=NOW)) is (is_world and is_simulated)


@pytest.mark.django_db
def test_pages_and_api_of_a_simulated_world_say_so_and_it_is_not_exported(settings: Settings) -> None:
    real = Client().get("/method/").content.decode()
    settings.SIMULATED_WORLD = True
    page = Client().get("/method/").content.decode()
    meta = Client().get("/api/v1/models").json()["meta"]
    assert "A simulated world" in page
    assert "A simulated world" not in real
    assert meta["simulated"] is True
    assert "Do not cite it" in meta["citation"]
    with pytest.raises(OnlySimulated):
        write_export(now=NOW)


@pytest.mark.django_db
@pytest.mark.parametrize("is_world", [True, False])
def test_endpoints_that_users_register_are_simulated_in_a_simulated_world_only(
    settings: Settings, *, is_world: bool
) -> None:
    settings.SIMULATED_WORLD = is_world
    assert make_own_endpoint(make_user("ann")).simulated is is_world
