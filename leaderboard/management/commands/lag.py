"""Compute the lag from a file of models and scores: `manage.py lag FILE --as-of 2026-08-11 --json`."""

from __future__ import annotations

import json
from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from leaderboard.charts.lag_files import write_drawings
from leaderboard.lag.cohorts import GROUPINGS, filter_by_price, group_models
from leaderboard.lag.composite import DRAWS, SEED
from leaderboard.lag.data import Dataset, Pair
from leaderboard.lag.io.fields import FileRefusedError
from leaderboard.lag.io.files import LagFile, read_lag_file
from leaderboard.lag.io.headline import render_report
from leaderboard.lag.io.rows import normalise_cohort
from leaderboard.lag.readings import READINGS
from leaderboard.lag.report import LagReport, compute_report


class Command(BaseCommand):
    """Print how many months the follower is behind the leader, on each benchmark of a file and over all."""

    help = "How many months one cohort of models is behind another, from a JSON or CSV file of scores."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the file, the two cohorts, the date and the options of the report."""
        parser.add_argument("file", type=Path, help="JSON, or CSV with model, group, date, benchmark, score")
        parser.add_argument("--follower", default="China", help="cohort whose lag is measured (China)")
        parser.add_argument("--leader", default="US", help="cohort it is measured against (US)")
        parser.add_argument("--as-of", type=_day, help="YYYY-MM-DD (the file's own, else its last release)")
        parser.add_argument(
            "--group-by", choices=GROUPINGS, help="a fact of the models instead of their group"
        )
        parser.add_argument(
            "--price-under", type=_price, help="USD per million tokens: only models that cheap"
        )
        parser.add_argument("--reading", choices=tuple(READINGS), help="one reading instead of all")
        parser.add_argument("--seed", type=_count, default=SEED, help=f"of the draws ({SEED})")
        parser.add_argument("--draws", type=_draws, default=DRAWS, help=f"joint draws ({DRAWS})")
        parser.add_argument(
            "--draw", type=Path, metavar="FOLDER", help="write SVG drawings of each benchmark"
        )
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, compute and print; refuse an invalid file with all its problems."""
        lag_file = _read(options["file"])
        self.stderr.write("".join(f"note: {note}\n" for note in lag_file.notes), ending="")
        data, report = _report(lag_file, options)
        if options["json"]:
            self.stdout.write(json.dumps(report.to_json(), ensure_ascii=False, indent=1, allow_nan=False))
        else:
            self.stdout.write("\n".join(render_report(report)))
        if options["draw"]:
            for path in write_drawings(report.summary, data, options["draw"]):
                self.stderr.write(f"drawn: {path}")


def _read(path: Path) -> LagFile:
    try:
        return read_lag_file(path)
    except FileRefusedError as error:
        raise CommandError(str(error)) from None


def _report(lag_file: LagFile, options: dict[str, Any]) -> tuple[Dataset, LagReport]:
    pair = Pair(normalise_cohort(options["follower"]), normalise_cohort(options["leader"]))
    if pair.follower == pair.leader:
        raise CommandError(f"follower and leader are both {pair.leader!r}; allowed: two different groups")
    try:
        data = _chosen(lag_file.data, options)
        as_of, reading = options["as_of"] or lag_file.as_of, options["reading"]
        report = compute_report(
            data, pair, as_of, draws=options["draws"], seed=options["seed"], reading=reading
        )
    except ValueError as error:
        raise CommandError(f"{options['file']}: {error}") from None
    return data, report


def _chosen(data: Dataset, options: dict[str, Any]) -> Dataset:
    if options["price_under"] is not None:
        data = filter_by_price(data, options["price_under"])
    return group_models(data, options["group_by"]) if options["group_by"] else data


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not allowed; allowed: a date as YYYY-MM-DD") from None


def _price(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise ArgumentTypeError(f"{text!r} is not allowed; allowed: USD per million tokens, 0 or more")
    return value


def _count(text: str) -> int:
    if not text.isdecimal():
        raise ArgumentTypeError(f"{text!r} is not allowed; allowed: a whole number, 0 or more")
    return int(text)


def _draws(text: str) -> int:
    value = int(text) if text.isdecimal() else 0
    if not 100 <= value <= 100_000:
        raise ArgumentTypeError(f"{text!r} is not allowed; allowed: 100 to 100000")
    return value
