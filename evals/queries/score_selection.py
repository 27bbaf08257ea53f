"""The one value of a model on a benchmark where several scores are on record: precedence and mean."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from evals.models import Provenance, Score
from evals.queries.question_forms import in_comparable_form

VENDOR = "vendor"
RANK = {Provenance.MEASURED.value: 0, Provenance.IMPORTED.value: 0, Provenance.REPORTED.value: 1, VENDOR: 2}


@dataclass(frozen=True, slots=True)
class CellScore:
    """One score on record; `provenance` is measured, imported, reported or vendor."""

    value: float
    stderr: float | None
    n: int | None
    provenance: str


@dataclass(frozen=True, slots=True)
class Cell:
    """The settled value of a model on a benchmark, and how many scores it is the mean of."""

    value: float
    stderr: float | None
    n: int | None
    provenance: str
    n_scores: int


def provenance_with_vendor(provenance: str, reported_by: str) -> str:
    """Return the word for where a score comes from, a developer's own figure told apart."""
    by_vendor = provenance == Provenance.REPORTED and reported_by == Score.ReportedBy.VENDOR
    return VENDOR if by_vendor else provenance


def settle(scores: Collection[CellScore]) -> Cell:
    """Return a cell's value: runs before independent reports, those before the vendor's; equals averaged.

    The variance of the mean is the mean variance, not divided by the count, for repeats share their items.
    `n` is the fewest items among the scores averaged. A score without a standard error adds nothing to it.
    """
    if not scores:
        raise ValueError("A cell without scores has no value.")
    best = min(RANK[score.provenance] for score in scores)
    kept = sorted((s for s in scores if RANK[s.provenance] == best), key=_order)
    stderrs = [score.stderr for score in kept if score.stderr is not None]
    return Cell(
        value=math.fsum(score.value for score in kept) / len(kept),
        stderr=math.sqrt(math.fsum(s * s for s in stderrs) / len(stderrs)) if stderrs else None,
        n=min((score.n for score in kept if score.n is not None), default=None),
        provenance=kept[0].provenance,
        n_scores=len(kept),
    )


def _order(score: CellScore) -> tuple[str, float]:
    # "measured" is told first where runs and imports were averaged.
    return ("" if score.provenance == Provenance.MEASURED else score.provenance, score.value)


def cells(
    *, benchmarks: Iterable[str] | None = None, models: Iterable[str] | None = None
) -> Mapping[tuple[str, str], Cell]:
    """Return the settled cells by (model slug, benchmark slug)."""
    found = in_comparable_form(Score.objects.order_by())
    if benchmarks is not None:
        found = found.filter(benchmark__slug__in=list(benchmarks))
    if models is not None:
        found = found.filter(model__slug__in=list(models))
    grouped: dict[tuple[str, str], list[CellScore]] = defaultdict(list)
    columns = ("model__slug", "benchmark__slug", "value", "stderr", "n", "provenance", "reported_by")
    for model, benchmark, value, stderr, n, provenance, reported_by in found.values_list(*columns):
        told = provenance_with_vendor(provenance, reported_by)
        grouped[model, benchmark].append(CellScore(value, stderr, n, told))
    return {key: settle(group) for key, group in grouped.items()}
