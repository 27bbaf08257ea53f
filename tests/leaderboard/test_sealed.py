"""While a month runs, nobody reads the items of its lagline-fresh: not on a page, by API, or in a file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from evals.models import Run, RunState, Sample, Submission
from evals.operations.catalogue.fresh import renew_fresh_edition
from evals.operations.runs.execution import plan_run
from evals.operations.runs.lm_eval_files import export_run
from evals.suites.fresh import edition as files
from leaderboard.exports.archive import exported_rows
from tests.support.record import make_endpoint, make_submission

pytestmark = pytest.mark.django_db
NOVEMBER = datetime(2026, 11, 22, 12, tzinfo=UTC)
DECEMBER = datetime(2026, 12, 1, 0, 3, tzinfo=UTC)


@pytest.fixture
def run(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Plan a run of this month's Chinese task, which is made quickly."""
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(files, "TASKS", ("chinese",))
    renew_fresh_edition(now=NOVEMBER)
    submission = make_submission(endpoint=make_endpoint(), suite="lagline-fresh")
    run = submission.runs.get(task__name="lagline_fresh_chinese")
    assert plan_run(run_id=run.pk, owner="w", now=NOVEMBER)
    return Run.objects.get(pk=run.pk)


def page(run: Run, client: Client) -> str:
    return client.get(f"/runs/{run.pk}/").content.decode()


def test_a_page_shows_the_items_when_the_month_has_ended(run: Run, client: Client) -> None:
    start = Sample.objects.filter(run=run)[0].doc["question"][:12]
    assert start not in page(run, client)
    assert "items of lagline-fresh of Nov 2026" in page(run, client)
    renew_fresh_edition(now=DECEMBER)
    assert start in page(run, client)
    assert "items of lagline-fresh of Nov 2026" not in page(run, client)


def test_two_runs_are_compared_without_the_items_until_then(run: Run, client: Client) -> None:
    Sample.objects.filter(run=run).update(metrics={f"{run.task.metric},{run.task.filter}": 1.0})
    start = Sample.objects.filter(run=run)[0].doc["question"][:12]
    address = f"/runs/{run.pk}/diff/{run.pk}/"
    text = client.get(address).content.decode()
    assert start not in text
    assert "items of lagline-fresh of Nov 2026" in text
    renew_fresh_edition(now=DECEMBER)
    assert start in client.get(address).content.decode()


def test_the_api_refuses_them_with_the_reason(run: Run, client: Client) -> None:
    refused = client.get(f"/api/v1/runs/{run.pk}/samples")
    assert refused.status_code == 403
    assert "shown when the month has ended" in refused.json()["error"]["message"]
    renew_fresh_edition(now=DECEMBER)
    assert client.get(f"/api/v1/runs/{run.pk}/samples").json()["count"] == 60


def test_an_export_leaves_them_out_until_then(run: Run) -> None:
    Submission.objects.update(state="FINISHED", finished_at=NOVEMBER)
    for table in (Sample, Sample.requests.through):
        assert not exported_rows(table).exists()
    renew_fresh_edition(now=DECEMBER)
    assert exported_rows(Sample).count() == 60


def test_a_run_s_files_are_its_results_alone(run: Run) -> None:
    Run.objects.update(
        state=RunState.FINISHED, finished_at=NOVEMBER, results={"results": {}, "configs": {run.task.name: {}}}
    )
    assert [name.rpartition("/")[2][:7] for name in export_run(run_id=run.pk)] == ["results"]
    renew_fresh_edition(now=DECEMBER)
    assert len(export_run(run_id=run.pk)) == 2
