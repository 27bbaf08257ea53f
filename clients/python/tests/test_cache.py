"""A stored response is used only when the service has confirmed it, and shows nothing to others."""

from __future__ import annotations

import stat
from pathlib import Path

import httpx
import pytest
from lagline import Cache
from lagline.messages import Request, Response, get

from tests.support import META, TOKEN, URL, Both, Script, make_client, row

REQUEST = get(f"{URL}/api/v1/models/m")


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


def tagged(name: str, tag: str = '"1"', control: str = "") -> httpx.Response:
    return row({"name": name}, headers={"etag": tag, "cache-control": control})


def test_each_read_is_confirmed_and_304_gives_the_stored_row(both: Both, cache: Cache) -> None:
    script = Script([tagged("first"), httpx.Response(304), tagged("second", '"2"'), httpx.Response(304)])
    names = [both.call(script, "model", "m", cache=cache)["name"] for _ in range(4)]
    assert names == ["first", "first", "second", "second"]
    tags = [request.headers.get("if-none-match") for request in script.requests]
    assert tags == [None, '"1"', '"1"', '"2"']


def test_without_the_service_nothing_is_given(both: Both, cache: Cache) -> None:
    both.call(Script([tagged("first")]), "model", "m", cache=cache)
    with pytest.raises(Exception, match="cannot be reached"):
        both.call(Script([httpx.ConnectError("down")] * 5), "model", "m", cache=cache)


def test_responses_without_an_etag_or_with_no_store_are_not_kept(cache: Cache) -> None:
    for reply in (row({}), tagged("x", control="private, no-store")):
        make_client(Script([reply]), cache=cache).model("m")
    assert not cache.folder.exists()


def test_addresses_tokens_and_formats_do_not_share_entries(cache: Cache) -> None:
    response = Response(200, REQUEST.url, {"etag": '"1"'}, b"{}")
    cache.store(REQUEST, "a", response)
    assert cache.find(REQUEST, "a") == response
    assert cache.find(REQUEST, "b") is None
    assert cache.find(get(REQUEST.url, {"as_of": "2026-01-01"}), "a") is None
    assert cache.find(get(REQUEST.url, accept="text/csv"), "a") is None


def test_neither_token_nor_address_is_written_and_others_cannot_read(cache: Cache) -> None:
    make_client(Script([tagged("first")]), cache=cache).model("m")
    (path,) = cache.folder.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(cache.folder.stat().st_mode) == 0o700
    written = path.name.encode() + path.read_bytes()
    assert TOKEN.encode() not in written
    assert b"lagline.example" not in written


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\n", b"[]\n{}", b'{"format": 1, "sha256": "0"}\n{}'])
def test_a_damaged_entry_counts_as_none(cache: Cache, content: bytes) -> None:
    make_client(Script([tagged("first")]), cache=cache).model("m")
    (path,) = cache.folder.iterdir()
    path.write_bytes(content)
    script = Script([tagged("second", '"2"'), httpx.Response(304)])
    assert [make_client(script, cache=cache).model("m")["name"] for _ in "12"] == ["second", "second"]


def test_a_shortened_body_is_noticed(cache: Cache) -> None:
    cache.store(REQUEST, "", Response(200, REQUEST.url, {"etag": '"1"'}, b'{"data": 1}'))
    (path,) = cache.folder.iterdir()
    path.write_bytes(path.read_bytes()[:-1])
    assert cache.find(REQUEST, "") is None


def test_a_folder_that_cannot_be_written_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = Cache(tmp_path / "file" / "cache")
    assert make_client(Script([tagged("first")]), cache=cache).model("m")["name"] == "first"


def test_the_oldest_entries_are_deleted(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lagline.cache.MAX_ENTRIES", 3)
    for number in range(5):
        request = Request("GET", f"{URL}/{number}")
        cache.store(request, "", Response(200, request.url, {"etag": '"1"'}, b"{}"))
    assert len(list(cache.folder.iterdir())) == 3
    cache.clear()
    assert not list(cache.folder.iterdir())


def test_every_page_of_a_list_is_confirmed(both: Both, cache: Cache) -> None:
    content = {"meta": META, "count": 1, "next": None, "data": [{"slug": "m"}]}
    script = Script([httpx.Response(200, json=content, headers={"etag": '"1"'}), httpx.Response(304)])
    assert [both.call(script, "models", cache=cache) for _ in "12"] == [[{"slug": "m"}]] * 2
