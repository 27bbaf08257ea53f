"""Convert the record to the input of the lag statistics, and hash it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, fields, is_dataclass, replace
from datetime import date
from hashlib import sha256
from typing import Any

from evals.queries import LagInput
from evals.queries.lag import LagModel
from leaderboard.comparisons import Comparison
from leaderboard.lag.data import Benchmark, Dataset, Model, Pair, Precision, Provenance, Score
from leaderboard.lag.score_selection import released_by, representatives
from leaderboard.lag.summary import BestByDay
from leaderboard.queries import PAIR


def comparison_data(lag_input: LagInput, comparison: Comparison) -> Dataset:
    """Return the part of the record that a comparison covers; scores are negated where lower is better."""
    lag_input = comparison.select_input(lag_input)
    turned = {row.slug for row in lag_input.benchmarks if row.direction == "lower"}
    data = Dataset(
        models=tuple(_model(row, comparison) for row in lag_input.models),
        benchmarks=tuple(
            # negated levels have no ceiling
            Benchmark(row.slug, n=row.items, facts={"domain": row.domain})
            if row.slug in turned
            else Benchmark(row.slug, row.chance or 0.0, row.ceiling, row.items, {"domain": row.domain})
            for row in lag_input.benchmarks
        ),
        scores=tuple(
            Score(
                model=row.model,
                benchmark=row.benchmark,
                value=-row.value if row.benchmark in turned else row.value,
                se=row.stderr,
                n=row.n,
                provenance=Provenance(row.provenance),
            )
            for row in lag_input.scores
        ),
    )
    return released_by(data, comparison.on) if comparison.on else data


def _model(row: LagModel, comparison: Comparison) -> Model:
    model = Model(
        id=row.slug,
        cohort="",
        released_on=row.released_on,
        base=row.variant_of,
        effort=row.effort or None,
        facts={"openness": row.openness, "developer": row.developer},
    )
    return comparison.place_model(row, model)


def data_dates(lag_input: LagInput) -> dict[str, date]:
    """Return the date of each benchmark's newest observed score."""
    dates: dict[str, date] = {}
    for score in lag_input.scores:
        if score.observed_on:
            dates[score.benchmark] = max(score.observed_on, dates.get(score.benchmark, date.min))
    return dates


def is_comparable(data: Dataset, benchmark: Benchmark, pair: Pair = PAIR) -> bool:
    """Tell whether both cohorts have a score on a benchmark."""
    scored = {score.model for score in data.scores if score.benchmark == benchmark.id}
    return {pair.follower, pair.leader} <= {model.cohort for model in data.models if model.id in scored}


def select_representatives(data: Dataset, as_of: date) -> Dataset:
    """Keep one variant of each release among those known on a date: METHOD §1.3."""
    known = released_by(data, as_of)
    models = representatives(known.models, known.scores)
    chosen = {model.id for model in models}
    return Dataset(models, data.benchmarks, tuple(row for row in known.scores if row.model in chosen))


def benchmark_data(data: Dataset, benchmark: Benchmark) -> Dataset:
    """Return the data that one benchmark's estimate depends on, in canonical order."""
    return select_benchmarks(data, [benchmark])


def select_benchmarks(data: Dataset, benchmarks: Iterable[Benchmark]) -> Dataset:
    """Return the data of some benchmarks, in canonical order."""
    chosen = tuple(benchmarks)
    ids = {row.id for row in chosen}
    scores = sorted((row for row in data.scores if row.benchmark in ids), key=repr)
    scored = {score.model for score in scores}
    models = sorted((row for row in data.models if row.id in scored), key=lambda row: row.id)
    return Dataset(tuple(models), chosen, tuple(scores))


def composite_data(data: Dataset, pair: Pair = PAIR) -> Dataset:
    """Return the data of a composite: benchmarks with a ceiling on which both cohorts have scores."""
    return select_benchmarks(
        data, [row for row in data.benchmarks if row.ceiling is not None and is_comparable(data, row, pair)]
    )


def lead_dependencies(
    data: Dataset, best: BestByDay, pair: Pair, as_of: date
) -> list[tuple[int, str | None]]:
    """Return what the verification of a lead depends on: the leader's best model on each relevant day."""
    days = {model.day for model in data.models if model.cohort == pair.follower} | {as_of.toordinal()}
    return [(day, best(day)) for day in sorted(days)]


def dataset_to_json(data: Dataset) -> dict[str, Any]:
    """Serialise the data to JSON types."""
    plain: dict[str, Any] = json.loads(json.dumps(asdict(data), default=str))
    return plain


def data_hash(data: Dataset, *also: Any) -> str:
    """Return the SHA-256 of the data and of an estimate's other inputs: equal hashes mean equal estimates."""
    content = [data, *also] if also else data
    return sha256(json.dumps(content, sort_keys=True, default=_plain).encode()).hexdigest()


def _plain(value: Any) -> Any:
    """Return a row's fields without the deep copies of `asdict`, which took most of the publisher's time."""
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    return str(value)


def dataset_from_json(content: dict[str, Any]) -> Dataset:
    """Parse the data from JSON."""
    return Dataset(
        models=tuple(
            replace(
                Model(**row),
                released_on=date.fromisoformat(row["released_on"]),
                precision=Precision(row["precision"]),
                price_cuts=tuple((date.fromisoformat(on), price) for on, price in row["price_cuts"]),
            )
            for row in content["models"]
        ),
        benchmarks=tuple(Benchmark(**row) for row in content["benchmarks"]),
        scores=tuple(
            replace(Score(**row), provenance=Provenance(row["provenance"])) for row in content["scores"]
        ),
    )
