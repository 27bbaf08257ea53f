"""What changed: the last month of the data, and what moved the published estimates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from evals import queries as record
from evals.models import Model
from leaderboard.models import EstimateChange, LagEstimate
from leaderboard.presenters.composite import FrontierRecord

DAYS = 31
NAMED = 8  # of the models released, so that a month of many stays a paragraph


@dataclass(frozen=True)
class MonthSummary:
    """The days up to that of an estimate; variants of one release are one model."""

    since: date
    until: date
    released: Sequence[Model]
    newest: Model | None
    records: dict[str, list[FrontierRecord]]

    @property
    def named(self) -> Sequence[Model]:
        """Return the models that are called by name."""
        return self.released[:NAMED]

    @property
    def n_unnamed(self) -> int:
        """Return how many more there are."""
        return len(self.released) - len(self.named)


def summarise_month(estimate: LagEstimate, records: Sequence[FrontierRecord]) -> MonthSummary:
    """Return the month up to the day of an estimate; one query, two where nothing was released in it."""
    until = estimate.as_of
    since = until - timedelta(days=DAYS)
    originals = record.models(released_to=until).filter(variant_of=None)
    released = list(originals.filter(released_on__gt=since))
    return MonthSummary(
        since=since,
        until=until,
        released=released,
        newest=None if released else originals.exclude(released_on=None).first(),
        records={
            side: [row for row in records if row.country == side and row.on > since]
            for side in (estimate.follower, estimate.leader)
        },
    )


def changed_names(changes: Iterable[EstimateChange]) -> record.Names:
    """Return how the models and the benchmarks that some changes are of are called."""
    parts = [part for change in changes for part in change.parts]
    return record.names(
        models={part["model"] for part in parts},
        benchmarks={part["benchmark"] for part in parts},
    )
