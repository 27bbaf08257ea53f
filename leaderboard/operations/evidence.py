"""The evidence of a published estimate: the scores it rests on, as known when it was published."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from evals import queries as record
from evals.queries import ScoreBehind
from leaderboard.comparisons import Comparison
from leaderboard.models import LagEstimate
from leaderboard.operations.publish import RecordSnapshot, estimate_input

TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class BenchmarkEvidence:
    """A benchmark of an estimate, with its numbers of scores and models."""

    slug: str
    name: str
    n_scores: int
    n_models: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """The benchmarks of an estimate, and the scores on the requested ones."""

    command: str
    benchmarks: list[BenchmarkEvidence]
    scores: list[ScoreBehind]


def estimate_evidence(*, estimate: LagEstimate, benchmark: str | None = None) -> Evidence:
    """Return the evidence of an estimate, with the scores on one benchmark or, without a name, on all."""
    with as_published(estimate):
        lag_input = record.lag_input()
        case = estimate_input(
            RecordSnapshot.of(lag_input, estimate.published_at), Comparison.from_estimate(estimate)
        )
        models: dict[str, list[str]] = defaultdict(list)
        for score in case.data.scores if case else ():
            models[score.benchmark].append(score.model)
        names = {row.slug: row.name for row in lag_input.benchmarks}
        rows = [
            BenchmarkEvidence(slug, names[slug], len(each), len(set(each))) for slug, each in models.items()
        ]
        chosen = [slug for slug in models if benchmark in (None, slug)]
        scores = record.scores_behind(benchmarks=chosen)
    return Evidence(
        command=f"python manage.py verify {estimate.pk}",
        benchmarks=sorted(rows, key=lambda row: row.name.lower()),
        scores=[score for score in scores if score.model in set(models[score.benchmark])],
    )


@contextmanager
def as_published(estimate: LagEstimate) -> Iterator[None]:
    """Read the record as it was known when an estimate was published."""
    with record.record_known_before(estimate.published_at + TICK):
        yield
