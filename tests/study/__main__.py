"""Run the whole study and write build/study.json: `python -m tests.study --worlds 240`."""

from __future__ import annotations

import argparse
import json
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from .study import REFITS, StudyRow, Trial, run_trial, summarise_trials, to_json
from .worlds import KINDS, WorldKind

Task = tuple[WorldKind, int, int]
BLOCK = 10
"""Worlds of a kind before the next kind has its turn."""
FIGURES = (
    ("", "_months", "catch"),
    ("standing_", "_months", "stand"),
    ("trend_", "_months_per_year", "trend"),
)
COLUMNS = (
    ("n", "n", "4.0f"),
    *(
        column
        for prefix, unit, name in FIGURES
        for column in (
            (f"{prefix}coverage", name, "6.1%"),
            (f"{prefix}bias{unit}", "bias", "+6.2f"),
            (f"{prefix}rmse{unit}", "rmse", "6.2f"),
            (f"{prefix}width{unit}", "width", "6.1f"),
            (f"{prefix}width_ratio", "ratio", "6.2f"),
        )
    ),
    ("epoch_rmse_months", "epoch", "6.2f"),
    ("bootstrap_rmse_months", "boot", "6.2f"),
    ("beside_bootstrap_rmse_months", "beside", "6.2f"),
    ("naive_rmse_months", "naive", "6.2f"),
)


def main() -> int:
    """Run the study; the exit status is 0 only if every kind of world is as claimed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=240, help="worlds of each kind")
    parser.add_argument("--bootstrap", type=int, default=20, help="of them with the bootstrapped index")
    parser.add_argument("--first", type=int, default=1000, help="first seed")
    parser.add_argument("--kinds", nargs="*", default=[kind.name for kind in KINDS])
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("build/study.json"))
    options = parser.parse_args()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    kinds = [kind for kind in KINDS if kind.name in options.kinds]
    trials: dict[str, list[Trial]] = {kind.name: [] for kind in kinds}
    rows: list[StudyRow] = []
    with ProcessPoolExecutor(options.jobs) as pool:
        for done in range(0, options.worlds, BLOCK):
            for kind in kinds:
                block = range(done, min(done + BLOCK, options.worlds))
                trials[kind.name] += pool.map(_trial, [_task(kind, place, options) for place in block])
            # Block by block over all kinds, so that a study that is cut short has left a bit of everything.
            rows = [summarise_trials(kind, trials[kind.name]) for kind in kinds]
            options.out.write_text(json.dumps([to_json(r) for r in rows], indent=1) + "\n", encoding="utf-8")
    _print(" ".join([f"{'world':16}", *(f"{name:>6}" for _, name, _ in COLUMNS)]))
    for result in rows:
        _print(_line(result))
    return 1 if any(result.missed for result in rows) else 0


def _task(kind: WorldKind, place: int, options: argparse.Namespace) -> Task:
    refits = REFITS if place < options.bootstrap else 0
    return kind, options.first + place, refits


def _trial(task: Task) -> Trial:
    kind, seed, refits = task
    return run_trial(kind, seed, refits=refits)


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _line(row: StudyRow) -> str:
    figures = to_json(row)
    values = [(figures[name], form) for name, _, form in COLUMNS]
    shown = [f"{'-' if value is None else format(value, form):>6}" for value, form in values]
    return " ".join([f"{row.world:16}", *shown]) + f"  {', '.join(row.missed)}"


if __name__ == "__main__":
    sys.exit(main())
