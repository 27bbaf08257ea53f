"""A field is read by its own rules, and a wrong value is a problem with its place."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from leaderboard.lag.data import Precision
from leaderboard.lag.io.fields import FileProblem, FileRefusedError, InputRow, ReleaseDate, parse_release_date


def row(textual: bool = False, **values: Any) -> InputRow:
    return InputRow("row 1", values, textual)


def problems(read: InputRow) -> list[str]:
    return [str(problem) for problem in read.problems]


@pytest.mark.parametrize(
    ("text", "released"),
    [
        ("2024-05-06", ReleaseDate(date(2024, 5, 6), Precision.DAY)),
        ("2024-02", ReleaseDate(date(2024, 2, 15), Precision.MONTH)),
        ("2024-12", ReleaseDate(date(2024, 12, 16), Precision.MONTH)),
        ("2024-13", None),
        ("2024-00", None),
        ("2024-02-30", None),
        ("2024-5-6", None),
        ("2024-05-06T00", None),
        ("x2024-05", None),
        ("", None),
    ],
)
def test_a_release_date_is_a_day_or_a_month(text: str, released: ReleaseDate | None) -> None:
    assert parse_release_date(text) == released


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1.0),
        (" -2.5 ", -2.5),
        ("+.5", 0.5),
        ("3.", 3.0),
        ("1e3", 1000.0),
        ("1E-2", 0.01),
        ("1,5", None),
        ("0x10", None),
        ("1_000", None),
        ("inf", None),
        ("1e999", None),
        (".", None),
        ("one", None),
    ],
)
def test_a_number_in_a_csv_is_plain_decimal_text(text: str, number: float | None) -> None:
    read = row(textual=True, x=text)
    assert read.number("x") == number
    assert problems(read) == (
        [] if number is not None else [f"row 1: x is {text!r}; allowed: a finite number"]
    )


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (3, 3.0),
        (2.5, 2.5),
        (0, 0.0),
        (True, None),
        ("3", None),
        (1e300, None),
        (-1e301, None),
        (10**400, None),
    ],
)
def test_a_number_in_json_is_a_number(value: object, number: float | None) -> None:
    read = row(x=value)
    assert read.number("x") == number
    assert bool(read.problems) == (number is None)


def test_a_number_is_at_least_its_least_value() -> None:
    read = row(low=-0.1, even=0)
    assert (read.number(name="even", least=0), read.problems) == (0.0, [])
    assert read.number("low", least=0, allowed="0 or more") is None
    assert problems(read) == ["row 1: low is -0.1; allowed: 0 or more"]


def test_only_a_required_field_must_be_there() -> None:
    read = row(blank="  ", none=None)
    for name in ("blank", "none", "absent"):
        assert (read.text(name), read.number(name), read.count(name), read.day(name)) == (None,) * 4
        assert read.choice(name, ["a"]) is None
        assert not read.has(name)
    assert read.problems == []
    assert read.text("absent", required=True) is None
    assert read.number("none", required=True, allowed="a price") is None
    assert problems(read) == [
        "row 1: absent is missing; allowed: a text that is not blank",
        "row 1: none is missing; allowed: a price",
    ]


def test_text_is_stripped_and_a_choice_takes_either_case() -> None:
    read = row(name=" m ", effort="HIGH", other="huge", number=7)
    assert (read.text(name="name"), read.choice("effort", ["low", "high"])) == ("m", "high")
    assert (read.choice("other", ["low", "high"]), read.text("number")) == (None, None)
    assert problems(read) == [
        "row 1: other is 'huge'; allowed: low, high",
        "row 1: number is 7; allowed: a text",
    ]


def test_a_count_is_whole_and_at_least_one() -> None:
    read = row(one=1, many=2.0, none=0, part=1.5)
    assert (read.count("one"), read.count("many"), read.count("none"), read.count("part")) == (
        1,
        2,
        None,
        None,
    )
    assert type(read.count("many")) is int
    allowed = "allowed: a whole number of at least 1"
    assert problems(read) == [f"row 1: none is 0; {allowed}", f"row 1: part is 1.5; {allowed}"]


def test_a_day_is_exact() -> None:
    read = row(day=" 2024-05-06 ", month="2024-05", number=20240506)
    assert [read.day(name) for name in ("day", "month", "number")] == [date(2024, 5, 6), None, None]
    assert [problem.field for problem in read.problems] == ["month", "number"]


def test_a_release_date_is_required() -> None:
    read = row(date=" 2024-05 ", number=7)
    assert read.release_date("date") == ReleaseDate(date(2024, 5, 16), Precision.MONTH)
    assert (read.release_date("number"), read.release_date("absent")) == (None, None)
    assert [problem.field for problem in read.problems] == ["number", "absent"]


def test_prices_are_a_list_of_days_and_numbers() -> None:
    good = row(cuts=[{"from": "2024-05-06", "price": 0}, {"from": "2024-06-06", "price": 1.5}])
    assert good.prices("cuts") == ((date(2024, 5, 6), 0.0), (date(2024, 6, 6), 1.5))
    assert (good.prices("absent"), good.problems) == ((), [])


@pytest.mark.parametrize(
    ("cuts", "where", "name"),
    [
        ("cheap", "row 1", "cuts"),
        ([1], "row 1", "cuts"),
        ([{"price": 1}], "row 1", "cuts"),
        ([{"from": "2024-05-06"}], "row 1.cuts[0]", "price"),
        ([{"from": "2024-05-06", "price": 1}, {"from": "2024-05", "price": 1}], "row 1.cuts[1]", "from"),
        ([{"from": "2024-05-06", "price": -1}], "row 1.cuts[0]", "price"),
        ([{"from": "2024-05-06", "price": "1"}], "row 1.cuts[0]", "price"),
    ],
)
def test_a_wrong_price_is_refused_with_its_place(cuts: object, where: str, name: str) -> None:
    read = row(cuts=cuts)
    assert len(read.prices("cuts")) < 2
    assert [(problem.where, problem.field) for problem in read.problems] == [(where, name)]
    in_csv = row(textual=True, cuts=[{"from": "2024-05-06", "price": "1"}])
    assert (in_csv.prices("cuts"), len(in_csv.problems)) == ((), 1)


def test_a_long_value_is_cut_to_80_characters() -> None:
    for length, text in ((78, repr("x" * 78)), (79, repr("x" * 79)[:77] + "...")):
        assert str(FileProblem("row 1", "f", "x" * length, "less")) == f"row 1: f is {text}; allowed: less"


def test_a_refusal_lists_every_problem_with_its_file() -> None:
    listed = [FileProblem("row 1", "f", 1, "2"), FileProblem("row 2", "g", None, "3")]
    refusal = FileRefusedError("in.csv", listed)
    assert (refusal.path, refusal.problems) == ("in.csv", tuple(listed))
    assert str(refusal) == "in.csv: row 1: f is 1; allowed: 2\nin.csv: row 2: g is missing; allowed: 3"
