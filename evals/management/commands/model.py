"""Put a model on record that the catalogue does not have, such as weights of one's own."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from evals.models import Openness, Precision
from evals.operations.catalogue.registration import register_model
from evals.operations.refusals import Refused


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="the model's own name")
        parser.add_argument("--name", required=True, help="its name in print")
        parser.add_argument("--developer", required=True, help="slug of its developer")
        parser.add_argument("--openness", required=True, help=f"one of {', '.join(Openness.values)}")
        parser.add_argument("--released-on", type=date.fromisoformat, help="release date, such as 2025-01-20")
        parser.add_argument("--precision", default=Precision.DAY.value, help="of the date: day or month")
        parser.add_argument("--parameters-b", type=float, help="parameters, in thousand millions")
        parser.add_argument("--source", default="", help="where this was read")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            model = register_model(
                slug=options["slug"],
                name=options["name"],
                developer=options["developer"],
                openness=options["openness"],
                released_on=options["released_on"],
                release_precision=options["precision"],
                parameters_b=options["parameters_b"],
                source=options["source"],
            )
        except Refused as refusal:
            raise CommandError(refusal.message) from None
        self.stdout.write(f"{model.slug}: {model.name}, {options['developer']}")
