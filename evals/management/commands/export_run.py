"""Write runs as lm-eval's own files to the storage: `manage.py export_run RUN ...`."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from evals.models import Run
from evals.operations.refusals import Refused
from evals.operations.runs.lm_eval_files import export_run


class Command(BaseCommand):
    """manage.py export_run RUN ..."""

    help = "Write results_*.json.gz and samples_*.jsonl.gz of finished runs to the storage."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("runs", type=int, nargs="+", help="numbers of runs")

    def handle(self, *args: Any, **options: Any) -> None:
        for run_id in options["runs"]:
            try:
                names = export_run(run_id=run_id)
            except Run.DoesNotExist:
                raise CommandError(f"There is no run {run_id}.") from None
            except Refused as refusal:
                raise CommandError(refusal.message) from None
            self.stdout.write("\n".join(names))
