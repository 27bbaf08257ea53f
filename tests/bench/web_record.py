"""Publish a record of the size that the pages are measured at: `python -m tests.bench.web_record`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

MODELS, BENCHMARKS, SCORES = 500, 40, 10_000


def main() -> None:
    """Write the record and publish its estimates, in a database that is empty yet."""
    import django

    django.setup()
    from django.core.management import call_command

    from evals.models import Benchmark, Model, Score
    from leaderboard.operations.publish import publish_estimates
    from tests.leaderboard.pages.house import AS_OF, NOW, make_models

    call_command("migrate", verbosity=0)
    make_models(MODELS)
    Benchmark.objects.bulk_create(
        Benchmark(
            slug=f"benchmark-{i:02}", name=f"Benchmark {i:02}", domain="mathematics", items=500, ceiling=1
        )
        for i in range(1, BENCHMARKS)
    )
    places = list(product(Benchmark.objects.exclude(kind="index"), Model.objects.order_by("slug")))
    Score.objects.bulk_create(
        Score(
            model=model,
            benchmark=benchmark,
            value=round(0.05 + 0.9 * int(model.slug[-3:]) / MODELS, 4),
            n=500,
            provenance="reported",
            reported_by="independent",
            source=f"A report of {benchmark.slug}",
            observed_on=AS_OF,
            recorded_at=NOW - timedelta(days=1),
        )
        for benchmark, model in places[:: max(1, len(places) // (SCORES - MODELS))]
    )
    publish_estimates(now=datetime.now(UTC))


if __name__ == "__main__":
    main()
