"""Two runs of one task, item by item, with the paired difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from evals import queries as record
from evals.models import Run
from evals.queries import PairedItem
from leaderboard.lag.paired import Agreement, Difference, compare_by_item, count_agreement


class ItemFilter(StrEnum):
    """Which items are shown, by which run was right."""

    ALL = ""
    ONLY_FIRST = "only-first"
    ONLY_SECOND = "only-second"
    BOTH_WRONG = "both-wrong"
    BOTH_RIGHT = "both-right"


@dataclass(frozen=True, slots=True)
class RunComparison:
    """Two runs: the chosen items, and the agreement and difference over all shared items."""

    first: Run
    second: Run
    agreement: Agreement
    difference: Difference | None
    chosen: Sequence[PairedItem]
    shown: ItemFilter


def compare_runs(first: Run, second: Run, *, shown: ItemFilter = ItemFilter.ALL) -> RunComparison:
    """Compare two runs item by item: the first less the second. One query."""
    items = record.paired_items(first, second)
    mine, theirs = [item.first for item in items], [item.second for item in items]
    return RunComparison(
        first=first,
        second=second,
        agreement=count_agreement(mine, theirs),
        difference=compare_by_item(mine, theirs),
        chosen=[item for item in items if shown in (ItemFilter.ALL, _kind(item))],
        shown=shown,
    )


def _kind(item: PairedItem) -> ItemFilter:
    kinds = {
        (True, False): ItemFilter.ONLY_FIRST,
        (False, True): ItemFilter.ONLY_SECOND,
        (False, False): ItemFilter.BOTH_WRONG,
        (True, True): ItemFilter.BOTH_RIGHT,
    }
    return kinds[item.first >= 1, item.second >= 1]
