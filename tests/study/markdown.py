"""Print a study as the tables of docs/method.md: `python -m tests.study.markdown build/study.json`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

DESCRIPTIONS = {
    "base": "150 models, 20 benchmarks, 35% filled; lag 18 → 7 → 3",
    "small_sparse": "40 models, 15% filled",
    "small": "40 models, 12 benchmarks, 40%",
    "few_benchmarks": "6 benchmarks, 70%",
    "large": "400 models, 40 benchmarks, 70%",
    "sparse": "15% filled",
    "constant": "constant lag of 8",
    "widening": "lag grows from 2 to 12",
    "lead": "from 14 behind to 6 ahead",
    "vendor": "vendor optimism, selective reporting",
    "spiky": "profiles twice as wide, more so on some benchmarks",
    "second_axis": "a second dimension of capability",
    "heavy_tails": "t-distributed profiles, 2.5 degrees of freedom",
    "broken": "4% of runs broken",
    "month_only": "40% of dates month-only",
    "normal_models": "models normally distributed about the line",
    "eras": "models tested on benchmarks of their own time",
    "cohort_taste": "cohorts differ more by benchmark",
    "follower_few": "only a fifth of the models are the follower's",
}
FIGURES = (("", "_months"), ("standing_", "_months"), ("trend_", "_months_per_year"))
COVERAGE_HEAD = (
    *("world", "description", "n", "catch-up coverage", "bias", "RMSE", "width", "width ratio"),
    *("standing coverage", "bias", "RMSE", "width", "width ratio"),
    *("trend coverage", "bias", "RMSE", "width", "width ratio"),
)
ERRORS_HEAD = (
    "world",
    "RMSE",
    "`naive`",
    "RMSE / `naive`",
    "`epoch`",
    "`epoch` bootstrap",
    "RMSE, same worlds",
)


def format_coverage(row: dict[str, Any]) -> list[str]:
    """Return coverage and errors of the three figures in one kind of world, as cells."""
    cells = [f"`{row['world']}`", DESCRIPTIONS[row["world"]], str(row["n"])]
    for prefix, unit in FIGURES:
        low, high = (100 * row[f"{prefix}coverage_{end}"] for end in ("lo", "hi"))
        cells += [
            f"{100 * row[f'{prefix}coverage']:.0f}% ({low:.0f} – {high:.0f})",
            f"{row[f'{prefix}bias{unit}']:+.2f}",
            f"{row[f'{prefix}rmse{unit}']:.2f}",
            f"{row[f'{prefix}width{unit}']:.1f}",
            f"{row[f'{prefix}width_ratio']:.2f}",
        ]
    return cells


def format_errors(row: dict[str, Any]) -> list[str]:
    """Return the errors of the catch-up lag and those of simpler estimators, as cells."""
    return [
        f"`{row['world']}`",
        f"{row['rmse_months']:.2f}",
        f"{row['naive_rmse_months']:.1f}",
        f"{row['rmse_months'] / row['naive_rmse_months']:.2f}",
        f"{row['epoch_rmse_months']:.2f}",
        f"{row['bootstrap_rmse_months']:.2f}",
        f"{row['beside_bootstrap_rmse_months']:.2f}",
    ]


def draw_table(head: tuple[str, ...], lines: list[list[str]]) -> str:
    """Draw a table."""
    return "\n".join(
        [f"| {' | '.join(head)} |", "|---" * len(head) + "|", *(f"| {' | '.join(x)} |" for x in lines)]
    )


def main(path: str) -> int:
    """Print both tables."""
    rows = json.loads(Path(path).read_text(encoding="utf-8"))
    tables = (
        draw_table(COVERAGE_HEAD, [format_coverage(row) for row in rows]),
        draw_table(ERRORS_HEAD, [format_errors(row) for row in rows]),
    )
    sys.stdout.write("\n\n".join(tables) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
