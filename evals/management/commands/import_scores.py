"""Import results made elsewhere: show what would change, and with --apply do it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from rich.console import Console
from rich.progress import Progress

from evals.imports.formats import FORMATS
from evals.imports.reading import Watch
from evals.operations.imports.fetch import fetch
from evals.operations.imports.proposals import ImportFile, apply_import, dry_run
from evals.operations.imports.report import (
    CHANGED,
    DOUBT,
    PARTIAL,
    REJECTED,
    SKIPPED,
    counts_text,
    entry_text,
    suggestions_text,
)
from evals.operations.refusals import Refused

SHOWN = 20
PROPOSED = "Nothing is written yet: --apply writes the good rows, --strict all or none."
HELD_BACK = "Scores over a part of a benchmark go in with --partial only."
WRITTEN = "Written."
NOTHING = "Nothing was written: no row that can go in is new."
AGAIN = "Nothing to write: this file is on record since"


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="a file, a folder, an archive (.zip) or an https address")
        parser.add_argument("--format", choices=list(FORMATS), help="if the content does not show it")
        parser.add_argument("--retrieved-on", type=date.fromisoformat, help="the day of the download")
        parser.add_argument("--apply", action="store_true", help="write the good rows")
        parser.add_argument("--strict", action="store_true", help="write all rows, or none")
        parser.add_argument(
            "--partial", action="store_true", help="also scores over fewer items than the benchmark has"
        )
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        with tempfile.TemporaryDirectory() as folder:
            try:
                path, url = self._path(options["file"], Path(folder))
                report, end = self._report(path, url, options)
            except Refused as refusal:
                raise CommandError(refusal.message) from None
        if options["json"]:
            json.dump(report, self.stdout)
            self.stdout.write("")
        else:
            self.stdout.write("\n".join([*_sentences(report), end]))

    def _path(self, file: str, folder: Path) -> tuple[Path, str]:
        if "://" in file:
            return fetch(url=file, folder=folder), file
        if not Path(file).exists():
            raise CommandError(f"There is no file {file}.")
        return Path(file), ""

    def _report(self, path: Path, url: str, options: dict[str, Any]) -> tuple[dict[str, Any], str]:
        """Return the report of the file, and a sentence on what was done with it."""
        now = timezone.now()
        with _bar(path, hidden=options["json"]) as watch:
            given = ImportFile(
                path,
                options["format"] or "",
                url,
                options["strict"],
                options["retrieved_on"],
                watch,
                whole=True,
                partial=options["partial"],
            )
            if not options["apply"]:
                return dry_run(given=given, now=now), PROPOSED
            done = apply_import(given=given, now=now)
            if done.applied_at != now:
                return done.report, f"{AGAIN} {done.applied_at:%Y-%m-%d}."
            counts = done.report["counts"]
            return done.report, WRITTEN if counts["new"] or counts["changed"] else NOTHING


@contextmanager
def _bar(path: Path, *, hidden: bool) -> Iterator[Watch]:
    """Show how much of a file is read, on the terminal's error stream."""
    with Progress(console=Console(stderr=True), disable=hidden, transient=True) as progress:
        task = progress.add_task(path.name, total=None)
        yield lambda read, size: progress.update(task, advance=read, total=size)


def _sentences(report: dict[str, Any]) -> Iterator[str]:
    yield f"{report['format']}: {counts_text(report)}"
    yield from _first(report["changed"], CHANGED)
    yield from _first(report["rejected"], REJECTED)
    yield from _first(report["skipped"], SKIPPED)
    yield from _first(report["partial"], PARTIAL)
    if report["partial"]:
        yield HELD_BACK
    for kind, spellings in report["unknown"].items():
        named = [spelling | {"near": suggestions_text(spelling["suggested"])} for spelling in spellings]
        yield from _first(named, f"unknown {kind} {{name!r}} ({{rows}} rows): {{near}}")
    yield from _first(report["doubts"], f"date in doubt: {DOUBT}")


def _first(entries: list[dict[str, Any]], sentence: str) -> Iterator[str]:
    """Yield a line for each of the first entries, and the number of the others."""
    yield from (entry_text(sentence, entry) for entry in entries[:SHOWN])
    if len(entries) > SHOWN:
        yield f"... and {len(entries) - SHOWN} more of these: --json has all"
