"""Hold the index against scores that it has not seen, on Epoch's file: `python -m tests.study.real FOLDER`.

FOLDER has `eci_benchmarks_2026-08-11.csv` (scores) and `eci_scores_2026-08-11.csv` (countries) of Epoch AI.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from datetime import date
from pathlib import Path
from statistics import mean

import numpy as np

from leaderboard.lag.composite import Composite, JointDraws, compute_composite, draw_jointly
from leaderboard.lag.data import Benchmark, Dataset, Model, Score
from leaderboard.lag.io.rows import normalise_cohort
from leaderboard.lag.score_selection import ITEMS_IF_UNKNOWN
from leaderboard.lag.table import Floats, build_table
from leaderboard.lag.threads import limit_blas_threads

from .study import PAIR

AS_OF = date(2026, 8, 11)
FOLDS, HALVES, SEEDS = 8, 12, 8
LEVELS = (0.95, 0.8, 0.5)
WIDTH = 3.92
"""A 95% interval in standard deviations."""


def read_epoch_scores(folder: Path) -> Dataset:
    """Read Epoch's scores with the country of each model's developer."""
    with (folder / "eci_scores_2026-08-11.csv").open(encoding="utf-8") as file:
        country = {row["Model"]: row["Country (of organization)"] for row in csv.DictReader(file)}
    with (folder / "eci_benchmarks_2026-08-11.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["model"] in country]
    models = {row["model"]: (normalise_cohort(country[row["model"]]), row["date"]) for row in rows}
    return Dataset(
        tuple(Model(name, cohort, date.fromisoformat(day)) for name, (cohort, day) in models.items()),
        tuple(Benchmark(name) for name in sorted({row["benchmark"] for row in rows})),
        tuple(Score(row["model"], row["benchmark"], float(row["performance"])) for row in rows),
    )


def predict_held_out(data: Dataset, as_of: date, folds: int, rng: np.random.Generator) -> list[float]:
    """Return which share of the drawn scores lies under each score (S,), its fold having been left out."""
    fold = rng.permutation(len(data.scores)) % folds
    places: list[float] = []
    for k in range(folds):
        kept = tuple(score for score, at in zip(data.scores, fold, strict=True) if at != k)
        hidden = [score for score, at in zip(data.scores, fold, strict=True) if at == k]
        places += _places(draw_jointly(build_table(replace(data, scores=kept), PAIR, as_of)), hidden, rng)
    return places


def _places(joint: JointDraws, hidden: Sequence[Score], rng: np.random.Generator) -> Iterator[float]:
    laid, layout = joint.fit.table, joint.fit.layout
    models = {model.id: place for place, model in enumerate(laid.models)}
    benchmarks = {benchmark.id: place for place, benchmark in enumerate(laid.benchmarks)}
    for score in hidden:
        if score.model in models and score.benchmark in benchmarks:
            m, b = models[score.model], benchmarks[score.benchmark]
            shared = joint.draws.shared
            gamma = shared[:, layout.gamma.start + laid.group[m] * len(benchmarks) + b]
            line = shared[:, layout.alpha.start + b] + gamma
            line = line + np.exp(shared[:, layout.log_a.start + b]) * joint.draws.theta[:, m]
            yield float((_scores(joint, line, b, rng) < score.value).mean())


def _scores(joint: JointDraws, line: Floats, b: int, rng: np.random.Generator) -> Floats:
    scales, benchmark = joint.fit.state.scales, joint.fit.table.benchmarks[b]
    wild = rng.standard_t(scales.nu, len(line)) if np.isfinite(scales.nu) else rng.standard_normal(len(line))
    share = 1 / (1 + np.exp(-(line + scales.omega[b] * wild)))
    ceiling = benchmark.ceiling or 1.0
    value = benchmark.chance + (ceiling - benchmark.chance) * share
    rate = value / ceiling
    noise = ceiling * np.sqrt(rate * (1 - rate) / (benchmark.n or ITEMS_IF_UNKNOWN))
    return np.asarray(value + noise * rng.standard_normal(len(line)))


def measure_coverage(places: Sequence[float], level: float) -> float:
    """Return the share of scores within the central interval of a level."""
    return mean(abs(place - 0.5) <= level / 2 for place in places)


def compare_halves(data: Dataset, as_of: date, splits: int, rng: np.random.Generator) -> float:
    """Return by how much the catch-up lags of two random halves of the benchmarks differ, over what they say.

    Root mean square over the splits; 1 where the two intervals are as wide as they must be.
    """
    differences = []
    for _ in range(splits):
        first = set(rng.permutation([b.id for b in data.benchmarks])[::2])
        (first_half, its), (second_half, others) = (
            _caught(data, first, side, as_of) for side in (True, False)
        )
        differences.append((first_half - second_half) / np.hypot(its, others))
    return float(np.sqrt(np.mean(np.square(differences))))


def _caught(data: Dataset, first: Set[str], side: bool, as_of: date) -> tuple[float, float]:
    """Return the catch-up lag of the benchmarks in or out of `first`, and what it says its deviation is."""
    scores = tuple(score for score in data.scores if (score.benchmark in first) is side)
    catchup = estimate_composite(replace(data, scores=scores), as_of).catchup
    assert catchup.median is not None
    assert catchup.lo is not None
    assert catchup.hi is not None
    return catchup.median, (catchup.hi - catchup.lo) / WIDTH


def estimate_composite(data: Dataset, as_of: date, seed: int = 0) -> Composite:
    """Estimate the composite of a data set."""
    laid = build_table(data, PAIR, as_of)
    return compute_composite(laid, draw_jointly(laid, seed=seed), seed=seed)


def main() -> None:
    """Print the figures of docs/method.md on Epoch's file."""
    data = read_epoch_scores(Path(sys.argv[1]))
    rng = np.random.default_rng(0)
    with limit_blas_threads():
        places = predict_held_out(data, AS_OF, FOLDS, rng)
        shares = [f"{level:.0%} hold {measure_coverage(places, level):.1%}" for level in LEVELS]
        lines = [f"{len(places)} scores held out: {', '.join(shares)}"]
        lines += [f"halves differ by {compare_halves(data, AS_OF, HALVES, rng):.2f} of what they say"]
        for seed in range(1, SEEDS + 1):
            composite = estimate_composite(data, AS_OF, seed)
            shares = [
                f"{name} {value.median:.2f} ({value.lo:.2f} to {value.hi:.2f})"
                for name, value in (("catch-up", composite.catchup), ("standing", composite.standing))
            ]
            line = composite.trend
            slope = f"{line.slope_months_per_year:.2f} ({line.lo:.2f} to {line.hi:.2f})"
            lines += [f"seed {seed}: {', '.join(shares)}, trend {slope} over {line.months} months"]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
