"""Say how much of the lag hangs on a few models: what the fewest of them could do to it together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from leaderboard.lag.composite import JointDraws
from leaderboard.lag.diagnostics import Leverage, catchup_without

MONTH = 1.0
MOST = 6
"""More models than these are not tried: the lag then hangs on no few."""


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
    whose removal together moves it by a month or more, or turns its sign; None where up to 6 do not. They are
    taken in order of what each moves it by alone, all in one direction: fewer others might do it too.
    """

    low: float | None
    high: float | None
    n: int
    by_a_month: Removal | None
    sign: Removal | None


def measure_fragility(
    found: JointDraws, at_mode: float | None, leverage: Iterable[Leverage]
) -> Fragility | None:
    """Measure the fragility of a sample's catch-up lag; None where it has none at the mode."""
    if at_mode is None:
        return None
    known = [one for one in leverage if one.catchup_months is not None and one.change_months is not None]
    lags = [one.catchup_months for one in known if one.catchup_months is not None]
    moves = [(one.change_months, one.id) for one in known if one.kind == "model" and one.change_months]
    down = [name for change, name in sorted(moves) if change < 0]
    up = [name for change, name in sorted(moves, reverse=True) if change > 0]
    tried = [removal for order in (down, up) for removal in _removals(found, at_mode, order)]
    moved = [one for one in tried if one.change_months is None or abs(one.change_months) >= MONTH]
    turned = [one for one in tried if one.catchup_months is not None and one.catchup_months * at_mode < 0]
    return Fragility(
        low=min(lags, default=None),
        high=max(lags, default=None),
        n=len(known),
        by_a_month=min(moved, key=_size, default=None),
        sign=min(turned, key=_size, default=None),
    )


def _removals(found: JointDraws, at_mode: float, order: list[str]) -> list[Removal]:
    """Leave out the first model, the first two and so on; the lag is undefined where a cohort is emptied."""
    ids = np.array([model.id for model in found.fit.table.models])
    out = []
    for n in range(1, min(len(order), MOST) + 1):
        names = tuple(order[:n])
        lag = catchup_without(found.fit, np.isin(ids, names))
        out.append(Removal(names, lag, None if lag is None else lag - at_mode))
    return out


def _size(removal: Removal) -> tuple[int, float]:
    return len(removal.models), -abs(removal.change_months or 0.0)
