"""Fetch what others publish (Epoch AI, Aider, SWE-bench, METR, Artificial Analysis) and import it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from evals.operations.imports.sync import MODES, sync_imports
from evals.operations.refusals import Refused


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", nargs="*", help="formats; all that have an address where none is named")
        parser.add_argument("--mode", choices=MODES, default=settings.SYNC_IMPORTS)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            sentences = sync_imports(mode=options["mode"], now=timezone.now(), only=options["source"])
        except Refused as refusal:
            raise CommandError(refusal.message) from None
        self.stdout.write("\n".join(sentences))
