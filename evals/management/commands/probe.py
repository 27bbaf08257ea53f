"""Detect what an endpoint can do, store it as its capabilities, and run its canaries."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from evals.engine.journal import JournalUnavailable
from evals.operations.clock import database_clock
from evals.operations.endpoints.probes import CannotProbe, probe
from evals.operations.refusals import Refused
from evals.operations.runs.specs import MissingCredential


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("endpoint", help="slug of the endpoint")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            result = probe(slug=options["endpoint"], clock=database_clock())
        except CannotProbe as refusal:
            raise CommandError(
                f"Endpoint {options['endpoint']} cannot be probed. {refusal.message}"
            ) from None
        except (Refused, MissingCredential, JournalUnavailable) as problem:
            raise CommandError(str(problem)) from None
        capabilities = (
            json.dumps(result.capabilities, sort_keys=True) if result.capabilities else "the usual ones"
        )
        self.stdout.write(f"capabilities: {capabilities}")
        if result.fixed:
            self.stdout.write(
                "It has submissions, so its capabilities stay as they are; the canaries are new."
            )
        if result.capabilities.get("thinking"):
            used = "" if result.reasoning_tokens is None else f", {result.reasoning_tokens} tokens on 2 + 2"
            self.stdout.write(
                f"reasoning: it reasons before it answers{used}; token limits must leave room for that"
            )
        canaries = result.canary_results
        if canaries.provider_reached:
            right, likelihoods = len(canaries.right), len(canaries.likelihoods)
            self.stdout.write(
                f"canaries: {right} of {canaries.questions} answers right, {likelihoods} likelihoods told"
            )
        for wrong in canaries.problems:
            self.stdout.write(f"problem: {wrong}")
        if canaries.problems:
            raise CommandError("Its canaries fail: see the problems above.")
        if not canaries.right and not canaries.likelihoods:
            self.stdout.write(
                "warning: canaries have nothing to compare with, so they can hold no run of it."
            )
