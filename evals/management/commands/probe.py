"""Find out what an endpoint can do, keep it as its capabilities, and let its canaries sing."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from evals.operations.probes import probe
from evals.operations.refusals import Refused
from evals.operations.run_specs import MissingCredential


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("endpoint", help="slug of the endpoint")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = probe(slug=options["endpoint"], clock=timezone.now)
        except Refused as refusal:
            raise CommandError(refusal.message) from None
        except MissingCredential as problem:
            raise CommandError(str(problem)) from None
        self.stdout.write(f"capabilities: {json.dumps(found.capabilities, sort_keys=True)}")
        if found.fixed:
            self.stdout.write(
                "It has submissions, so its capabilities stay as they are; the canaries are new."
            )
        self.stdout.write(
            f"canaries: {len(found.heard.right)} known answers, {len(found.heard.likelihoods)} likelihoods"
        )
        for wrong in found.heard.problems:
            self.stdout.write(f"problem: {wrong}")
        if found.heard.problems:
            raise CommandError("Its canaries do not sing: see the problems above.")
