"""Print the lm_eval command that gives a run's scores again: `manage.py reproduce RUN`."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from evals.operations.runs.lm_eval_files import reproduce_command
from evals.queries import run as run_by_id


class Command(BaseCommand):
    """manage.py reproduce RUN"""

    help = (
        "Print the lm_eval command that asks and scores what a run did. "
        "The key is read from OPENAI_API_KEY, or for Anthropic from ANTHROPIC_API_KEY."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("run", type=int, help="number of the run")

    def handle(self, *args: Any, **options: Any) -> None:
        run = run_by_id(options["run"])
        if run is None:
            raise CommandError(f"There is no run {options['run']}.")
        self.stdout.write(reproduce_command(run))
