"""What is published of a lag, in JSON's own types: figures with their states, frontiers, names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from typing import Any

from leaderboard.lag.fragility import measure_fragility
from leaderboard.lag.frontier import Frontier, Point
from leaderboard.lag.monthly_lag import compute_monthly_lags
from leaderboard.lag.report import LagReport, build_mode_frontier
from leaderboard.lag.summary import BenchmarkLag, serialise_benchmark
from leaderboard.lag.table import FOLLOWER, LEADER

Values = dict[str, Any]


def benchmark_values(lag: BenchmarkLag, names: dict[str, str]) -> Values:
    """Return one benchmark's exact lags, its frontiers with every model, and the models' names."""
    plain = serialise_benchmark(lag)
    return plain | {"events": asdict(lag.events)} | _drawn(lag.follower_frontier, lag.leader_frontier, names)


def composite_values(made: LagReport, names: dict[str, str]) -> Values:
    """Return a composite's figures, its own frontiers, and its standing lag month by month."""
    values = made.to_published_json()
    values["names"] = {row["model"]: names[row["model"]] for row in values["records"]}
    if made.joint_draws is None:
        return values
    mine, theirs = (build_mode_frontier(made.joint_draws, group) for group in (FOLLOWER, LEADER))
    drawn = _drawn(mine, theirs, names)
    drawn["names"] |= values["names"]
    path = [{"date": one.on.isoformat()} | asdict(one.lag) for one in compute_monthly_lags(made.joint_draws)]
    return values | drawn | {"path": path, "fragility": _fragility(made)}


def _fragility(made: LagReport) -> Values | None:
    """Return how much of the lag hangs on a few models."""
    if made.joint_draws is None or made.diagnostics is None:
        return None
    found = measure_fragility(
        made.joint_draws, made.diagnostics.catchup_at_mode_months, made.diagnostics.leverage
    )
    return asdict(found) if found else None


def reading_values(made: LagReport) -> dict[str, Values]:
    """Return each reading's values by name: over the composite, and on each benchmark."""
    found = {}
    for name, by_place in made.readings.items():
        plain = {place: asdict(value) for place, value in by_place.items()}
        whole = plain.pop("composite", {"state": made.composite.status.value, "months": None})
        found[name] = whole | {"benchmarks": plain}
    return found


def leader_best(values: Values) -> list[tuple[int, str]] | None:
    """Return the days on which the leader's best model changed, and which it was from then on."""
    if "frontiers" not in values:
        return None
    return [
        (date.fromisoformat(row["date"]).toordinal(), row["model"]) for row in values["frontiers"]["leader"]
    ]


def _drawn(follower: Frontier, leader: Frontier, names: dict[str, str]) -> Values:
    sides = {"follower": follower, "leader": leader}
    shown = {point.model for side in sides.values() for point in side.points}
    return {
        "frontiers": {name: _rows(side.records) for name, side in sides.items()},
        "points": {name: _rows(side.points) for name, side in sides.items()},
        "n_models": {name: len(side.points) for name, side in sides.items()},
        "names": {slug: names[slug] for slug in sorted(shown)},
    }


def _rows(points: Iterable[Point]) -> list[Values]:
    return [
        {"model": point.model, "date": date.fromordinal(point.day).isoformat(), "level": point.value}
        for point in points
    ]
