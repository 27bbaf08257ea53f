"""The whole estimate beside a straightforward loop over draws. `python -m tests.bench.lag`.

Times are of the processor, so that what the other core does is not in them.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import numpy as np

from leaderboard.lag.composite import Sample, composite, sample
from leaderboard.lag.data import DAYS_PER_MONTH, Pair
from leaderboard.lag.exact_lags import catchup, standing
from leaderboard.lag.frontier import Frontier, Point, frontier
from leaderboard.lag.index import fit
from leaderboard.lag.modelled import modelled_lags
from leaderboard.lag.table import FOLLOWER, LEADER, Table, table
from leaderboard.lag.threads import one_thread
from leaderboard.lag.trend import MONTHS
from leaderboard.lag.warm import warm_start
from tests.bench.rows import Row, merge, row, say
from tests.study.worlds import BASE, TODAY, world

T = TypeVar("T")
DRAWS, LOOPED = 2000, 200
LIMIT_SECONDS, LIMIT_GROWTH, LIMIT_WARM = 1.5, 15.0, 0.5


def everything(laid: Table) -> Sample:
    """Compute all functionals: fit, draws, composite with its monthly path and trend, every benchmark."""
    found = sample(laid, draws=DRAWS)
    composite(laid, found, draws=DRAWS)
    modelled_lags(found, np.random.default_rng(1))
    return found


def looped(laid: Table, found: Sample, n_draws: int) -> None:
    """Compute the composite's functionals draw by draw with the exact functions."""
    for draw in range(n_draws):
        mine, theirs = (_frontier(laid, found, draw, group) for group in (FOLLOWER, LEADER))
        catchup(mine, theirs, laid.today)
        for month in range(MONTHS):
            day = int(laid.today - month * DAYS_PER_MONTH)
            standing(mine.until(day), theirs.until(day), day)


def _frontier(laid: Table, found: Sample, draw: int, group: int) -> Frontier:
    return frontier(
        Point(laid.models[at].id, int(laid.days[at]), float(found.draws.theta[draw, at]), 0, 0)
        for at in laid.members(group)
    )


def rows() -> list[Row]:
    """Run the benchmark; the peer's time is scaled up from a tenth of the draws."""
    with one_thread():
        data = world(replace(BASE, name="bench", n_models=500, n_benchmarks=40), 1).data
        laid = table(data, Pair(), TODAY)
        everything(laid)
        ours, found = _timed(lambda: everything(laid))
        peer, _ = _timed(lambda: looped(laid, found, LOOPED))
        peer *= DRAWS / LOOPED
        big = table(world(replace(BASE, name="bench", n_models=5000, n_benchmarks=40), 1).data, Pair(), TODAY)
        tenfold, _ = _timed(lambda: everything(big))
        before = table(replace(data, scores=data.scores[:-1]), Pair(), TODAY)
        cold, _ = _timed(lambda: fit(laid))
        former = fit(before)
        warm, _ = _timed(lambda: fit(laid, warm_start(former, laid)))
    return [
        row("lag_to_a_loop_over_draws", ours=ours, peer=peer, limit=1.0),
        row("lag_seconds", ours=ours, peer=1.0, limit=LIMIT_SECONDS),
        row("lag_of_ten_times_the_models", ours=tenfold, peer=ours, limit=LIMIT_GROWTH),
        row("lag_refit_after_one_score", ours=warm, peer=cold, limit=LIMIT_WARM),
    ]


def _timed(run: Callable[[], T]) -> tuple[float, T]:
    began = time.process_time()
    out = run()
    return time.process_time() - began, out


def main() -> int:
    """Measure, print, keep; fail where a limit does not hold."""
    found = rows()
    for one in found:
        say(one)
    merge(found)
    return 0 if all(one.ok for one in found) else 1


if __name__ == "__main__":
    sys.exit(main())
