"""Lists: all pages, of one version of the data, from the service alone."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from lagline import MissingField, RecordChanged, Row, UnexpectedResponse

from tests.support import META, TOKEN, URL, Both, Script, page, row

NEXT = f"{URL}/api/v1/scores?benchmark=gpqa&page=2&page_size=500"


def query(request: httpx.Request) -> dict[str, str]:
    return dict(request.url.params)


def test_all_pages_are_read_with_the_same_parameters(both: Both) -> None:
    script = Script([page([{"id": 1}], following=NEXT), page([{"id": 2}])])
    scores = both.call(script, "scores", benchmark="gpqa", fields=["id", "value"])
    assert scores == [{"id": 1}, {"id": 2}]
    assert (scores.citation, scores.data_version) == ("Lagline, data d1.", "d1")
    first = {"benchmark": "gpqa", "fields": "id,value", "page_size": "500"}
    assert list(map(query, script.requests)) == [first, first | {"page": "2"}]


def test_the_address_of_the_next_page_leads_nowhere_else(both: Both) -> None:
    script = Script([page([{"id": 1}], following="https://evil.example/?page=2"), page([{"id": 2}])])
    assert len(both.call(script, "models")) == 2
    assert [request.url.host for request in script.requests] == ["lagline.example"] * 2
    assert {request.headers["authorization"] for request in script.requests} == {f"Bearer {TOKEN}"}


@pytest.mark.parametrize("following", ["?page=1", "?page=0", "?page=-2", "?page=x", "?cursor=2"])
def test_pages_that_lead_in_a_circle_are_refused(both: Both, following: str) -> None:
    script = Script([page([{"id": 1}], following=URL + following)])
    with pytest.raises(UnexpectedResponse, match="names no later page"):
        both.call(script, "models")


def test_a_list_is_read_again_if_the_record_changes_meanwhile(both: Both) -> None:
    changed = page([{"id": 3}], data_version="d2")
    again = [page([{"id": 1}], following=NEXT, data_version="d2"), changed]
    script = Script([page([{"id": 1}], following=NEXT), page([{"id": 2}], data_version="d2"), *again])
    scores = both.call(script, "scores")
    assert (scores, scores.data_version) == ([{"id": 1}, {"id": 3}], "d2")


def test_a_record_that_changes_all_the_time_is_an_error(both: Both) -> None:
    versions = ("d1", "d2") * 3
    replies = [
        page([], following=NEXT if version == "d1" else None, data_version=version) for version in versions
    ]
    with pytest.raises(RecordChanged):
        both.call(Script([*replies]), "scores")


def test_a_limit_stops_reading(both: Both) -> None:
    script = Script([page([{"id": n} for n in range(3)], following=NEXT)])
    assert both.call(script, "scores", limit=2) == [{"id": 0}, {"id": 1}]
    assert query(script.requests[0])["page_size"] == "2"


def test_a_list_without_rows_is_empty_and_has_its_version(both: Both) -> None:
    scores = both.call(Script([page([])]), "scores")
    assert (scores, scores.data_version) == ([], "d1")


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"limit": -1}])
def test_a_limit_is_positive(both: Both, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        both.call(Script([]), "scores", **wrong)


def test_the_pages_are_not_chosen(both: Both) -> None:
    with pytest.raises(TypeError, match="limit="):
        both.call(Script([]), "rows", "scores", page=2)


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"",
        b"[]",
        b"{}",
        b'{"data": {}}',
        b'{"meta": [], "data": []}',
        b"\xff",
        b'{"meta": {}, "data": [1]}',
    ],
)
def test_what_is_not_from_a_lagline_is_an_error_in_a_sentence(both: Both, body: bytes) -> None:
    with pytest.raises(UnexpectedResponse, match="Lagline"):
        both.call(Script([httpx.Response(200, content=body)]), "scores")


def test_values_of_parameters_are_written_as_the_api_reads_them(both: Both) -> None:
    script = Script([page([]), page([]), row({})])
    both.call(script, "suites", current=False)
    both.call(script, "compare", "a", "b")
    both.call(script, "model", "a/../b?x", as_of=None)
    assert query(script.requests[0])["current"] == "false"
    assert query(script.requests[1])["models"] == "a,b"
    assert script.requests[2].url.raw_path == b"/api/v1/models/a%2F..%2Fb%3Fx"


def test_a_field_that_a_row_lacks_is_named() -> None:
    with pytest.raises(MissingField, match=r"no field 'nam'\. It has: name"):
        Row({"name": 1})["nam"]
    assert issubclass(MissingField, KeyError)


def test_the_headline_is_the_lag_over_all_benchmarks(both: Both) -> None:
    rows: list[dict[str, Any]] = [{"id": 1, "benchmark": "gpqa"}, {"id": 2, "benchmark": None}]
    script = Script([page(rows), row({"id": 2, "values": {}})])
    assert both.call(script, "headline")["id"] == 2
    assert query(script.requests[0])["follower"] == "CN"
    with pytest.raises(Exception, match="No lag of Mars behind US is published"):
        both.call(Script([page([])]), "headline", "Mars")


def test_a_table_without_pages_has_rows_too(both: Both) -> None:
    reply = httpx.Response(200, json={"meta": META, "data": [{"days": 7}]})
    assert both.call(Script([reply]), "reliability") == [{"days": 7}]
