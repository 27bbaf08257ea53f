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

from leaderboard.lag.composite import JointDraws, compute_composite, draw_jointly
from leaderboard.lag.data import DAYS_PER_MONTH, Pair
from leaderboard.lag.exact_lags import compute_catchup, compute_standing
from leaderboard.lag.frontier import Frontier, Point, build_frontier
from leaderboard.lag.index import fit_index
from leaderboard.lag.modelled import compute_modelled_lags
from leaderboard.lag.table import FOLLOWER, LEADER, ScoreTable, build_table
from leaderboard.lag.threads import limit_blas_threads
from leaderboard.lag.trend import MONTHS
from leaderboard.lag.warm import warm_start
from tests.bench.rows import Row, merge, print_row, row
from tests.study.worlds import BASE, TODAY, simulate_world

T = TypeVar("T")
DRAWS, LOOPED = 2000, 200
LIMIT_SECONDS, LIMIT_GROWTH, LIMIT_WARM = 1.5, 15.0, 0.5


def everything(laid: ScoreTable) -> JointDraws:
    """Compute all functionals: fit, draws, composite with its monthly path and trend, every benchmark."""
    draws = draw_jointly(laid, draws=DRAWS)
    compute_composite(laid, draws, draws=DRAWS)
    compute_modelled_lags(draws, np.random.default_rng(1))
    return draws


def looped(laid: ScoreTable, draws: JointDraws, n_draws: int) -> None:
    """Compute the composite's functionals draw by draw with the exact functions."""
    for draw in range(n_draws):
        mine, theirs = (_frontier(laid, draws, draw, group) for group in (FOLLOWER, LEADER))
        compute_catchup(mine, theirs, laid.today)
        for month in range(MONTHS):
            day = int(laid.today - month * DAYS_PER_MONTH)
            compute_standing(mine.until(day), theirs.until(day), day)


def _frontier(laid: ScoreTable, draws: JointDraws, draw: int, group: int) -> Frontier:
    return build_frontier(
        Point(laid.models[at].id, int(laid.days[at]), float(draws.draws.theta[draw, at]), 0, 0)
        for at in laid.members(group)
    )


def rows() -> list[Row]:
    """Run the benchmark; the peer's time is scaled up from a tenth of the draws."""
    with limit_blas_threads():
        data = simulate_world(replace(BASE, name="bench", n_models=500, n_benchmarks=40), 1).data
        laid = build_table(data, Pair(), TODAY)
        everything(laid)
        ours, draws = _timed(lambda: everything(laid))
        peer, _ = _timed(lambda: looped(laid, draws, LOOPED))
        peer *= DRAWS / LOOPED
        big = build_table(
            simulate_world(replace(BASE, name="bench", n_models=5000, n_benchmarks=40), 1).data, Pair(), TODAY
        )
        tenfold, _ = _timed(lambda: everything(big))
        before = build_table(replace(data, scores=data.scores[:-1]), Pair(), TODAY)
        cold, _ = _timed(lambda: fit_index(laid))
        former = fit_index(before)
        warm, _ = _timed(lambda: fit_index(laid, warm_start(former, laid)))
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
    measured = rows()
    for measured_row in measured:
        print_row(measured_row)
    merge(measured)
    return 0 if all(measured_row.ok for measured_row in measured) else 1


if __name__ == "__main__":
    sys.exit(main())
