"""Every refusal becomes an exception with code, field, accepted values and status, in both forms."""

from __future__ import annotations

import json
import pickle

import httpx
import pytest
from lagline import (
    Conflict,
    InvalidRequest,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    ServiceUnavailable,
    TooManyRequests,
)
from lagline.errors import parse_error

from tests.support import Both, Script

TODAY = {"error": {"code": "invalid", "field": "country", "message": "Wrong.", "allowed": ["CN"], "more": 1}}
PROBLEM = {
    "type": "https://lagline.example/problems/invalid",
    "title": "Invalid",
    "status": 400,
    "detail": "Wrong.",
    "code": "invalid",
    "more": 1,
    "errors": [{"pointer": "#/country", "detail": "Wrong.", "allowed": ["CN"]}],
}


@pytest.mark.parametrize("content", [TODAY, PROBLEM], ids=["own form", "problem details"])
def test_both_forms_give_the_same_error(both: Both, content: dict[str, object]) -> None:
    with pytest.raises(InvalidRequest, match=r"^Wrong\.$") as raised:
        both.call(Script([httpx.Response(400, json=content)]), "models", country="China")
    error = raised.value
    assert (error.status, error.code, error.field, error.allowed) == (400, "invalid", "country", ("CN",))
    assert error.details["more"] == 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, NotAuthenticated),
        (403, NotAllowed),
        (404, NotFound),
        (405, InvalidRequest),
        (409, Conflict),
        (413, InvalidRequest),
        (429, TooManyRequests),
        (500, ServiceUnavailable),
        (503, ServiceUnavailable),
    ],
)
def test_each_status_has_its_class(status: int, kind: type[Exception]) -> None:
    assert type(parse_error(status, json.dumps(TODAY).encode())) is kind


@pytest.mark.parametrize(
    "body", [b"<html>Bad gateway", b"", b"[]", b'{"error": "text"}', b'{"error": {}}', b"\xff", b"1", b"null"]
)
def test_a_page_of_a_proxy_is_an_error_with_the_status(body: bytes) -> None:
    error = parse_error(502, body)
    assert (str(error), error.code) == ("The service answered 502.", "http_502")


def test_odd_members_are_made_text() -> None:
    odd = {"error": {"code": 7, "message": ["a"], "field": None, "allowed": "one"}}
    error = parse_error(400, json.dumps(odd).encode())
    assert (error.code, error.message, error.field, error.allowed) == ("7", "['a']", "", ("one",))


def test_an_error_survives_pickling_and_can_be_a_member_of_a_set() -> None:
    error = parse_error(429, json.dumps(TODAY).encode(), 7.0)
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), copy.details, copy.retry_after_s) == (TooManyRequests, {"more": 1}, 7.0)
    assert len({error, copy}) == 2
