"""Build small data sets by hand for the lag tests."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from leaderboard.lag.data import Benchmark, Dataset, Model, Pair, Score
from leaderboard.lag.frontier import Frontier, Point, build_frontier

PAIR = Pair("China", "US")


def day(text: str) -> int:
    """Return the day number of YYYY-MM-DD."""
    return date.fromisoformat(text).toordinal()


def line(*points: tuple[str, float], name: str = "m") -> Frontier:
    """Build a frontier from (date, value) pairs; the models are named m1, m2, ... in the order given."""
    return build_frontier(
        Point(f"{name}{i}", day(text), value, day(text), day(text))
        for i, (text, value) in enumerate(points, start=1)
    )


def dataset(rows: Iterable[tuple[str, str, str, str, float]], *benchmarks: Benchmark) -> Dataset:
    """Build data from rows of model, cohort, date, benchmark, score."""
    rows = list(rows)
    models = {m: Model(m, cohort, date.fromisoformat(on)) for m, cohort, on, _, _ in rows}
    named = benchmarks or tuple(Benchmark(b) for b in sorted({b for *_, b, _ in rows}))
    return Dataset(tuple(models.values()), named, tuple(Score(m, b, v) for m, _, _, b, v in rows))
