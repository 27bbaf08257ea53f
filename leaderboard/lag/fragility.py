"""Measure how much of the lag depends on a few models."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from leaderboard.lag.composite import JointDraws
from leaderboard.lag.diagnostics import Leverage, catchup_without

MONTH = 1.0
MOST = 6
"""The most models that are left out together."""


@dataclass(frozen=True, slots=True)
class Removal:
    """Models left out together, and the catch-up lag at the mode in months without them."""

    models: tuple[str, ...]
    catchup_months: float | None
    change_months: float | None


@dataclass(frozen=True, slots=True)
class Fragility:
    """How the catch-up lag at the mode moves when parts of the data are left out.

    `low` and `high` are its range over all leave-one-outs. `by_a_month` and `sign` are the fewest models
    whose joint removal moves it by a month or more, or changes its sign; None where up to 6 do not. Models
    are removed in the order of their own effects in one direction, so a smaller set may exist.
    """

    low: float | None
    high: float | None
    n: int
    by_a_month: Removal | None
    sign: Removal | None


def measure_fragility(
    joint: JointDraws, at_mode: float | None, leverage: Iterable[Leverage]
) -> Fragility | None:
    """Measure the fragility of the catch-up lag; return None where it is undefined at the mode."""
    if at_mode is None:
        return None
    known = [part for part in leverage if part.catchup_months is not None and part.change_months is not None]
    lags = [part.catchup_months for part in known if part.catchup_months is not None]
    moves = [(part.change_months, part.id) for part in known if part.kind == "model" and part.change_months]
    down = [name for change, name in sorted(moves) if change < 0]
    up = [name for change, name in sorted(moves, reverse=True) if change > 0]
    tried = [removal for order in (down, up) for removal in _removals(joint, at_mode, order)]
    moved = [part for part in tried if part.change_months is None or abs(part.change_months) >= MONTH]
    turned = [part for part in tried if part.catchup_months is not None and part.catchup_months * at_mode < 0]
    return Fragility(
        low=min(lags, default=None),
        high=max(lags, default=None),
        n=len(known),
        by_a_month=min(moved, key=_size, default=None),
        sign=min(turned, key=_size, default=None),
    )


def _removals(joint: JointDraws, at_mode: float, order: list[str]) -> list[Removal]:
    """Leave out the first model, the first two and so on; without a model of a cohort the lag is None."""
    ids = np.array([model.id for model in joint.fit.table.models])
    out = []
    for n in range(1, min(len(order), MOST) + 1):
        names = tuple(order[:n])
        lag = catchup_without(joint.fit, np.isin(ids, names))
        out.append(Removal(names, lag, None if lag is None else lag - at_mode))
    return out


def _size(removal: Removal) -> tuple[int, float]:
    return len(removal.models), -abs(removal.change_months or 0.0)
