"""Input rows are values: immutable, hashable, and with the bounds that their dates and scales allow."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from datetime import date

import pytest

from leaderboard import lag
from leaderboard.lag.data import (
    Benchmark,
    Dataset,
    Model,
    Pair,
    Precision,
    Provenance,
    Score,
    days_to_months,
    index_models,
    middle_of_month,
)

ON = date(2024, 1, 16)
# Those with arrays or cached properties cannot be compared or need a __dict__.
WITHOUT_SLOTS = {
    *("CatchupDraws", "FitState", "FrontierDraws", "IndexFit", "JointDraws", "LagReport", "LineFits"),
    *("Mixture", "ParameterDraws", "PathDraws", "Posterior", "ReadingInput", "ResidualDraws", "Scales"),
    *("ScoreTable", "StandingDraws", "Turnbull", "TwoPieceMoments", "WorkingResponses"),
}


def public_dataclasses() -> Iterator[type]:
    for module in pkgutil.walk_packages(lag.__path__, "leaderboard.lag."):
        for name, value in vars(importlib.import_module(module.name)).items():
            if not inspect.isclass(value) or value.__module__ != module.name or name.startswith("_"):
                continue
            if dataclasses.is_dataclass(value):
                yield value


def test_every_value_is_immutable_but_a_row_that_is_being_read() -> None:
    classes = list(public_dataclasses())
    assert len(classes) > 40
    params = {each.__name__: each.__dataclass_params__ for each in classes}  # type: ignore[attr-defined]
    assert {name for name, param in params.items() if not param.frozen} == {"InputRow"}
    assert {each.__name__ for each in classes if "__slots__" not in vars(each)} == WITHOUT_SLOTS


def test_models_and_benchmarks_with_facts_can_be_keys() -> None:
    models = {Model("m", "US", ON, facts={"size": size}) for size in ("7b", "70b", "7b")}
    assert sorted(model.facts["size"] for model in models) == ["70b", "7b"]
    assert len({Benchmark("b", facts={"domain": domain}) for domain in ("code", "math")}) == 2


def test_a_date_of_a_month_allows_all_its_days_and_a_day_only_itself() -> None:
    month, exact = Model("m", "US", ON, Precision.MONTH), Model("m", "US", ON)
    first, last = date(2024, 1, 1).toordinal(), date(2024, 1, 31).toordinal()
    assert (month.day_lo, month.day, month.day_hi) == (first, first + 15, last)
    assert (exact.day_lo, exact.day, exact.day_hi) == (first + 15,) * 3
    assert [middle_of_month(2025, month).day for month in range(1, 13)] == [
        *(16, 15, 16, 15, 16, 15),
        *(16, 16, 15, 16, 15, 16),
    ]


def test_a_release_is_shared_by_its_variants_and_efforts_are_ranked() -> None:
    assert [Model("m", "US", ON, base=base).release for base in (None, "b")] == ["m", "b"]
    efforts = (None, "none", "minimal", "low", "medium", "high", "xhigh", "max")
    assert [Model("m", "US", ON, effort=effort).effort_rank for effort in efforts] == list(range(-1, 7))


def test_measured_and_imported_scores_have_the_same_precedence() -> None:
    assert {each.value: each.rank for each in Provenance} == {
        "measured": 0,
        "imported": 0,
        "reported": 1,
        "vendor": 2,
    }
    assert Score("m", "b", 0.5).provenance is Provenance.REPORTED


@pytest.mark.parametrize(
    ("chance", "ceiling", "value", "saturated"),
    [
        (0.0, None, 1e9, False),
        (0.0, 100.0, 95.0, False),
        (0.0, 100.0, 95.1, True),
        (0.0, 100.0, 5.0, False),
        (0.0, 100.0, 4.9, True),
        (0.5, 1.5, 1.44, False),
        (0.5, 1.5, 1.46, True),
        (0.5, 1.5, 0.54, True),
        (0.5, 1.5, 0.56, False),
        (20.0, 100.0, 50.0, False),
    ],
)
def test_a_level_saturates_within_5_percent_of_chance_or_ceiling(
    chance: float, ceiling: float | None, value: float, saturated: bool
) -> None:
    assert Benchmark("b", chance, ceiling).saturates(value) is saturated


def test_cohorts_are_the_named_ones_and_the_latest_release_is_of_any() -> None:
    models = (Model("a", "US", ON), Model("b", "", date(2025, 1, 1)), Model("c", "China", date(2023, 1, 1)))
    data = Dataset(models, (), ())
    assert (data.cohorts(), data.latest_release()) == (("China", "US"), date(2025, 1, 1))
    assert Dataset((), (), ()).latest_release() is None
    assert index_models(models) == dict(zip("abc", models, strict=True))
    assert Pair() == Pair("China", "US")


def test_a_month_is_a_twelfth_of_a_julian_year() -> None:
    assert days_to_months(365.25) == 12
    assert days_to_months(-30.4375) == -1
