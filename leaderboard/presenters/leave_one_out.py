"""Leave-one-out: the lag without each model, benchmark or developer, and its fragility."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from evals import queries as record
from leaderboard import queries
from leaderboard.lag import fragility

KINDS = ("model", "benchmark", "developer")


@dataclass(frozen=True)
class LeaveOneOut:
    """The catch-up lag at the mode without one part of the data, and the change."""

    kind: str
    slug: str
    name: str
    months: float | None
    change: float | None

    @property
    def term(self) -> str:
        """Return the term that excludes it in a comparison."""
        return f"{self.kind}:{self.slug}"


@dataclass(frozen=True)
class JointRemoval:
    """The lag without several models."""

    names: list[str]
    terms: str
    months: float | None
    change: float | None


@dataclass(frozen=True)
class Removals:
    """Every leave-one-out of the newest composite."""

    estimate_id: int
    as_of: Any
    at_mode: float | None
    left: dict[str, list[LeaveOneOut]]
    low: float | None
    high: float | None
    fragile: bool
    by_a_month: JointRemoval | None
    sign: JointRemoval | None
    most: int

    @property
    def n(self) -> int:
        """Count the parts that were left out."""
        return sum(len(rows) for rows in self.left.values())


def present_removals() -> Removals | None:
    """Return the published leave-one-outs of the headline, or None."""
    published = queries.composite_removals()
    if published is None:
        return None
    values = published.values
    names = dict(record.models().order_by().values_list("slug", "name"))
    known = {
        "model": names,
        "benchmark": dict(record.benchmarks().order_by().values_list("slug", "name")),
        "developer": dict(record.developers().order_by().values_list("slug", "name")),
    }
    left: dict[str, list[LeaveOneOut]] = {kind: [] for kind in KINDS}
    for row in values.leverage:
        name = known[row.kind].get(row.id, row.id)
        left[row.kind].append(LeaveOneOut(row.kind, row.id, name, row.catchup_months, row.change_months))
    lags = [removal.months for rows in left.values() for removal in rows if removal.months is not None]
    return Removals(
        estimate_id=published.pk,
        as_of=published.as_of,
        at_mode=values.catchup_at_mode_months,
        left=left,
        low=min(lags, default=None),
        high=max(lags, default=None),
        fragile=values.is_measured,
        by_a_month=_together(values.by_a_month, names),
        sign=_together(values.sign, names),
        most=6,
    )


def _together(removal: fragility.Removal | None, names: dict[str, str]) -> JointRemoval | None:
    if not removal:
        return None
    slugs = removal.models
    return JointRemoval(
        names=[names.get(slug, slug) for slug in slugs],
        terms=",".join(f"model:{slug}" for slug in sorted(slugs)),
        months=removal.catchup_months,
        change=removal.change_months,
    )
