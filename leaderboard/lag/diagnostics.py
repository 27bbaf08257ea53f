"""Diagnose the composite: its variances, vendor optimism, and the leverage of each part of the data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from leaderboard.lag.composite import JointDraws, RecordShare
from leaderboard.lag.data import Pair
from leaderboard.lag.draws import build_frontier_draws, compute_catchup_draws
from leaderboard.lag.index import IndexFit, refit_without
from leaderboard.lag.table import FOLLOWER, LEADER, Bools, Floats, ScoreTable

LEAST_SHARE = 0.05
"""Models that set their frontier with at least this probability are left out one by one."""


@dataclass(frozen=True, slots=True)
class Leverage:
    """The catch-up lag at the mode with one model, benchmark or developer left out, and the change."""

    kind: str
    id: str
    catchup_months: float | None
    change_months: float | None


@dataclass(frozen=True, slots=True)
class Optimism:
    """The excess of a cohort's `n` vendor figures over other figures in logits, with standard error."""

    cohort: str
    logits: float
    se: float
    n: int


@dataclass(frozen=True, slots=True)
class Diagnostics:
    """Standard deviations in logits of profiles, cohort effects and residuals, and what moves the lag.

    `nu` is the degrees of freedom of the profiles, None for a normal. `leverage`: the largest change first.
    """

    omega: float
    omega_by_benchmark: dict[str, float]
    omega_cohort: float
    tau_up: float
    tau_down: float
    nu: float | None
    steps: int
    vendor_optimism: tuple[Optimism, ...]
    catchup_at_mode_months: float | None
    leverage: tuple[Leverage, ...]


def diagnose(joint: JointDraws, pair: Pair, records: tuple[RecordShare, ...]) -> Diagnostics:
    """Compute the diagnostics of joint draws; `records` limits the models that are left out."""
    table, scales = joint.fit.table, joint.fit.state.scales
    names = [benchmark.id for benchmark in table.benchmarks]
    at_mode = _catchup(table, joint.fit.theta, np.ones(len(table.models), bool))
    return Diagnostics(
        omega=scales.omega_all,
        omega_by_benchmark=dict(zip(names, scales.omega.tolist(), strict=True)),
        omega_cohort=scales.omega_cohort,
        tau_up=scales.tau_up,
        tau_down=scales.tau_down,
        nu=scales.nu if np.isfinite(scales.nu) else None,
        steps=joint.fit.steps,
        vendor_optimism=_optimism(joint, pair),
        catchup_at_mode_months=at_mode,
        leverage=tuple(sorted(_leverage(joint, at_mode, records), key=_size, reverse=True)),
    )


def catchup_at_mode(fit: IndexFit) -> float | None:
    """Return the catch-up lag in months at the mode of the index, None where it is undefined."""
    return _catchup(fit.table, fit.theta, np.ones(len(fit.table.models), bool))


def catchup_without(fit: IndexFit, models: Bools) -> float | None:
    """Return the catch-up lag at the mode without the models of a mask (M,), and without their scores."""
    theta = refit_without(fit, models[fit.table.row])
    return _catchup(fit.table, theta, ~models)


def _size(leverage: Leverage) -> float:
    return abs(leverage.change_months) if leverage.change_months is not None else float("inf")


def _optimism(joint: JointDraws, pair: Pair) -> tuple[Optimism, ...]:
    table, layout = joint.fit.table, joint.fit.layout
    value = joint.fit.state.shared[layout.delta]
    se = np.sqrt(np.diag(joint.fit.posterior.shared_cov)[layout.delta])
    group = table.group[table.row]
    return tuple(
        Optimism(name, float(value[g]), float(se[g]), int(table.vendor[group == g].sum()))
        for g, name in ((FOLLOWER, pair.follower), (LEADER, pair.leader))
    )


def _leverage(
    joint: JointDraws, at_mode: float | None, records: tuple[RecordShare, ...]
) -> Iterator[Leverage]:
    table = joint.fit.table
    for kind, name, models, cells in _parts(table, records):
        theta = refit_without(joint.fit, cells)
        value = _catchup(table, theta, ~models)
        change = value - at_mode if value is not None and at_mode is not None else None
        yield Leverage(kind, name, value, change)


def _parts(table: ScoreTable, records: tuple[RecordShare, ...]) -> Iterator[tuple[str, str, Bools, Bools]]:
    none = np.zeros(len(table.models), bool)
    shares = {record.model: record.set_frontier for record in records}
    ids = np.array([model.id for model in table.models])
    for name in (name for name, share in shares.items() if share >= LEAST_SHARE):
        models = ids == name
        yield "model", name, models, models[table.row]
    for b, benchmark in enumerate(table.benchmarks):
        yield "benchmark", benchmark.id, none, table.col == b
    makers = np.array([model.facts.get("developer", "") for model in table.models])
    on_frontier = {maker for maker, name in zip(makers, ids, strict=True) if maker and name in shares}
    for maker in sorted(on_frontier):
        models = makers == maker
        yield "developer", str(maker), models, models[table.row]


def _catchup(table: ScoreTable, theta: Floats, kept: Bools) -> float | None:
    tracks = []
    for group in (FOLLOWER, LEADER):
        members = table.members(group)
        members = members[kept[members]]
        if not len(members):
            return None
        tracks.append(build_frontier_draws(theta[None, members], table.days[members]))
    lag = float(compute_catchup_draws(tracks[0], tracks[1], float(table.today)).lag[0])
    return None if np.isnan(lag) else lag
