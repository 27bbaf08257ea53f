"""A record of two cohorts with a lag that is known."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from evals.models import Benchmark
from leaderboard.comparisons import Comparison
from leaderboard.models import LagEstimate
from leaderboard.operations import publish_estimates
from tests.support.record import make_model, make_score

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SEEN = date(2026, 8, 11)


def two_cohorts(*benchmarks: Benchmark, models: int = 12) -> None:
    """Put models of both countries on record, the Chinese ones as good as the US ones half a year earlier."""
    for number in range(models):
        released = SEEN - timedelta(days=60 * (models - number))
        value = 0.3 + 0.5 * number / models
        for country, delay in (("US", 0), ("CN", 180)):
            model = make_model(
                f"{country.lower()}-{number}",
                developer=f"dev-{country.lower()}",
                country=country,
                released_on=released + timedelta(days=delay),
            )
            for place, benchmark in enumerate(benchmarks):
                make_score(model, benchmark, value - 0.02 * place, n=400, observed_on=SEEN)


def published_again(days: int = 1) -> list[LagEstimate]:
    """Publish the pair of countries alone, some days later."""
    return publish_estimates(now=NOW + timedelta(days=days), comparisons=(Comparison(),))
