"""Models side by side, and two runs on the same items."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils import timezone
from rest_framework import serializers

from evals import queries
from evals.models import Run
from evals.operations.owners.access import Actor
from evals.operations.refusals import describe_unknown
from evals.operations.submissions.access import may_see_scores
from leaderboard.api.exceptions import Invalid
from leaderboard.api.generics import ComputedListView, DetailView, RowView
from leaderboard.api.openapi import documented, documented_row
from leaderboard.api.parameters import ListParameters, choice
from leaderboard.api.serializers.comparisons import ComparisonRow, DiffRow, HeadToHeadRow, PairedItemRow
from leaderboard.api.views.catalogue import WITH_CSV
from leaderboard.presenters.messages import embargo_message
from leaderboard.presenters.model_comparison import (
    MAX_MODELS,
    MIN_MODELS,
    ModelComparison,
    compare_models,
    parse_slugs,
)
from leaderboard.presenters.run_diff import ItemFilter, RunComparison, compare_runs


class ComparisonParameters(ListParameters):
    models = serializers.CharField(help_text="Two to six slugs with commas between them.")


class DiffParameters(ListParameters):
    show = choice([(shown.value, shown.name) for shown in ItemFilter if shown])


class SideBySide(ComputedListView):
    """A list over the models named in `models`."""

    parameters = ComparisonParameters
    renderer_classes = WITH_CSV

    def compared(self, models: str) -> ModelComparison:
        """Return the comparison; refuse an unknown model, and too few or too many."""
        slugs = parse_slugs(models)
        if not MIN_MODELS <= len(slugs) <= MAX_MODELS:
            raise Invalid(f"models must name {MIN_MODELS} to {MAX_MODELS} different models.", field="models")
        known = set(queries.models().order_by().values_list("slug", flat=True))
        for slug in slugs:
            if slug not in known:
                sentence, allowed = describe_unknown("model", slug, known)
                raise Invalid(sentence, field="models", suggestions=allowed)
        return compare_models(slugs, on=timezone.now().date())


@documented("compare_models", "Two to six models on the benchmarks that at least two of them share", csv=True)
class ComparisonList(SideBySide):
    serializer_class = ComparisonRow

    def rows(self, **filters: Any) -> Any:
        return list(_rows(self.compared(filters["models"])))


@documented("compare_pairs", "Each two of the models, head to head on the tests that they share", csv=True)
class HeadToHeadList(SideBySide):
    serializer_class = HeadToHeadRow

    def rows(self, **filters: Any) -> Any:
        return self.compared(filters["models"]).pairs


def _rows(comparison: ModelComparison) -> Iterator[dict[str, Any]]:
    first = comparison.models[0].model
    for row in comparison.benchmarks:
        on = {
            "benchmark": row.benchmark.slug,
            "benchmark_name": row.benchmark.name,
            "unit": row.benchmark.unit,
            "direction": row.benchmark.direction,
            "against": first.slug,
        }
        places = [(first, row.first, None, None)]
        places += [(other.model, other.cell, other.difference, other.runs) for other in row.others]  # type: ignore[misc]
        for model, cell, difference, runs in places:
            yield on | {
                "model": model.slug,
                "score": cell and cell.value,
                "stderr": cell and cell.stderr,
                "n": cell and cell.n,
                "provenance": cell and cell.provenance,
                "difference": difference,
                "runs": runs,
            }


def _pair(first: int, second: int, reader: Actor) -> tuple[Run, Run]:
    runs = [queries.run(first), queries.run(second)]
    for number, run in zip((first, second), runs, strict=True):
        if run is None:
            raise Http404(f"There is no run {number}.")
    mine, theirs = runs
    assert mine is not None and theirs is not None  # noqa: PT018 – checked in the loop above
    for submission in (mine.submission, theirs.submission):
        if not may_see_scores(reader, submission, now=timezone.now()):
            raise PermissionDenied(embargo_message(submission))
    return mine, theirs


@documented_row(
    "read_run_diff",
    "Two runs of a task on the items that both answered: the paired difference",
    "RunDiff",
    errors=(400, 403, 404),
)
class RunDiff(DetailView):
    """Return the agreement of two runs and their difference with its interval, over their shared items."""

    serializer_class = DiffRow

    def get_object(self) -> RunComparison:
        return _diff(self)


@documented("list_paired_items", "The items that two runs both answered, with the mark of each", csv=True)
class PairedItemList(ComputedListView):
    serializer_class = PairedItemRow
    parameters = DiffParameters
    renderer_classes = WITH_CSV

    def rows(self, **filters: Any) -> Any:
        return _diff(self, ItemFilter(filters.get("show", ""))).chosen


def _diff(view: RowView, shown: ItemFilter = ItemFilter.ALL) -> RunComparison:
    pair = _pair(view.kwargs["run_id"], view.kwargs["other_id"], view.request.user)
    return compare_runs(*pair, shown=shown)
