"""How few models the catch-up lag hangs on."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace
from typing import cast

import pytest

from leaderboard.lag import fragility
from leaderboard.lag.composite import JointDraws
from leaderboard.lag.data import Benchmark, Dataset, Model, Pair, Score
from leaderboard.lag.diagnostics import Leverage
from leaderboard.lag.fragility import Fragility, Removal, measure_fragility
from leaderboard.lag.report import compute_report
from leaderboard.lag.table import Bools

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
    values = CompositeValues.of(compute_report(data, PAIR, TODAY, draws=50), names).json["fragility"]
    assert values["by_a_month"]["models"] == ("catcher",)
    assert values["by_a_month"]["change_months"] > 1
    assert values["high"] >= values["by_a_month"]["catchup_months"] - 1e-9


def test_where_no_few_models_move_it_that_is_said() -> None:
    from leaderboard.estimate_values import CompositeValues

    data = world(catcher=False)
    names = {model.id: model.id for model in data.models}
    values = CompositeValues.of(compute_report(data, PAIR, TODAY, draws=50), names).json["fragility"]
    assert values["by_a_month"] is None or len(values["by_a_month"]["models"]) > 1
    assert values["low"] <= values["high"]


def joint_of(*names: str) -> JointDraws:
    models = [SimpleNamespace(id=name) for name in names]
    return cast("JointDraws", SimpleNamespace(fit=SimpleNamespace(table=SimpleNamespace(models=models))))


def measured(effects: dict[str, float], at_mode: float, monkeypatch: pytest.MonkeyPatch) -> Fragility:
    """Measure models whose removals add up; a benchmark and an undefined removal change nothing."""
    names = list(effects)

    def catchup(fit: object, removed: Bools) -> float | None:
        lag = at_mode + sum(effects[name] for name, gone in zip(names, removed, strict=True) if gone)
        return None if removed.all() else lag

    monkeypatch.setattr(fragility, "catchup_without", catchup)
    leverage = [Leverage("model", name, at_mode + change, change) for name, change in effects.items()]
    leverage += [Leverage("benchmark", "b", at_mode - 9, -9.0), Leverage("model", "undefined", None, None)]
    result = measure_fragility(joint_of(*names), at_mode, leverage)
    assert result is not None
    assert (result.low, result.n) == (at_mode - 9, len(names) + 1)
    assert result.high == max(at_mode + max(effects.values()), at_mode - 9)
    return result


def test_the_fewest_models_that_move_the_lag_by_a_month_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    single = measured({"a": -0.4, "b": 1.0, "c": -0.3}, 5.0, monkeypatch)
    assert single.by_a_month == Removal(("b",), 6.0, 1.0)
    assert single.sign is None
    two = measured({"a": -0.5, "b": 0.9375, "c": -0.5, "d": 0.25}, 5.0, monkeypatch)
    assert two.by_a_month == Removal(("b", "d"), 6.1875, 1.1875), "of two pairs the one that moves it more"
    none = measured(dict.fromkeys("abcdefgh", -0.125), 5.0, monkeypatch)
    assert none.by_a_month is None, "six models move it by three quarters of a month"
    six = measured(dict.fromkeys("abcdefg", -0.1875), 5.0, monkeypatch)
    assert six.by_a_month is not None
    assert len(six.by_a_month.models) == 6


def test_the_fewest_models_that_turn_the_sign_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    result = measured({"a": -0.25, "b": -0.5, "c": 0.25, "d": 0.0}, 0.5, monkeypatch)
    assert result.sign == Removal(("b", "a"), -0.25, -0.75)
    assert result.by_a_month is None
    lead = measured({"a": 0.25, "b": 0.5, "c": -0.25}, -0.5, monkeypatch)
    assert lead.sign == Removal(("b", "a"), 0.25, 0.75)


def test_a_removal_that_leaves_no_lag_moves_it_by_any_measure(monkeypatch: pytest.MonkeyPatch) -> None:
    result = measured({"a": -0.25, "b": -0.5}, 5.0, monkeypatch)
    assert result.by_a_month == Removal(("b", "a"), None, None)
    assert result.sign is None


def test_without_a_lag_nothing_is_fragile() -> None:
    assert measure_fragility(joint_of(), None, []) is None
    empty = measure_fragility(joint_of(), 2.0, [])
    assert empty == Fragility(None, None, 0, None, None)
