"""Build the record in an empty database from the folder of an export."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from evals.operations.refusals import Refused
from leaderboard.exports.export import restore_export


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="the export's folder, with its manifest.json")

    def handle(self, *args: Any, **options: Any) -> None:
        if not (options["folder"] / "manifest.json").is_file():
            raise CommandError(f"There is no manifest.json in {options['folder']}.")
        try:
            counts = restore_export(folder=options["folder"])
        except Refused as refusal:
            raise CommandError(refusal.message) from None
        self.stdout.write(", ".join(f"{number} {name}" for name, number in counts.items()))
