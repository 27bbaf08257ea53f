"""What is given is opened without trust: size, depth, encoding, aliases and archives have limits."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from evals.imports import bundle as opening
from evals.imports.bundle import Bundle, loads
from evals.imports.rows import Unreadable

Write = Callable[[str, bytes], Bundle]


@pytest.fixture
def given(tmp_path: Path) -> Write:
    def write(name: str, content: bytes) -> Bundle:
        (tmp_path / name).write_bytes(content)
        return Bundle(tmp_path / name)

    return write


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_json_with_a_number_that_is_none_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="is no number"):
        loads(f'{{"score": {word}}}')


def test_json_that_is_nested_too_deeply_is_refused(given: Write) -> None:
    bundle = given("deep.json", b"[" * 200_000)
    with pytest.raises(Unreadable, match=r"deep.json is no JSON: it is nested too deeply"):
        bundle.json(bundle.parts[0])


def test_a_line_that_never_ends_is_refused_before_it_is_read(
    given: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "MAX_LINE", 1000)
    bundle = given("a.jsonl", b"short\n" + b"x" * 1_000_000)
    with pytest.raises(Unreadable, match="line 2 is longer than 1,000 bytes"):
        list(bundle.lines(bundle.parts[0]))


def test_a_whole_file_over_its_limit_is_refused(given: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "MAX_DOCUMENT", 100)
    bundle = given("a.json", b'"' + b"x" * 1000 + b'"')
    with pytest.raises(Unreadable, match="larger than"):
        bundle.text(bundle.parts[0], limit=100)


@pytest.mark.parametrize("kind", ["zip", "gz"])
def test_a_bomb_is_left_when_its_limit_is_reached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(opening, "MAX_BYTES", 100_000)
    path = tmp_path / f"bomb.jsonl.{kind}"
    content = b"0" * 100 + b"\n"
    if kind == "gz":
        path.write_bytes(gzip.compress(content * 100_000))
    else:
        path = tmp_path / "bomb.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.jsonl", content * 100_000)
    assert path.stat().st_size < 60_000
    bundle, read = Bundle(path), 0
    with pytest.raises(Unreadable, match="more than 100,000 bytes"):  # noqa: PT012
        for _ in bundle.lines(bundle.parts[0]):
            read += 1
    assert read < 1000


def test_an_archive_of_too_many_files_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "MAX_FILES", 3)
    with zipfile.ZipFile(tmp_path / "many.zip", "w") as archive:
        for number in range(5):
            archive.writestr(f"{number}.json", "{}")
    with pytest.raises(Unreadable, match="holds 5 files; at most 3"):
        Bundle(tmp_path / "many.zip")


def test_an_archive_that_is_none_is_refused(given: Write) -> None:
    with pytest.raises(Unreadable, match="no archive"):
        given("a.zip", b"PK not really")


def test_yaml_that_grows_by_aliases_is_refused(given: Write) -> None:
    levels = "\n".join(f"l{n}: &l{n} [{', '.join(['*l' + str(n - 1)] * 9)}]" for n in range(1, 10))
    bundle = given("laughs.yaml", f"l0: &l0 [lol]\n{levels}\n".encode())
    with pytest.raises(Unreadable, match="more aliases or levels"):
        bundle.yaml(bundle.parts[0])


def test_yaml_makes_no_objects(given: Write) -> None:
    bundle = given("a.yaml", b"- !!python/object/apply:os.system ['true']\n")
    root = bundle.yaml(bundle.parts[0])
    assert root is not None
    with pytest.raises(yaml.YAMLError):
        opening.constructed(root)


def test_text_in_another_encoding_is_refused_and_a_byte_order_mark_is_not(given: Write) -> None:
    latin = given("a.csv", "model\ncafé\n".encode("latin-1"))
    with pytest.raises(Unreadable, match="not UTF-8"):
        list(latin.table(latin.parts[0]))
    marked = given("b.csv", "\ufeffmodel\ncafé\n".encode())
    assert list(marked.table(marked.parts[0])) == [(2, {"model": "café"})]


def test_an_endless_quoted_cell_is_refused(given: Write) -> None:
    bundle = given("a.csv", b'model\n"' + b"x\n" * 200_000)
    with pytest.raises(Unreadable, match=r"a.csv:\d+ is no CSV: field larger"):
        list(bundle.table(bundle.parts[0]))


def test_a_link_out_of_a_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("{}")
    folder = tmp_path / "given"
    folder.mkdir()
    (folder / "results.json").symlink_to(tmp_path / "secret")
    assert Bundle(folder).parts == []
