"""Any two filters make a pair of cohorts."""

from dataclasses import replace
from datetime import date

import pytest

from leaderboard.lag.cohorts import (
    filter_benchmarks,
    filter_by_price,
    find_affordable_day,
    group_models,
    split_cohorts,
)
from leaderboard.lag.data import Benchmark, Dataset, Model, Precision, Score

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


def test_models_stay_as_they_are_but_for_their_cohort_and_their_day():
    grouped = group_models(DATA, "openness")
    assert grouped.models[0] == replace(MODELS[0], cohort="open")
    assert (grouped.benchmarks, grouped.scores) == (DATA.benchmarks, DATA.scores)
    affordable = filter_by_price(DATA, 5.0)
    assert affordable.models == MODELS[:3]
    (cheap,) = filter_by_price(DATA, 0.4).models
    assert cheap == MODELS[2]


def test_a_price_limit_includes_its_own_price_and_a_cut_before_the_release_counts_from_it():
    assert find_affordable_day(MODELS[0], 5.0) == ON
    assert find_affordable_day(MODELS[0], 4.99) is None
    assert find_affordable_day(MODELS[1], 0.5) == date(2024, 6, 1)
    assert find_affordable_day(MODELS[1], 0.49) is None
    early = replace(MODELS[1], price_cuts=((date(2023, 6, 1), 0.5), (date(2024, 9, 1), 0.1)))
    assert find_affordable_day(early, 1.0) == ON
    assert find_affordable_day(early, 0.2) == date(2024, 9, 1)


def test_a_model_dated_by_its_price_has_an_exact_day():
    month = replace(MODELS[1], precision=Precision.MONTH, released_on=date(2024, 1, 16))
    data = replace(DATA, models=(month,))
    assert filter_by_price(data, 1.0).models[0].precision is Precision.DAY
    assert filter_by_price(data, 5.0).models[0].precision is Precision.MONTH
