"""Publish a record of the size that the pages are measured at: `python -m tests.bench.web_record`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

MODELS, BENCHMARKS, SCORES = 500, 40, 10_000
DOMAINS = ("mathematics", "code", "knowledge", "agents", "reasoning")
LOGITS_PER_MODEL, SPREAD, BEHIND = 0.012, 0.8, 0.6
_random = np.random.default_rng(7)


@dataclass(frozen=True)
class Cell:
    """A model, by its place in the order of release, and its score on a benchmark."""

    model: int
    value: float


def cells(behind: Sequence[bool]) -> Iterator[Cell]:
    """Yield the scores on one benchmark: capability grows by release, one side is behind."""
    difficulty = _random.uniform(0, LOGITS_PER_MODEL * MODELS)
    tested = _random.choice(MODELS, size=(SCORES - MODELS) // (BENCHMARKS - 1), replace=False)
    for model in sorted(tested):
        capability = LOGITS_PER_MODEL * model - BEHIND * behind[model] + _random.normal(0, SPREAD)
        yield Cell(int(model), round(float(1 / (1 + np.exp(difficulty - capability))), 4))


def main() -> None:
    """Write the record and publish its estimates, in a database that is empty yet."""
    import django

    django.setup()
    from django.core.management import call_command

    from evals.models import Benchmark, Model, Score
    from leaderboard.comparisons import Comparison
    from leaderboard.operations.charts import draw_estimate_charts
    from leaderboard.operations.publish import publish_estimates
    from leaderboard.queries import composite_lag
    from tests.leaderboard.pages.builders import AS_OF, make_models
    from tests.support.record import NOW

    call_command("migrate", verbosity=0)
    make_models(MODELS)
    Benchmark.objects.bulk_create(
        Benchmark(
            slug=f"benchmark-{i:02}",
            name=f"Benchmark {i:02}",
            domain=DOMAINS[i % len(DOMAINS)],
            items=500,
            ceiling=1,
        )
        for i in range(1, BENCHMARKS)
    )
    models = list(Model.objects.select_related("developer").order_by("released_on"))
    Score.objects.bulk_create(
        Score(
            model=models[cell.model],
            benchmark=benchmark,
            value=cell.value,
            n=500,
            provenance="reported",
            reported_by="independent",
            source=f"A report of {benchmark.slug}",
            observed_on=AS_OF,
            recorded_at=NOW - timedelta(days=1),
        )
        for benchmark in Benchmark.objects.exclude(kind="index").order_by("slug")
        for cell in cells([model.developer.country == "CN" for model in models])
    )
    publish_estimates(now=datetime.now(UTC), comparisons=(Comparison(),))
    whole = composite_lag()
    assert whole is not None, "the record is large enough for a lag over all benchmarks"
    draw_estimate_charts(estimate=whole, language="en")


if __name__ == "__main__":
    main()
