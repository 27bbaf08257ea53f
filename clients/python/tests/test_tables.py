"""Rows as data frames: typed columns with the citation attached."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pandas
import polars
import pytest
from lagline import Meta, Rows, UnexpectedResponse
from lagline.tables import typed_columns

from tests.support import META

ROWS: list[dict[str, Any]] = [
    {
        "slug": "m",
        "value": 1,
        "n": 400,
        "released_on": "2026-08-11",
        "recorded_at": "2026-11-22T13:00:00+01:00",
        "cost_usd": "0.12500000",
        "difference": {"low": None, "high": 0.5},
        "aliases": ["a", "模"],
        "is_confirmed": True,
    },
    {"slug": None, "value": 0.5, "n": None, "released_on": None, "recorded_at": "2026-11-22T12:00:00.5Z"},
]


@pytest.fixture
def rows() -> Rows:
    return Rows(ROWS, Meta.parse(META))


def test_names_say_the_types() -> None:
    assert typed_columns(ROWS) == {
        "slug": ["m", None],
        "value": [1.0, 0.5],
        "n": [400, None],
        "released_on": [date(2026, 8, 11), None],
        "recorded_at": [
            datetime(2026, 11, 22, 12, tzinfo=UTC),
            datetime(2026, 11, 22, 12, 0, 0, 500000, tzinfo=UTC),
        ],
        "cost_usd": [0.125, None],
        "difference.low": [None, None],
        "difference.high": [0.5, None],
        "aliases": ['["a", "模"]', None],
        "is_confirmed": [True, None],
    }


@pytest.mark.parametrize(
    ("values", "expected"),
    [(["2026-08", None], ["2026-08", None]), ([3, "x"], ["3", "x"]), ([True, 2], ["true", "2"]), ([], [])],
)
def test_a_column_that_cannot_be_typed_becomes_text(values: list[Any], expected: list[Any]) -> None:
    columns = typed_columns([{"opened_on": value} for value in values])
    assert columns == ({"opened_on": expected} if values else {})


def test_pandas_has_types_and_the_citation(rows: Rows) -> None:
    frame = rows.to_pandas()
    assert frame.attrs["citation"] == "Lagline, data d1."
    assert frame.attrs["as_of"] == "2026-11-22"
    assert (frame["released_on"].dt.year[0], str(frame["recorded_at"].dt.tz)) == (2026, "UTC")
    assert frame["value"].tolist() == [1.0, 0.5]
    assert pandas.isna(frame["released_on"][1])


def test_polars_has_types_and_the_citation(rows: Rows) -> None:
    frame = rows.to_polars()
    assert frame.attrs["citation"] == "Lagline, data d1."  # type: ignore[attr-defined]
    assert frame.schema["released_on"] == polars.Date
    assert frame.schema["recorded_at"] == polars.Datetime("us", "UTC")
    assert frame["n"].to_list() == [400, None]


def test_arrow_has_types_and_the_citation(rows: Rows) -> None:
    table = rows.to_arrow()
    assert table.schema.metadata[b"citation"] == b"Lagline, data d1."
    assert [str(table.schema.field(name).type) for name in ("n", "released_on")] == ["int64", "date32[day]"]


def test_no_rows_are_an_empty_frame_that_is_cited_too() -> None:
    rows = Rows([], Meta.parse(META))
    frame = rows.to_pandas()
    assert (len(frame), frame.attrs["data_version"]) == (0, "d1")
    assert (rows.to_polars().height, rows.to_arrow().num_rows) == (0, 0)


def test_a_meta_with_more_or_fewer_members_is_read() -> None:
    assert Meta.parse({"as_of": None, "new": 1}) == Meta()
    with pytest.raises(UnexpectedResponse, match="no day"):
        Meta.parse({"as_of": "today"})
    assert Meta.parse(META).as_of == date(2026, 11, 22)
    assert Meta.parse(META).to_dict() == META
