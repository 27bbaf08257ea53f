"""A comparison uses one form for both sides: scores in another form do not reach the lag."""

from __future__ import annotations

import pytest

from evals.models import Benchmark, Model
from evals.queries import lag_input
from leaderboard.queries import selected_scores
from tests.support.record import make_benchmark, make_model, make_score

pytestmark = pytest.mark.django_db


@pytest.fixture
def mmlu() -> Benchmark:
    return make_benchmark("mmlu")


def sides() -> tuple[Model, Model]:
    return make_model("cn-1"), make_model("us-1", developer="openai", country="US", openness="closed")


def fed(benchmark: str = "mmlu") -> dict[str, float]:
    """Return what the lag is fed on a benchmark; the cells of the pages are the same."""
    values = {row.model: row.value for row in lag_input().scores if row.benchmark == benchmark}
    assert {
        model: cell.value for (model, slug), cell in selected_scores().items() if slug == benchmark
    } == values
    return values


def test_a_likelihood_on_one_side_is_not_compared_with_a_generated_answer_on_the_other(
    mmlu: Benchmark,
) -> None:
    chinese, american = sides()
    make_score(chinese, mmlu, 0.80, form="likelihood")
    make_score(american, mmlu, 0.70, form="generative")
    assert fed() == {"us-1": 0.70}
    make_score(chinese, mmlu, 0.65, form="generative", source="another paper")
    assert fed() == {"cn-1": 0.65, "us-1": 0.70}


def test_open_and_closed_are_not_compared_across_forms_where_the_closed_side_does_not_tell(
    mmlu: Benchmark,
) -> None:
    weights, closed = sides()
    make_score(weights, mmlu, 0.80, form="likelihood")
    make_score(closed, mmlu, 0.70)
    assert fed() == {"us-1": 0.70}


def test_where_both_sides_are_likelihoods_they_are_compared(mmlu: Benchmark) -> None:
    for model, value in zip(sides(), (0.5, 0.6), strict=True):
        make_score(model, mmlu, value, form="likelihood")
    assert fed() == {"cn-1": 0.5, "us-1": 0.6}


def test_a_benchmark_that_tells_its_form_keeps_to_it() -> None:
    benchmark = make_benchmark("hellaswag", form="likelihood")
    chinese, american = sides()
    make_score(chinese, benchmark, 0.8, form="likelihood")
    make_score(american, benchmark, 0.7)
    make_score(american, benchmark, 0.9, form="generative", source="another paper")
    assert fed("hellaswag") == {"cn-1": 0.8, "us-1": 0.7}


def test_the_form_of_one_benchmark_says_nothing_of_another(mmlu: Benchmark) -> None:
    other = make_benchmark("arc")
    for model in sides():
        make_score(model, mmlu, 0.5)
        make_score(model, other, 0.4, form="likelihood")
    assert len(fed()) == len(fed("arc")) == 2
