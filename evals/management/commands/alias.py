"""Say which model or benchmark a foreign spelling means; without arguments, list those that wait."""

from __future__ import annotations

import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from evals.models import Alias
from evals.operations.imports.aliases import KnownSpellings, confirm_alias
from evals.operations.refusals import Refused


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("spelling", nargs="?", help="as the file writes it")
        parser.add_argument("slug", nargs="?", help="the model's or benchmark's slug")
        parser.add_argument("--benchmark", action="store_true", help="it is a benchmark, not a model")
        parser.add_argument("--ignore", action="store_true", help="it means nothing that we keep")

    def handle(self, *args: Any, **options: Any) -> None:
        kind = Alias.Kind.BENCHMARK if options["benchmark"] else Alias.Kind.MODEL
        if not options["spelling"]:
            self._list(kind)
            return
        if bool(options["slug"]) == options["ignore"]:
            raise CommandError("Give the slug that it means, or --ignore.")
        try:
            alias = confirm_alias(
                kind=kind,
                spelling=options["spelling"],
                target=options["slug"] or "",
                by=getpass.getuser(),
                now=timezone.now(),
            )
        except Refused as refusal:
            raise CommandError(refusal.message) from None
        self.stdout.write(f"{alias.spelling!r} means {options['slug'] or 'nothing that we keep'}.")

    def _list(self, kind: str) -> None:
        names = KnownSpellings(kind)
        waiting = Alias.objects.filter(kind=kind, confirmed_at__isnull=True)
        for alias in waiting:
            near = [
                f"{suggestion.slug} ({suggestion.likeness:g})"
                for suggestion in names.suggestions(alias.spelling)
            ]
            self.stdout.write(f"{alias.spelling}: {', '.join(near) or 'nothing on record is like it'}")
        self.stdout.write(f"{len(waiting)} wait for a person.")
