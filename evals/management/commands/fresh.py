"""The months of lagline-fresh: `manage.py fresh [--renew | --items MONTH FOLDER]`."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from evals.operations.catalogue.fresh import renew_fresh_edition, write_past_items
from evals.operations.refusals import Refused
from evals.queries import fresh_editions


class Command(BaseCommand):
    """manage.py fresh [--renew | --items MONTH FOLDER]"""

    help = "List the months of lagline-fresh; draw this month's; make the items of a past month again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--renew", action="store_true", help="do what the schedule does each hour")
        parser.add_argument("--items", nargs=2, metavar=("MONTH", "FOLDER"), help="make a past month's files")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["renew"]:
                renew_fresh_edition(now=timezone.now())
            if options["items"]:
                month, folder = options["items"]
                self.stdout.write(f"{month}: {write_past_items(month=month, folder=Path(folder))}")
                return
        except Refused as refusal:
            raise CommandError(refusal.message) from None
        columns = ("month", "version", "commitment", "items_hash", "published_seed")
        for row in fresh_editions().values(*columns):
            self.stdout.write(json.dumps(row))
