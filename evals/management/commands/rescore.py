"""Score finished runs anew, at no call: `manage.py rescore RUN ...`."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from evals.operations.clock import database_now
from evals.operations.runs.lease_owners import current_lease_owner
from evals.operations.runs.scoring import rescore_run


class Command(BaseCommand):
    """manage.py rescore RUN ..."""

    help = "Score finished runs anew from the answers on record."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("runs", type=int, nargs="+", help="numbers of runs")

    def handle(self, *args: Any, **options: Any) -> None:
        for run_id in options["runs"]:
            if not rescore_run(run_id=run_id, owner=current_lease_owner(), now=database_now()):
                raise CommandError(f"Run {run_id} is not finished, or another process scores it now.")
            self.stdout.write(f"run {run_id}: scored anew")
