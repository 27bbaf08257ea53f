"""A month of lagline-fresh: drawn, bound by a hash, secret until its end, and then made again exactly."""

from __future__ import annotations

import io
import json
import shutil
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from celery.schedules import crontab
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from evals.models import AuditEvent, FreshEdition, RunState, Suite
from evals.operations.catalogue.fresh import AnotherGenerator, prepare_task_files, renew_fresh_edition
from evals.operations.catalogue.task_folders import task_folder_path
from evals.operations.runs.execution import plan_run
from evals.suites.fresh import edition as files
from tests.support.record import make_endpoint, make_submission
from worker.schedule import SCHEDULE

pytestmark = pytest.mark.django_db
NOVEMBER = datetime(2026, 11, 22, 12, tzinfo=UTC)
DECEMBER = datetime(2026, 12, 1, 0, 3, tzinfo=UTC)


@pytest.fixture(autouse=True)
def few_items(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep data in this test's folder, and make the items of the Chinese task alone, which are quick."""
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(files, "TASKS", ("chinese",))


def listed() -> list[dict[str, str]]:
    out = io.StringIO()
    call_command("fresh", stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_month_is_drawn_once_and_its_suite_can_be_submitted_to() -> None:
    first, second = renew_fresh_edition(now=NOVEMBER), renew_fresh_edition(now=NOVEMBER)
    assert (first.pk, first.month, first.seed) == (second.pk, "2026-11", second.seed)
    suite = Suite.objects.get(slug="lagline-fresh", current=True)
    assert suite.version == first.version == f"1-{files.generator()}-2026-11"
    assert first.commitment in suite.description
    assert first.seed not in suite.description
    task = suite.tasks.get(name="lagline_fresh_chinese")
    assert task.folder == "fresh/2026-11/lagline-fresh"
    assert len((task_folder_path(task.folder) / "chinese.jsonl").read_text().splitlines()) == 60


def test_the_next_month_is_a_new_version_with_the_same_benchmarks_and_publishes_the_last_seed() -> None:
    november = renew_fresh_edition(now=NOVEMBER)
    december = renew_fresh_edition(now=DECEMBER)
    events = AuditEvent.objects.filter(object_type="fresh_edition").order_by("pk")
    assert [(event.action, event.object_id) for event in events] == [
        *(("fresh.draw", "2026-11"), ("fresh.reveal", "2026-11"), ("fresh.draw", "2026-12"))
    ]
    assert november.seed not in str(list(events.values()))
    november.refresh_from_db()
    assert (november.revealed_at, december.revealed_at) == (DECEMBER, None)
    assert december.seed != november.seed
    old, new = Suite.objects.filter(slug="lagline-fresh").order_by("version")
    assert (old.current, new.current, old.benchmark) == (False, True, new.benchmark)
    assert [row["published_seed"] for row in listed()] == [None, november.seed]
    promise = f"lagline-fresh {november.version} {november.seed}"
    assert november.commitment == sha256(promise.encode()).hexdigest(), "anybody can check the promise"


def test_the_api_tells_the_seed_only_when_it_is_published(client: Client) -> None:
    november = renew_fresh_edition(now=NOVEMBER)
    (row,) = client.get("/api/v1/fresh-editions").json()["data"]
    assert (row["month"], row["commitment"], row["seed"]) == ("2026-11", november.commitment, None)
    assert november.seed not in client.get("/api/v1/suites").content.decode()
    renew_fresh_edition(now=DECEMBER)
    rows = client.get("/api/v1/fresh-editions").json()["data"]
    assert {row["month"]: row["seed"] for row in rows} == {"2026-11": november.seed, "2026-12": None}


def test_a_past_month_is_made_again_exactly_and_a_running_one_not_at_all(tmp_path: Path) -> None:
    november = renew_fresh_edition(now=NOVEMBER)
    folder = task_folder_path("fresh/2026-11/lagline-fresh")
    with pytest.raises(CommandError, match="The seed of 2026-11 is secret until the month has ended"):
        call_command("fresh", "--items", "2026-11", str(tmp_path / "again"))
    renew_fresh_edition(now=DECEMBER)
    out = io.StringIO()
    call_command("fresh", "--items", "2026-11", str(tmp_path / "again"), stdout=out)
    assert out.getvalue() == f"2026-11: {november.items_hash}\n"
    again = tmp_path / "again" / "lagline-fresh" / "chinese.jsonl"
    assert again.read_bytes() == (folder / "chinese.jsonl").read_bytes()
    with pytest.raises(CommandError, match="There is no edition of lagline-fresh for 2026-10"):
        call_command("fresh", "--items", "2026-10", str(tmp_path / "none"))


def test_another_machine_makes_the_files_for_itself() -> None:
    renew_fresh_edition(now=NOVEMBER)
    folder = task_folder_path("fresh/2026-11/lagline-fresh")
    before = (folder / "chinese.jsonl").read_bytes()
    shutil.rmtree(folder.parent)
    prepare_task_files("fresh/2026-11/lagline-fresh")
    assert (folder / "chinese.jsonl").read_bytes() == before


@pytest.mark.parametrize("change", [{"items_hash": "0" * 64}, {"version": "1-rg0.0.1-2026-11"}])
def test_items_that_would_come_out_other_than_they_were_are_refused(change: dict[str, str]) -> None:
    renew_fresh_edition(now=NOVEMBER)
    shutil.rmtree(task_folder_path("fresh/2026-11"))
    FreshEdition.objects.update(**change)
    with pytest.raises(AnotherGenerator, match="The items of 2026-11"):
        prepare_task_files("fresh/2026-11/lagline-fresh")
    assert not task_folder_path("fresh/2026-11").exists()


def test_a_run_of_a_fresh_task_is_planned_on_a_machine_that_has_no_files_yet() -> None:
    renew_fresh_edition(now=NOVEMBER)
    shutil.rmtree(task_folder_path("fresh/2026-11"))
    submission = make_submission(endpoint=make_endpoint(), suite="lagline-fresh")
    run = submission.runs.get(task__name="lagline_fresh_chinese")
    plan_run(run_id=run.pk, owner="w", now=NOVEMBER)
    run.refresh_from_db()
    assert (run.state, run.n_samples, run.failure_message) == (RunState.CALLING, 60, "")
    assert "答案：" in run.samples.get(doc_id=0).prompt


def test_the_worker_does_it_each_hour_by_the_clock() -> None:
    from worker import jobs

    assert jobs.renew_fresh() == f"{timezone.now():%Y-%m}" == FreshEdition.objects.get().month
    assert SCHEDULE["renew fresh"]["task"] == jobs.renew_fresh.name
    assert SCHEDULE["renew fresh"]["schedule"] == crontab(minute="3")
