"""Explain how an estimate differs from its predecessor: which changes of the data moved it, and how far."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from leaderboard.estimate_values import CompositeValues
from leaderboard.lag.composite import check_table
from leaderboard.lag.data import Dataset, Model, Pair, Score
from leaderboard.lag.diagnostics import catchup_at_mode
from leaderboard.lag.index import IndexFit, fit_index
from leaderboard.lag.table import build_table
from leaderboard.lag.threads import limit_blas_threads
from leaderboard.lag.warm import warm_start
from leaderboard.models import EstimateChange, LagEstimate
from leaderboard.operations.lag_data import dataset_from_json
from leaderboard.queries import estimate_data

MAX_CHANGES = 12
"""If there are more, the models with most changes are explained, each as one change: each costs a fit."""
ScoreKey = tuple[str, str]


@dataclass(frozen=True)
class DataChange:
    """One change of the data: a score, a model's facts, or several changes of one model merged."""

    kind: str
    model: str
    benchmark: str
    before: Any
    after: Any
    models: tuple[Model | None, Model | None]
    scores: dict[ScoreKey, tuple[list[Score], list[Score]]]


@dataclass(frozen=True)
class Explanation:
    """The changes of the data since a former estimate: their number, and the effects of the main ones."""

    former: LagEstimate
    n_changes: int
    parts: list[dict[str, Any]]


def explain_change(
    *, former: LagEstimate, after: Dataset, pair: Pair, as_of: date, whole: IndexFit | None
) -> Explanation:
    """Explain what moved a composite away from a former one, leaving out each change in turn.

    `whole` is the index fitted to the current data, or None if it cannot be fitted.
    """
    before = estimate_data(former.data_hash)
    if before is None:
        return Explanation(former, 0, [])
    parts = data_changes(dataset_from_json(before), after)
    return Explanation(former, len(parts), change_effects(after, merge_by_model(parts), pair, as_of, whole))


def store_change(explanation: Explanation, *, estimate: LagEstimate, now: datetime) -> EstimateChange:
    """Store the explanation of an estimate's change."""
    return EstimateChange.objects.create(
        estimate=estimate,
        former=explanation.former,
        moved_months=_moved(explanation.former, estimate),
        n_changes=explanation.n_changes,
        parts=explanation.parts,
        found_at=now,
    )


def data_changes(before: Dataset, after: Dataset) -> list[DataChange]:
    """Return the scores and models that were added, changed or withdrawn, ordered by model and benchmark."""
    old, new = _by_cell(before.scores), _by_cell(after.scores)
    parts = []
    for key in sorted(old.keys() | new.keys()):
        was, now = old.get(key, []), new.get(key, [])
        if was != now:
            kind = "score_changed" if was and now else "score_added" if now else "score_withdrawn"
            values = _values(was), _values(now)
            parts.append(DataChange(kind, *key, *values, (None, None), {key: (was, now)}))
    models = {model.id: model for model in before.models}
    for model in after.models:
        known = models.get(model.id)
        if known is not None and known != model:
            parts.append(DataChange("model_changed", model.id, "", *_facts(known, model), (known, model), {}))
    return parts


def merge_by_model(parts: list[DataChange]) -> list[DataChange]:
    """Return at most MAX_CHANGES changes: if there are more, merge them for the models with most."""
    if len(parts) <= MAX_CHANGES:
        return parts
    groups: dict[str, list[DataChange]] = defaultdict(list)
    for part in parts:
        groups[part.model].append(part)
    largest = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))[:MAX_CHANGES]
    return [_merged(model, group) for model, group in largest]


def _merged(model: str, group: list[DataChange]) -> DataChange:
    if len(group) == 1:
        return group[0]
    facts = next((part.models for part in group if part.models[1]), (None, None))
    scores = {key: pair for part in group for key, pair in part.scores.items()}
    return DataChange("several", model, "", None, len(group), facts, scores)


def change_effects(
    after: Dataset, parts: Iterable[DataChange], pair: Pair, as_of: date, whole: IndexFit | None
) -> list[dict[str, Any]]:
    """Return each change with its effect in months: the lag with it minus the lag without it."""
    rows = []
    with limit_blas_threads():
        lag = catchup_at_mode(whole) if whole else None
        for part in parts:
            other = _fitted(undo_change(after, part), pair, as_of, whole)
            changed = catchup_at_mode(other) if other else None
            effect = lag - changed if lag is not None and changed is not None else None
            row = {name: getattr(part, name) for name in ("kind", "model", "benchmark", "before", "after")}
            rows.append(row | {"moved_months": effect})
    return sorted(rows, key=lambda row: -abs(row["moved_months"] or 0.0))


def undo_change(data: Dataset, part: DataChange) -> Dataset:
    """Return the data with one change undone."""
    scores = [row for row in data.scores if (row.model, row.benchmark) not in part.scores]
    scores += [row for was, _ in part.scores.values() for row in was]
    models = data.models
    if part.models[0] is not None:
        models = tuple(part.models[0] if row.id == part.model else row for row in models)
    known = {model.id for model in models}
    return replace(data, models=models, scores=tuple(row for row in scores if row.model in known))


def _fitted(data: Dataset, pair: Pair, as_of: date, near: IndexFit | None) -> IndexFit | None:
    laid = build_table(data, pair, as_of)
    if check_table(laid):
        return None
    return fit_index(laid, warm_start(near, laid) if near else None)


def _moved(former: LagEstimate, estimate: LagEstimate) -> float | None:
    medians = [CompositeValues(row.values).figures.catchup.median for row in (former, estimate)]
    before, after = medians
    return None if before is None or after is None else after - before


def _by_cell(scores: Iterable[Score]) -> dict[ScoreKey, list[Score]]:
    by_cell: dict[ScoreKey, list[Score]] = defaultdict(list)
    for row in sorted(scores, key=repr):
        by_cell[row.model, row.benchmark].append(row)
    return by_cell


def _values(scores: list[Score]) -> list[float] | None:
    return [row.value for row in scores] or None


def _facts(old: Model, new: Model) -> tuple[dict[str, str], dict[str, str]]:
    before, after = asdict(old), asdict(new)
    names = [name for name in before if before[name] != after[name]]
    return {name: str(before[name]) for name in names}, {name: str(after[name]) for name in names}
