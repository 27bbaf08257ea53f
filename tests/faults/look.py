"""Print how far a run is, or finish it: `python -m tests.faults.look RUN [--finish]`."""

from __future__ import annotations

import json
import os
import sys


def main(run_id: int, finish: bool) -> None:
    """Look at the record."""
    import django

    django.setup()
    from django.utils import timezone

    from evals.engine.limits import LocalLimits
    from evals.models import Response, Run
    from evals.operations.runs.execution import call_run
    from evals.operations.runs.scoring import score_run

    if finish:
        limits = LocalLimits(max_concurrency=16)
        call_run(run_id=run_id, owner="w", seconds=600, clock=timezone.now, limits=limits)
        score_run(run_id=run_id, owner="w", now=timezone.now())
    run = Run.objects.select_related("task").get(pk=run_id)
    results = (run.results or {}).get("results", {}).get(run.task.name, {})
    facts = {
        "state": run.state,
        "message": run.failure_message,
        "answers": Response.objects.filter(request__samplerequest__run=run).count(),
        "score": results.get("exact_match,none"),
    }
    print(json.dumps(facts))  # noqa: T201


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leaderboard.settings")
    main(int(sys.argv[1]), "--finish" in sys.argv)
