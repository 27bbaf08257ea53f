"""Lay a database out and plan a run in it: `python -m tests.bench.prepare FOLDER URL AT_ONCE`."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path


def main(folder: Path, url: str, at_once: int) -> None:
    """Migrate, register, plan; leave the run's id and its bodies in the folder; print what planning took."""
    import django

    django.setup()
    from django.core.management import call_command

    from evals.models import Request
    from evals.operations.runs.execution import plan_run
    from tests.bench.clients import TASK, TASKS, measure
    from tests.evals.engine.builders import NOW, make_endpoint, make_run, make_task

    call_command("migrate", verbosity=0)
    endpoint = make_endpoint(url, api_model="bench", max_concurrency=at_once, simulated=True)
    run = make_run(endpoint, make_task(TASK, filter_name="none", folder=TASKS, shots=0))

    def plan() -> None:
        plan_run(run_id=run.pk, owner="bench", now=NOW)

    planned = measure(plan)
    run.refresh_from_db()
    if run.failure_message:
        raise SystemExit(run.failure_message)
    bodies = Request.objects.filter(samplerequest__run=run).order_by("pk").values_list("payload", flat=True)
    with (folder / "bodies.jsonl").open("w") as file:
        file.writelines(f"{body}\n" for body in bodies.iterator())
    (folder / "run").write_text(str(run.pk))
    print(json.dumps(planned))  # noqa: T201


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leaderboard.settings")
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
