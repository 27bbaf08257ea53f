"""The last month of the data, and the names in changes of the estimates."""

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
    """The releases and records of the month before an estimate; variants of one release count once."""

    since: date
    until: date
    released: Sequence[Model]
    newest: Model | None
    records: dict[str, list[FrontierRecord]]

    @property
    def named(self) -> Sequence[Model]:
        """Return the models that the page names."""
        return self.released[:NAMED]

    @property
    def n_unnamed(self) -> int:
        """Count the models that the page does not name."""
        return len(self.released) - len(self.named)


def summarise_month(estimate: LagEstimate, records: Sequence[FrontierRecord]) -> MonthSummary:
    """Summarise the month up to the day of an estimate. One query, two if nothing was released."""
    until = estimate.as_of
    since = until - timedelta(days=DAYS)
    originals = record.models(released_to=until).filter(
        variant_of=None, pk__in=record.published_models().order_by()
    )
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
    """Return the names of the models and benchmarks in changes."""
    parts = [part for change in changes for part in change.parts]
    return record.names(
        models={part["model"] for part in parts}, benchmarks={part["benchmark"] for part in parts}
    )
