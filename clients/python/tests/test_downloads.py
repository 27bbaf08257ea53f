"""A file is under its name only if it is what the manifest states."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from lagline import NotFound, UnexpectedResponse, Unreachable, WrongHash

from tests.support import TOKEN, URL, Body, Both, Script, page, refusal

CONTENT = b"PAR1" * 1000
FOLDER = "2026-11-22T030000Z"


def export(folder: str = FOLDER, **files: bytes) -> dict[str, Any]:
    named = {name.replace("_", "."): content for name, content in files.items()}
    sizes = {name: len(content) for name, content in named.items()}
    hashes = {name: sha256(content).hexdigest() for name, content in named.items()}
    return {"folder": folder, "manifest": {"bytes": sizes, "sha256": hashes}}


def parts(*content: bytes, breaks: bool = False) -> httpx.Response:
    return httpx.Response(200, stream=Body(*content, breaks=breaks))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_of_the_newest_export_is_verified_and_gets_its_name(both: Both, tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    exports = page([export(a_parquet=CONTENT, b_csv=b"x"), export("older", a_parquet=b"old")])
    script = Script([exports, parts(CONTENT[:7], CONTENT[7:])])
    paths = both.call(
        script, "fetch_export", "a.parquet", to=tmp_path, progress=lambda *values: seen.append(values)
    )
    assert paths == [tmp_path / "a.parquet"]
    assert paths[0].read_bytes() == CONTENT
    assert str(script.requests[1].url) == f"{URL}/data/{FOLDER}/a.parquet"
    assert seen == [("a.parquet", 7, 4000), ("a.parquet", 4000, 4000)]


def test_all_files_of_a_named_export_and_no_file_twice(both: Both, tmp_path: Path) -> None:
    exports = [export(a_csv=b"new"), export("older", a_csv=b"old", b_csv=b"b")]
    script = Script([page(exports), parts(b"old"), parts(b"b")])
    both.call(script, "fetch_export", folder="older", to=tmp_path)
    both.call(Script([page(exports)]), "fetch_export", folder="older", to=tmp_path)
    assert names(tmp_path) == ["a.csv", "b.csv"]


@pytest.mark.parametrize("received", [b"evil" * 1000, CONTENT[:-1], CONTENT + b"!", b"", CONTENT * 1000])
def test_other_content_leaves_nothing_and_keeps_what_was_there(
    both: Both, tmp_path: Path, received: bytes
) -> None:
    (tmp_path / "a.csv").write_bytes(b"former")
    with pytest.raises(WrongHash, match=r"a\.csv"):
        both.call(Script([page([export(a_csv=CONTENT)]), parts(received)]), "fetch_export", to=tmp_path)
    assert names(tmp_path) == ["a.csv"]
    assert (tmp_path / "a.csv").read_bytes() == b"former"


def test_a_body_that_does_not_end_is_not_read_on(both: Both, tmp_path: Path) -> None:
    body = Body(CONTENT, CONTENT, *[b"x" * 2**20] * 50)
    script = Script([page([export(a_csv=CONTENT)]), httpx.Response(200, stream=body)])
    with pytest.raises(WrongHash):
        both.call(script, "fetch_export", to=tmp_path)
    assert body.closed


def test_a_broken_download_starts_again(both: Both, tmp_path: Path) -> None:
    broken: list[httpx.Response | Exception] = [
        parts(CONTENT[:9], breaks=True),
        httpx.ConnectError("down"),
        refusal(503, "unavailable"),
    ]
    script = Script([page([export(a_csv=CONTENT)]), *broken, parts(CONTENT)])
    both.call(script, "fetch_export", to=tmp_path)
    assert (tmp_path / "a.csv").read_bytes() == CONTENT
    with pytest.raises(Unreachable):
        both.call(
            Script([page([export(b_csv=CONTENT)]), *[parts(b"P", breaks=True) for _ in range(5)]]),
            "fetch_export",
            to=tmp_path,
        )
    assert names(tmp_path) == ["a.csv"]


@pytest.mark.parametrize(
    "name", ["../evil", "/etc/passwd", "a/b", ".profile", "..", "a\\b", "", "a\0", "a\n", "C:a"]
)
def test_a_manifest_cannot_name_a_place_outside_of_the_folder(both: Both, tmp_path: Path, name: str) -> None:
    manifest = {"bytes": {name: 1}, "sha256": {name: "0"}}
    with pytest.raises(UnexpectedResponse, match="names the file"):
        both.call(Script([page([{"folder": FOLDER, "manifest": manifest}])]), "fetch_export", to=tmp_path)


@pytest.mark.parametrize("manifest", [{}, {"sha256": {"a": "0"}}, {"sha256": [], "bytes": {}}])
def test_a_manifest_without_hashes_is_an_error(both: Both, tmp_path: Path, manifest: object) -> None:
    with pytest.raises(UnexpectedResponse, match="no hashes"):
        both.call(Script([page([{"folder": FOLDER, "manifest": manifest}])]), "fetch_export", to=tmp_path)


def test_unknown_files_and_exports_are_named(both: Both, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"no file 'b\.csv'") as raised:
        both.call(Script([page([export(a_csv=b"x")])]), "fetch_export", "b.csv", to=tmp_path)
    assert raised.value.allowed == ("a.csv",)
    with pytest.raises(NotFound, match="no export 'x'"):
        both.call(Script([page([export(a_csv=b"x")])]), "fetch_export", folder="x", to=tmp_path)
    with pytest.raises(NotFound, match="no export yet"):
        both.call(Script([page([])]), "fetch_export", to=tmp_path)


def test_a_download_from_another_origin_gets_no_token(both: Both, tmp_path: Path) -> None:
    elsewhere = httpx.Response(302, headers={"location": "https://files.example/a.csv"})
    script = Script([page([export(a_csv=b"x")]), elsewhere, parts(b"x")])
    both.call(script, "fetch_export", to=tmp_path)
    sent = [request.headers.get("authorization") for request in script.requests]
    assert sent == [f"Bearer {TOKEN}", f"Bearer {TOKEN}", None]


def test_samples_are_written_as_json_lines(both: Both, tmp_path: Path) -> None:
    first, second = page([{"id": 1, "text": "模型\n"}], following="?page=2"), page([{"id": 2}])
    content = [json.loads(reply.content) | {"count": 2} for reply in (first, second)]
    script = Script([httpx.Response(200, json=value) for value in content])
    path = both.call(script, "fetch_samples", 7, to=tmp_path / "new")
    assert path == tmp_path / "new" / "samples-7.jsonl"
    assert [json.loads(line) for line in path.read_text().splitlines()] == [
        {"id": 1, "text": "模型\n"},
        {"id": 2},
    ]


def test_missing_samples_are_an_error_and_leave_no_file(both: Both, tmp_path: Path) -> None:
    content = json.loads(page([{"id": 1}]).content) | {"count": 2}
    with pytest.raises(UnexpectedResponse, match="has 2 samples; 1 were received"):
        both.call(Script([httpx.Response(200, json=content)]), "fetch_samples", 7, to=tmp_path)
    assert names(tmp_path) == []
