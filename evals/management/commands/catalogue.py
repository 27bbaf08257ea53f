"""Load the catalogue's files and the suites into the record, and print what they hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from evals.operations.catalogue.registration import load_catalogue, sync_suites
from evals.operations.refusals import Refused

RECORD = Path(__file__).resolve().parents[2]


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the counts as JSON")
        parser.add_argument("--folder", type=Path, default=RECORD / "catalogue", help="the CSV files' folder")
        parser.add_argument("--suites", type=Path, default=RECORD / "suites", help="the suite files' folder")

    def handle(self, *args: Any, **options: Any) -> None:
        for folder in (options["folder"], options["suites"]):
            if not folder.is_dir():
                raise CommandError(f"There is no folder {folder}.")
        try:
            with transaction.atomic():
                counts = load_catalogue(folder=options["folder"], now=timezone.now())
                suites = sync_suites(folder=options["suites"])
        except Refused as refusal:
            raise CommandError(refusal.message) from None
        counts["suites"] = len(suites)
        if options["json"]:
            self.stdout.write(json.dumps(counts))
        else:
            self.stdout.write(", ".join(f"{number} {name}" for name, number in counts.items()))
