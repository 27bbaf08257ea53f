"""How few models the catch-up lag hangs on."""

from __future__ import annotations

from datetime import date, timedelta

from leaderboard.lag.data import Benchmark, Dataset, Model, Pair, Score
from leaderboard.lag.report import compute_report

PAIR = Pair("F", "L")
TODAY = date(2026, 1, 1)


def world(*, catcher: bool) -> Dataset:
    """Two cohorts half a year apart; one model of the follower may have caught up a year of levels alone."""
    models, scores = [], []
    for n in range(16):
        for cohort, delay in (("L", 0), ("F", 180)):
            on = TODAY - timedelta(days=60 * (16 - n)) + timedelta(days=delay)
            if on <= TODAY:
                models.append((Model(f"{cohort}{n}", cohort, on), -2 + 0.25 * n))
    if catcher:
        models.append((Model("catcher", "F", TODAY - timedelta(days=330)), 1.5))
    benchmarks = tuple(Benchmark(f"b{k}", ceiling=1.0, n=4000) for k in range(5))
    for model, ability in models:
        for k, benchmark in enumerate(benchmarks):
            value = 1 / (1 + 2.718281828 ** -(ability + 0.2 * k - 0.4))
            scores.append(Score(model.id, benchmark.id, value))
    return Dataset(tuple(model for model, _ in models), benchmarks, tuple(scores))


def test_one_model_on_which_the_lag_hangs_is_found() -> None:
    from leaderboard.estimate_values import CompositeValues

    data = world(catcher=True)
    names = {model.id: model.id for model in data.models}
    fragility = CompositeValues.of(compute_report(data, PAIR, TODAY, draws=50), names).json["fragility"]
    assert fragility["by_a_month"]["models"] == ("catcher",)
    assert fragility["by_a_month"]["change_months"] > 1
    assert fragility["high"] >= fragility["by_a_month"]["catchup_months"] - 1e-9


def test_where_no_few_models_move_it_that_is_said() -> None:
    from leaderboard.estimate_values import CompositeValues

    data = world(catcher=False)
    names = {model.id: model.id for model in data.models}
    fragility = CompositeValues.of(compute_report(data, PAIR, TODAY, draws=50), names).json["fragility"]
    assert fragility["by_a_month"] is None or len(fragility["by_a_month"]["models"]) > 1
    assert fragility["low"] <= fragility["high"]
