"""Print a study as the table of docs/method.md: `python -m tests.study.markdown build/study.json`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

WHAT = {
    "base": "150 models, 20 benchmarks, 35% filled; lag 18 → 7 → 3",
    "small_sparse": "40 models, 15% filled",
    "small": "40 models, 12 benchmarks, 40%",
    "few_benchmarks": "6 benchmarks, 70%",
    "large": "400 models, 40 benchmarks, 70%",
    "sparse": "15% filled",
    "constant": "lag of 8 throughout",
    "widening": "lag grows from 2 to 12",
    "lead": "14 behind turns into 6 ahead",
    "vendor": "vendor optimism, selective reporting",
    "spiky": "profiles twice as wide, uneven",
    "second_axis": "a second axis of capability",
    "heavy_tails": "profiles t with 2.5 degrees of freedom",
    "broken": "4% of runs broken",
    "month_only": "40% of dates month-only",
    "normal_models": "models normal about the line",
    "eras": "models tested on what suits their time",
    "cohort_taste": "cohorts differ more by benchmark",
    "follower_few": "a fifth of the models the follower's",
}
HEAD = (
    *("world", "what", "n", "catch-up held", "bias", "RMSE", "width", "standing held", "bias", "RMSE"),
    *("trend held", "bias", "RMSE `epoch`", "its bootstrap", "ours there", "RMSE `naive`", "ours / naive"),
)


def told(row: dict[str, Any]) -> str:
    """Return one kind of world as a line."""
    cells = [
        f"`{row['world']}`",
        WHAT[row["world"]],
        str(row["n"]),
        f"{row['coverage']:.0%}",
        f"{row['bias_months']:+.2f}",
        f"{row['rmse_months']:.2f}",
        f"{row['width_months']:.1f}",
        f"{row['standing_coverage']:.0%}",
        f"{row['standing_bias_months']:+.2f}",
        f"{row['standing_rmse_months']:.2f}",
        f"{row['trend_coverage']:.0%}",
        f"{row['trend_bias']:+.2f}",
        f"{row['epoch_rmse_months']:.2f}",
        f"{row['bootstrap_rmse_months']:.2f}",
        f"{row['beside_bootstrap_rmse_months']:.2f}",
        f"{row['naive_rmse_months']:.1f}",
        f"{row['rmse_months'] / row['naive_rmse_months']:.2f}",
    ]
    return f"| {' | '.join(cells)} |"


def main(path: str) -> int:
    """Print the table."""
    rows = json.loads(Path(path).read_text(encoding="utf-8"))
    lines = [f"| {' | '.join(HEAD)} |", "|---" * len(HEAD) + "|", *map(told, rows)]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
