"""A request body has limits on its size, its depth and its number of values; each is a clear refusal."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.test import APIClient

from leaderboard.api.parsers import LIMITS, MAX_BODY_BYTES
from tests.support.accounts import log_in
from tests.support.record import make_user

UUID = "00000000-0000-4000-8000-000000000000"
ARGUMENTS = {"public_id": UUID, "slug": "a", "name": "a"}


def post(client: APIClient, content: bytes, address: str = "/api/v1/submissions", **options: Any) -> Any:
    return client.post(address, content, content_type="application/json", **options)


def addresses() -> list[str]:
    """Return an address of every view of the API that takes a body."""
    (api,) = [part for part in get_resolver().url_patterns if "api/v1/" in str(part.pattern)]
    assert isinstance(api, URLResolver)
    known = []
    for part in api.url_patterns:
        assert isinstance(part, URLPattern)
        view = getattr(part.callback, "cls", None)
        if view is not None and any(hasattr(view, method) for method in ("post", "patch", "put")):
            text = str(part.pattern)
            for name in part.pattern.converters:
                converter = f"<{part.pattern.converters[name].__class__.__name__[:-9].lower()}:{name}>"
                text = text.replace(converter, str(ARGUMENTS.get(name, 1)))
            known.append(f"/api/v1/{text}")
    return known


def test_there_are_addresses_that_take_a_body() -> None:
    assert {"/api/v1/submissions", "/api/v1/disputes", f"/api/v1/submissions/{UUID}/cancel"} <= {*addresses()}


BOMBS = {
    "1,200 nested brackets": b"[" * 1200 + b"]" * 1200,
    "objects in objects": b'{"a":' * 100_00 + b"1",
    "brackets that never close": b"[" * 200_000,
    "a list of 8 MB": b"[" + b"0," * 4_000_000 + b"0]",
    "a number of a million digits": b'{"model": 1' + b"0" * 1_000_000 + b"}",
    "a number of 5,000 digits": b'{"budget_usd": 1' + b"0" * 5000 + b"}",
    "an exponent beyond all floats": b'{"budget_usd": 1e999999999, "suite": "a"}',
    "a short exponent as text": b'{"budget_usd": "1e999999999", "suite": "a"}',
    "NaN": b'{"budget_usd": NaN}',
    "a NUL byte": b'{"suite": "a\\u0000b", "model": "\\u0000", "fact": "\\u0000", "statement": "\\u0000"}',
    "half a surrogate": b'{"suite": "\\ud800", "model": "\\udfff", "fact": "\\ud800"}',
    "a name a thousand times": b"{" + b'"suite": "a", ' * 1000 + b'"suite": "b"}',
    "UTF-16": '{"suite": "a"}'.encode("utf-16"),
    "no UTF-8": b'{"suite": "\xff"}',
    "an empty body": b"",
    "a body that is no object": b"7",
    "an open string": b'{"suite": "' + b"\\" * 100_001,
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_no_body_is_a_server_error(bearer: Callable[..., APIClient], bomb: str) -> None:
    root = bearer("root", is_staff=True, is_superuser=True)
    for address in addresses():
        for method in ("post", "patch"):
            answer = getattr(root, method)(address, BOMBS[bomb], content_type="application/json")
            assert answer.status_code < 500, (address, method, answer.content)
            if answer.status_code >= 400:
                assert set(answer.json()["error"]) >= {"code", "message"}, (address, method)


def test_a_body_that_is_nested_too_deeply_is_refused_with_the_limit(ann: APIClient) -> None:
    answer = post(ann, BOMBS["1,200 nested brackets"])
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "parse_error")
    assert f"more than {LIMITS.depth} levels" in answer.json()["error"]["message"]
    deep = b'{"model": ' + b"[" * (LIMITS.depth - 1) + b"]" * (LIMITS.depth - 1) + b"}"
    assert "levels" not in post(ann, deep).json()["error"]["message"]
    brackets_in_text = json.dumps({"model": "[" * 100, "suite": "a"}).encode()
    assert "levels" not in post(ann, brackets_in_text).json()["error"]["message"]


@pytest.mark.parametrize("size", [MAX_BODY_BYTES + 1, 2**20 + 1, 8 * 2**20])
def test_a_body_that_is_too_large_is_413(ann: APIClient, size: int) -> None:
    answer = post(ann, b'"' + b"x" * (size - 2) + b'"')
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")
    assert "at most" in answer.json()["error"]["message"]


def test_a_body_of_too_many_values_is_413(ann: APIClient) -> None:
    answer = post(ann, b"[" + b"0," * LIMITS.values + b"0]")
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")
    assert f"more than {LIMITS.values:,} values" in answer.json()["error"]["message"]


def test_a_large_body_is_not_read(api: APIClient) -> None:
    class Unread(BytesIO):
        def read(self, *_: object) -> bytes:
            raise AssertionError("the body was read")

    length = {"CONTENT_LENGTH": str(2**31), "wsgi.input": Unread()}
    for address in ("/submit/", "/login/", "/admin/evals/import/add/", "/api/v1/disputes"):
        answer = api.post(address, b"", content_type="application/json", **length)  # type: ignore[arg-type]
        assert answer.status_code == 413, address


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["", "/zh-hans", "/vi"])
def test_a_form_that_is_too_large_is_413_in_the_readers_language(language: str) -> None:
    answer = Client().post(f"{language}/login/", {"username": "x" * 2**21})
    assert answer.status_code == 413
    assert "1024 KiB" in answer.content.decode()


@pytest.mark.django_db
def test_a_form_of_too_many_fields_is_400() -> None:
    answer = Client().post("/login/", {f"f{number}": "" for number in range(1001)})
    assert answer.status_code == 400


@pytest.mark.django_db
@pytest.mark.parametrize(("is_staff", "status"), [(False, 413), (True, 200)])
def test_only_staff_can_send_a_large_file(is_staff: bool, status: int) -> None:
    client = Client()
    log_in(client, make_user("ann", is_staff=is_staff, is_superuser=is_staff))
    file = SimpleUploadedFile("a.bin", b"\x00" * 2 * 2**20)
    answer = client.post("/admin/evals/import/add/", {"file": file, "format": "", "url": ""})
    assert answer.status_code == status
