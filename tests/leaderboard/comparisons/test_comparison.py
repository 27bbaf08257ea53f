"""A comparison has one text, which is the query of its address; what cannot be read is refused by name."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from evals.queries import LagBenchmark, LagInput, LagModel, LagScore
from leaderboard.comparisons import OPEN_AND_CLOSED, Cohort, Comparison, InvalidComparison
from leaderboard.lag.data import Pair, Precision
from leaderboard.models import LagEstimate
from leaderboard.operations.lag_data import comparison_data


def read(text: str) -> Comparison:
    return Comparison.from_query(dict(part.split("=", 1) for part in text.split("&")))


@pytest.mark.parametrize(
    "text",
    [
        "follower=CN&leader=US",
        "follower=open&leader=closed",
        "follower=CN,open,price:1&leader=US,closed,price:1",
        "follower=developer:deepseek&leader=developer:openai&attribution=announcement",
        "follower=size:-10&leader=size:70.5-&domain=maths&language=en&visibility=private",
        "follower=CN&leader=US&benchmarks=gpqa-diamond,hle",
        "follower=CN&leader=US&without=benchmark:hle,developer:openai,model:o3&date=2025-12-31",
        "follower=CN&leader=US&attribution=base-model&reading=epoch_daily",
    ],
)
def test_a_text_is_read_and_told_again_as_it_was(text):
    assert str(read(text)) == text


def test_order_and_repeats_do_not_make_another_comparison():
    first = read("follower=price:1.0,open,CN&benchmarks=hle,gpqa,hle")
    assert first == read("follower=CN,open,price:1&leader=US&benchmarks=gpqa,hle")
    assert str(first) == "follower=CN,open,price:1&leader=US&benchmarks=gpqa,hle"


def test_nothing_asks_for_the_headline():
    assert Comparison.from_query({"follower": " ", "utm_source": "x"}) == Comparison()
    assert Comparison().pair == Pair("CN", "US")
    assert OPEN_AND_CLOSED.pair == Pair("open", "closed")
    assert Comparison().scope == ""


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("follower=China", "follower", "China"),
        ("follower=CN,US", "follower", "CN,US"),
        ("follower=,", "follower", ","),
        ("follower=price:-1", "follower", "price:-1"),
        ("follower=price:nan", "follower", "price:nan"),
        ("follower=price:0", "follower", "price:0"),
        ("follower=size:-", "follower", "size:-"),
        ("follower=size:70-7", "follower", "size:70-7"),
        ("follower=developer:a'--", "follower", "developer:a'--"),
        ("leader=CN", "leader", "CN"),
        ("attribution=owner", "attribution", "owner"),
        ("domain=../etc", "domain", "../etc"),
        ("visibility=secret", "visibility", "secret"),
        ("benchmarks=a b", "benchmarks", "a b"),
        ("benchmarks=gpqa&domain=maths", "domain", "maths"),
        ("without=o3", "without", "o3"),
        ("without=run:3", "without", "run:3"),
        ("date=2025-02-30", "date", "2025-02-30"),
        ("date=yesterday", "date", "yesterday"),
        ("reading=mine", "reading", "mine"),
        ("benchmarks=" + ",".join(f"b{n}" for n in range(61)), "benchmarks", 61),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_field_its_value_and_what_is_allowed(text, field, value):
    with pytest.raises(InvalidComparison) as refusal:
        read(text)
    assert refusal.value.field == field
    assert refusal.value.message.startswith(f"{field} is {value!r}; allowed: ")


def test_a_value_of_any_length_is_told_shortly():
    with pytest.raises(InvalidComparison) as refusal:
        read("follower=" + "x" * 5000)
    assert len(refusal.value.message) < 300


def test_a_comparison_is_told_by_the_columns_of_its_estimate():
    comparison = read(
        "follower=CN,open&leader=US&domain=maths&without=model:o3&date=2025-12-31&reading=standing"
    )
    columns = {name: value for name, value in comparison.columns.items() if not name.startswith("benchmark")}
    assert columns["scope"] == "without=model:o3&date=2025-12-31"
    assert Comparison.from_estimate(LagEstimate(**columns)) == comparison


def a_model(slug: str, **facts) -> LagModel:
    values: dict[str, Any] = {
        "name": slug,
        "developer": f"dev-{slug}",
        "country": "CN",
        "base_country": "CN",
        "host_country": "",
        "openness": "open",
        "released_on": date(2025, 1, 1),
        "precision": "day",
        "announced_on": None,
        "variant_of": None,
        "effort": "",
        "parameters_b": None,
        "weights_opened_on": None,
    }
    return LagModel(slug=slug, **values | facts)


def cohorts(text: str, *models: LagModel) -> dict[str, tuple[str, str]]:
    data = comparison_data(LagInput(models, (), ()), read(text))
    return {model.id: (model.cohort, model.released_on.isoformat()) for model in data.models}


def test_a_price_limit_dates_a_model_by_when_it_became_that_cheap():
    prices = ((date(2025, 1, 1), 8.0), (date(2025, 6, 1), 0.9), (date(2025, 9, 1), 0.5))
    models = (
        a_model("fell", prices=prices),
        a_model("always", prices=((date(2024, 12, 1), 0.2),)),
        a_model("dear", prices=((date(2025, 1, 1), 8.0),)),
        a_model("untold"),
        a_model("ours", country="US", prices=((date(2025, 1, 1), 1.0),)),
    )
    assert cohorts("follower=CN,price:1&leader=US,price:1", *models) == {
        "fell": ("CN,price:1", "2025-06-01"),
        "always": ("CN,price:1", "2025-01-01"),
        "dear": ("CN", "2025-01-01"),
        "untold": ("CN", "2025-01-01"),
        "ours": ("US,price:1", "2025-01-01"),
    }


def test_a_model_of_both_cohorts_is_in_neither():
    data = cohorts("follower=open&leader=US", a_model("llama", country="US"), a_model("qwen"))
    assert data == {"llama": ("", "2025-01-01"), "qwen": ("open", "2025-01-01")}


def test_size_developer_and_openness_are_all_asked_for():
    models = (
        a_model("small", parameters_b=7.0),
        a_model("large", parameters_b=700.0),
        a_model("untold"),
        a_model("closed", parameters_b=7.0, openness="closed"),
    )
    data = cohorts("follower=CN,open,size:-10&leader=developer:dev-large", *models)
    assert {slug: cohort for slug, (cohort, _) in data.items()} == {
        "small": "CN,open,size:-10",
        "large": "developer:dev-large",
        "untold": "CN",
        "closed": "CN",
    }


def test_an_open_cohort_counts_from_the_day_of_its_weights_whatever_else_it_asks():
    late = a_model(
        "late", weights_opened_on=date(2025, 3, 1), precision="month", released_on=date(2025, 1, 16)
    )
    (model,) = comparison_data(LagInput((late,), (), ()), read("follower=CN,open&leader=US")).models
    assert (model.released_on, model.precision) == (date(2025, 3, 1), Precision.DAY)
    (model,) = comparison_data(LagInput((late,), (), ()), read("follower=CN&leader=US")).models
    assert (model.released_on, model.precision) == (date(2025, 1, 16), Precision.MONTH)


def test_what_is_left_out_and_what_is_not_asked_for_goes_with_its_scores():
    def benchmark(slug: str, **facts) -> LagBenchmark:
        values: dict[str, Any] = {"kind": "test", "domain": "maths", "language": "en", "direction": "higher"}
        values |= {"chance": 0.0, "ceiling": 1.0, "items": 100}
        return LagBenchmark(slug=slug, name=slug, **values | facts)

    record = LagInput(
        (a_model("a"), a_model("a-high", variant_of="a"), a_model("b", released_on=date(2026, 1, 1))),
        (benchmark("one"), benchmark("two", visibility="private"), benchmark("three", domain="code")),
        tuple(
            LagScore(model, slug, 0.5, None, None, "measured", None)
            for model in ("a", "a-high", "b")
            for slug in ("one", "two", "three")
        ),
    )

    def left(text: str) -> tuple[list[str], list[str], int]:
        data = comparison_data(record, read(text))
        return [m.id for m in data.models], [b.id for b in data.benchmarks], len(data.scores)

    assert left("follower=CN") == (["a", "a-high", "b"], ["one", "two", "three"], 9)
    assert left("without=model:a") == (["b"], ["one", "two", "three"], 3)
    assert left("without=developer:dev-b,benchmark:one") == (["a", "a-high"], ["two", "three"], 4)
    assert left("visibility=private") == (["a", "a-high", "b"], ["two"], 3)
    assert left("domain=maths&language=en") == (["a", "a-high", "b"], ["one", "two"], 6)
    assert left("benchmarks=three") == (["a", "a-high", "b"], ["three"], 3)
    assert left("date=2025-12-31") == (["a", "a-high"], ["one", "two", "three"], 6)


def test_a_cohort_says_in_one_text_what_it_asks():
    assert (
        str(Cohort(country="CN", openness="open", price=0.25, most_b=70.0)) == "CN,open,size:-70,price:0.25"
    )
