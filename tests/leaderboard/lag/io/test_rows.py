"""Rows of a file become models, benchmarks and scores, or None with the problems noted."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from leaderboard.lag.data import Benchmark, Model, Precision, Provenance, Score
from leaderboard.lag.io.fields import InputRow
from leaderboard.lag.io.rows import normalise_cohort, parse_provenance, read_benchmark, read_model, read_score

MODEL: dict[str, Any] = {"id": "m", "group": "cn", "date": "2024-05-06"}
SCORE: dict[str, Any] = {"model": "m", "benchmark": "b", "score": 0.5}


def row(values: dict[str, Any]) -> InputRow:
    return InputRow("row 1", values, textual=False)


def fields(read: InputRow) -> list[str]:
    return [problem.field for problem in read.problems]


@pytest.mark.parametrize(
    ("text", "name"),
    [(" PRC ", "China"), ("U.S.", "US"), ("united states", "US"), (" France ", "France"), ("", "")],
)
def test_the_usual_spellings_name_the_two_cohorts(text: str, name: str) -> None:
    assert normalise_cohort(text) == name


@pytest.mark.parametrize(
    ("source", "provenance"),
    [
        ("measured", "measured"),
        ("Vendor: page", "vendor"),
        (" imported : x", "imported"),
        ("a page", "reported"),
        ("", "reported"),
        (None, "reported"),
    ],
)
def test_a_source_states_its_provenance(source: str | None, provenance: str) -> None:
    assert parse_provenance(source) == provenance


def test_a_model_is_read_with_what_is_stated() -> None:
    read = row(MODEL)
    assert read_model(read) == Model("m", "China", date(2024, 5, 6))
    full = MODEL | {"base": "r", "effort": "Low", "price": 0, "openness": "open", "date": "2024-05"}
    full |= {"price_cuts": [{"from": "2024-09-01", "price": 0.5}]}
    model = read_model(row(full))
    expected = Model("m", "China", date(2024, 5, 16), Precision.MONTH, "r", "low", 0.0)
    assert model is not None
    assert (model.price_cuts, model.facts) == (((date(2024, 9, 1), 0.5),), {"openness": "open"})
    assert (model.base, model.effort, model.price, model.precision) == (
        expected.base,
        expected.effort,
        expected.price,
        expected.precision,
    )
    assert read_model(row({"model": "x"} | MODEL), "model") is not None


@pytest.mark.parametrize("name", ["id", "group", "date"])
def test_a_model_needs_an_id_a_group_and_a_date(name: str) -> None:
    read = row({key: value for key, value in MODEL.items() if key != name})
    assert (read_model(read) is None) == (name != "group")
    assert fields(read) == [name]


def test_a_benchmark_has_a_ceiling_above_its_chance() -> None:
    assert read_benchmark(row({"id": "b"})) == Benchmark("b")
    full = read_benchmark(row({"id": "b", "chance": 0.25, "ceiling": 1, "n": 9, "domain": "code"}))
    assert full == Benchmark("b", 0.25, 1.0, 9, {"domain": "code"})
    for ceiling in (0.25, 0.2):
        read = row({"id": "b", "chance": 0.25, "ceiling": ceiling})
        read_benchmark(read)
        assert [str(problem) for problem in read.problems] == [
            f"row 1: ceiling is {ceiling}; allowed: a number above the chance level, 0.25"
        ]
    nameless = row({"chance": 0.25})
    assert (read_benchmark(nameless), fields(nameless)) == (None, ["id"])


@pytest.mark.parametrize("name", ["model", "benchmark", "score"])
def test_a_score_needs_a_model_a_benchmark_and_a_value(name: str) -> None:
    read = row({key: value for key, value in SCORE.items() if key != name})
    assert (read_score(read), fields(read)) == (None, [name])


def test_a_score_is_read_with_its_error_items_and_source() -> None:
    assert read_score(row(SCORE)) == Score("m", "b", 0.5)
    full = read_score(row(SCORE | {"score": 0, "se": 0, "n": 3, "source": "vendor"}))
    assert full == Score("m", "b", 0.0, 0.0, 3, Provenance.VENDOR)
    read = row(SCORE | {"se": -1})
    read_score(read)
    assert fields(read) == ["se"]
