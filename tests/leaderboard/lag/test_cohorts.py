"""Any two filters make a pair of cohorts."""

from datetime import date

import pytest

from leaderboard.lag.cohorts import (
    filter_benchmarks,
    filter_by_price,
    find_affordable_day,
    group_models,
    split_cohorts,
)
from leaderboard.lag.data import Benchmark, Dataset, Model, Score

ON = date(2024, 1, 1)
MODELS = (
    Model("a", "China", ON, facts={"openness": "open", "country": "CN"}, price=5.0),
    Model("b", "US", ON, facts={"openness": "closed"}, price=5.0, price_cuts=((date(2024, 6, 1), 0.5),)),
    Model("c", "US", ON, price=0.4),
    Model("d", "US", ON),
)
DATA = Dataset(MODELS, (Benchmark("x"), Benchmark("y")), tuple(Score(m.id, "x", 0.5) for m in MODELS))


def test_models_are_grouped_by_a_fact_and_those_without_it_are_in_no_cohort():
    assert [m.cohort for m in group_models(DATA, "openness").models] == ["open", "closed", "", ""]
    assert group_models(DATA, "country").models[0].cohort == "China"


def test_a_fact_that_is_not_known_or_not_stated_is_refused():
    with pytest.raises(ValueError, match="cannot be grouped by 'colour'; allowed: country, openness"):
        group_models(DATA, "colour")
    with pytest.raises(ValueError, match="no model states its size"):
        group_models(DATA, "size")


def test_two_filters_make_two_cohorts_and_a_model_of_both_is_in_neither():
    data = split_cohorts(DATA, lambda m: m.id in "ab", lambda m: m.id in "bc", ("one", "two"))
    assert [m.cohort for m in data.models] == ["one", "", "two", ""]


def test_a_price_limit_dates_a_model_by_when_it_became_that_cheap():
    data = filter_by_price(DATA, 1.0)
    assert [(m.id, m.released_on) for m in data.models] == [("b", date(2024, 6, 1)), ("c", ON)]
    assert {s.model for s in data.scores} == {"b", "c"}
    assert find_affordable_day(MODELS[3], 1.0) is None
    with pytest.raises(ValueError, match=r"no model was offered at 0.1 USD"):
        filter_by_price(DATA, 0.1)


def test_a_set_of_benchmarks_can_be_chosen():
    assert [b.id for b in filter_benchmarks(DATA, lambda name: name == "y").benchmarks] == ["y"]
    assert filter_benchmarks(DATA, lambda name: name == "y").scores == ()
