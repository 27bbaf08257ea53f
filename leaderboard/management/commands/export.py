"""Write the whole record as Parquet, CSV and SQLite to the storage, with a manifest of hashes, signed."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from evals.operations.installation import OnlySimulated
from leaderboard.exports.export import write_export
from leaderboard.exports.signing import new_signing_key


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--new-key", action="store_true", help="print a new EXPORT_SIGNING_KEY and end")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.stdout.write(new_signing_key() if options["new_key"] else write_export(now=timezone.now()))
        except OnlySimulated as refusal:
            raise CommandError(refusal.message) from None
