"""Confirm what a foreign spelling means, or the unit of a column; without arguments, list what waits."""

from __future__ import annotations

import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from evals.models import Alias
from evals.operations.imports.aliases import TABLES, KnownSpellings, confirm_alias
from evals.operations.refusals import Refused


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("spelling", nargs="?", help="as the file writes it")
        parser.add_argument("slug", nargs="?", help="the model's or benchmark's slug, or fraction or percent")
        parser.add_argument("--benchmark", action="store_true", help="it is a benchmark, not a model")
        parser.add_argument("--unit", action="store_true", help="it is a column of scores without a unit")
        parser.add_argument("--ignore", action="store_true", help="it means nothing that we keep")

    def handle(self, *args: Any, **options: Any) -> None:
        kind = Alias.Kind.UNIT if options["unit"] else Alias.Kind.MODEL
        kind = Alias.Kind.BENCHMARK if options["benchmark"] else kind
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
        waiting = Alias.objects.filter(kind=kind, confirmed_at__isnull=True)
        names = KnownSpellings(kind) if kind in TABLES else None
        for alias in waiting:
            suggestions = names.suggestions(alias.spelling) if names else []
            near = [f"{suggestion.slug} ({suggestion.likeness:g})" for suggestion in suggestions]
            near = near if names else list(Alias.Unit.values)
            self.stdout.write(f"{alias.spelling}: {', '.join(near) or 'nothing on record is like it'}")
        self.stdout.write(f"{len(waiting)} wait for a person.")
