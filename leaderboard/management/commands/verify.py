"""Recompute a published estimate from the record as it was known then; end with 1 where something differs."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from leaderboard.models import LagEstimate
from leaderboard.operations.verify import verify


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("estimate", type=int, help="the estimate's number, as in /api/v1/lags/NUMBER")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            result = verify(estimate_id=options["estimate"])
        except LagEstimate.DoesNotExist:
            raise CommandError(f"No estimate {options['estimate']} was published.") from None
        self.stdout.write(
            f"{result.estimate}: method {result.estimate.method_version}, data {result.data_hash}"
        )
        if result.equal:
            self.stdout.write("equal: the record as it was known then gives every published value.")
            return
        for difference in result.differences:
            self.stdout.write(f"differs: {difference}")
        sys.exit(1)
