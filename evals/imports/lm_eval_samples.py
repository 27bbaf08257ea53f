"""Recompute a figure of lm-eval from its samples file."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from evals.imports.bundle import Bundle, Part, loads, utf8
from evals.imports.rows import InvalidCell, number


@dataclass(frozen=True, slots=True)
class Recomputation:
    """The number of samples in a file and the mean of their figures, None if it cannot be computed."""

    file: str
    n: int
    mean: float | None


@dataclass(frozen=True, slots=True)
class _Mark:
    """A sample's figure under one filter; the filter is None in files before December 2024."""

    document: str
    filter: str | None
    value: float | None


def recompute(
    bundle: Bundle, part: Part, metric: str, filter_name: str, filters: Sequence[str]
) -> Recomputation:
    """Recompute a metric under a filter. Raises InvalidCell with the file and line of a broken sample.

    Files before December 2024 repeat the samples for each filter without its name: the first row of a sample
    is then of the first of `filters`, and so on.
    """
    marks = list(_marks(bundle, part, metric))
    named = [mark for mark in marks if mark.filter is not None]
    chosen = [mark for mark in named if mark.filter == filter_name]
    unnamed = [mark for mark in marks if mark.filter is None]
    if unnamed and not named:
        documents = {mark.document for mark in unnamed}
        in_order = _in_order(unnamed, filter_name, filters)
        if in_order is None:
            return Recomputation(part.name, len(documents), None)
        chosen = in_order
    if not chosen:
        raise InvalidCell(f"{part.name} has no sample of the filter {filter_name!r}")
    documents = {mark.document for mark in chosen}
    values = [mark.value for mark in chosen if mark.value is not None]
    whole = len(values) == len(chosen) == len(documents)
    return Recomputation(part.name, len(documents), math.fsum(values) / len(values) if whole else None)


def _in_order(marks: list[_Mark], filter_name: str, filters: Sequence[str]) -> list[_Mark] | None:
    """Return the rows of one filter by their order, None if it is not clear which they are."""
    rows: dict[str, list[_Mark]] = defaultdict(list)
    for mark in marks:
        rows[mark.document].append(mark)
    expected = max(len(filters), 1)
    if any(len(of_document) != expected for of_document in rows.values()):
        return None
    place = list(filters).index(filter_name) if filter_name in filters else 0
    return [of_document[place] for of_document in rows.values()]


def _marks(bundle: Bundle, part: Part, metric: str) -> Iterator[_Mark]:
    for line, content in bundle.lines(part):
        if not content.strip():
            continue
        place = f"{part.name}:{line}"
        try:
            entry = loads(utf8(content))
        except ValueError as error:
            raise InvalidCell(f"{place} {error}") from None
        if not isinstance(entry, dict):
            raise InvalidCell(f"{place} is no sample")
        filter_name = entry.get("filter")
        yield _Mark(
            document=str(entry.get("doc_id", line)),
            filter=None if filter_name is None else str(filter_name),
            value=_value(entry.get(metric), f"{place}: {metric}"),
        )


def _value(figure: Any, name: str) -> float | None:
    """Return a figure as a number, true and false as 1 and 0, None if it is a list or something else."""
    if isinstance(figure, bool):
        return float(figure)
    return number(figure, name) if isinstance(figure, int | float) else None
