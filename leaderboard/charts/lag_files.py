"""Draw the exact lags of a file as SVG: both frontiers, and the lag over time, of each benchmark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from leaderboard.charts import frontiers, lag_over_time
from leaderboard.charts.draw import render_svg
from leaderboard.charts.lag_events import build_lag_over_time
from leaderboard.charts.lag_frontiers import build_frontiers
from leaderboard.charts.palette import WIDE
from leaderboard.lag.data import Dataset
from leaderboard.lag.summary import LagSummary


def write_drawings(summary: LagSummary, data: Dataset, folder: Path) -> Iterator[Path]:
    """Write the charts of each benchmark with an event into a folder, and yield their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    names = {model.id: model.id for model in data.models}
    percent = {b.id for b in data.benchmarks if b.ceiling == 1.0}
    for name, lag in summary.benchmarks.items():
        if not lag.event_lags:
            continue
        both = build_frontiers(
            lag,
            summary.as_of,
            names,
            follower=summary.pair.follower,
            leader=summary.pair.leader,
            title=name,
            percent=name in percent,
        )
        through = build_lag_over_time(lag, summary.as_of, names, "Months behind")
        stem = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
        drawings = {
            "frontiers": frontiers.spec(both, size=WIDE),
            "lag": lag_over_time.spec(through, size=WIDE),
        }
        for kind, spec in drawings.items():
            path = folder / f"{stem}-{kind}.svg"
            path.write_text(render_svg(spec), encoding="utf-8")
            yield path
