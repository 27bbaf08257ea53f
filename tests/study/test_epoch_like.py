"""The quick fit of an index like Epoch's ends where the published path goes, or lower."""

import numpy as np
import pytest

from leaderboard.lag.table import build_table
from tests.study.epoch_index import solve_least_squares

from .epoch_like import find_optimum
from .rivals import build_problem
from .study import PAIR
from .worlds import KINDS, TODAY, simulate_world


@pytest.mark.parametrize("name", ["base", "small_sparse"])  # in the sparse one, some stand at their bounds
def test_the_quick_fit_is_at_the_optimum_of_the_published_problem(name):
    laid = build_table(simulate_world(next(k for k in KINDS if k.name == name), 5).data, PAIR, TODAY)
    _, problem = build_problem(laid.row, laid.col, laid.y, len(laid.models))
    quick, published = find_optimum(problem), solve_least_squares(problem)
    assert quick.cost <= published.cost * (1 + 1e-7)
    assert np.allclose(quick.c, published.x[: problem.n_models], atol=5e-3)
