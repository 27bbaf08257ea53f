"""What is given is opened without trust: size, depth, encoding, aliases and archives have limits."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from yaml import Node

from evals.imports import bundle as opening
from evals.imports.bundle import Bundle, loads
from evals.imports.rows import InvalidCell, Unreadable, number, text

Write = Callable[[str, bytes], Bundle]


@pytest.fixture
def given(tmp_path: Path) -> Write:
    def write(name: str, content: bytes) -> Bundle:
        (tmp_path / name).write_bytes(content)
        return Bundle(tmp_path / name)

    return write


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity", "9" * 5000, "1e999"])
def test_a_number_that_is_not_finite_is_refused_alone(word: str) -> None:
    content = loads(f'{{"score": {word}, "other": 1}}')
    assert content["other"] == 1
    with pytest.raises(InvalidCell, match="must be a finite number"):
        number(content["score"], "score")


def test_json_that_is_nested_too_deeply_is_refused(given: Write) -> None:
    bundle = given("deep.json", b"[" * 200_000)
    with pytest.raises(
        Unreadable, match=r"deep.json is no JSON: it is nested too deeply: more than 100 levels"
    ):
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
    with pytest.raises(Unreadable, match="more than 50 aliases"):
        bundle.yaml(bundle.parts[0])


def test_yaml_makes_no_objects(given: Write) -> None:
    bundle = given("a.yaml", b"- !!python/object/apply:os.system ['true']\n")
    root = bundle.yaml(bundle.parts[0])
    assert root is not None
    with pytest.raises(InvalidCell, match="could not determine a constructor"):
        opening.constructed(root)


def test_a_cell_in_another_encoding_is_refused_alone_and_a_byte_order_mark_is_read(given: Write) -> None:
    latin = given("a.csv", b"model\ncaf\xe9\nplain\n")
    first, second = [cells for _, cells in latin.table(latin.parts[0]) if isinstance(cells, dict)]
    assert second == {"model": "plain"}
    with pytest.raises(InvalidCell, match="model is"):
        text(first["model"], "model")
    wide = given("c.csv", "model\nplain\n".encode("utf-16"))
    with pytest.raises(Unreadable, match=r"c.csv is UTF-16 text; save it as UTF-8"):
        list(wide.table(wide.parts[0]))
    marked = given("b.csv", "\ufeffmodel\ncafé\n".encode())
    assert list(marked.table(marked.parts[0])) == [(2, {"model": "café"})]


def test_a_quote_that_is_never_closed_breaks_its_own_line_alone(given: Write) -> None:
    bundle = given("a.csv", b'model,n\n"a,1\n' + b"b,2\n" * 1000 + b'"c,\nd",3\n"e,4\nf,5\n')
    rows = list(bundle.table(bundle.parts[0]))
    broken = [(line, str(cells)) for line, cells in rows if not isinstance(cells, dict)]
    assert broken == [(line, "has a quote that is never closed") for line in (2, 1005)]
    assert len(rows) == 1004
    assert {"model": "c,\nd", "n": "3"} in [cells for _, cells in rows]
    assert rows[-1] == (1006, {"model": "f", "n": "5"})


def test_tables_are_read_with_semicolons_tabs_and_blanks(given: Write) -> None:
    wanted = {"model": "a", "value": "0.9"}
    for content in ("model;value\na;0,9\n", "model\tvalue\na\t0.9\n", "model, value,\n a , 0.9,\n ,,\n"):
        bundle = given("a.csv", content.encode())
        assert list(bundle.table(bundle.parts[0])) == [(2, wanted)]
    thousands = given("a.csv", b"model;value\na;1,234\n")
    assert list(thousands.table(thousands.parts[0])) == [(2, {"model": "a", "value": "1,234"})]
    repeated = given("a.csv", b"model,value,value\na,1,2\n")
    with pytest.raises(Unreadable, match="names 'value' twice"):
        list(repeated.table(repeated.parts[0]))


def test_what_operating_systems_add_to_archives_is_passed_over(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name in ("run/a.csv", "__MACOSX/run/._a.csv", "run/._b.csv", "run/.DS_Store", "run/Thumbs.db"):
            archive.writestr(name, b"\x00\x05\x16\x07")
    assert [part.name for part in Bundle(tmp_path / "a.zip").parts] == ["run/a.csv"]


def test_a_broken_entry_of_a_yaml_list_breaks_alone(given: Write) -> None:
    bundle = given("a.yml", b"- name: a\n- name: b: c\n- {name: d\n- name: e\n  on: 2025-02-30\n- name: f\n")
    entries = list(bundle.yaml_list(bundle.parts[0]))
    assert [line for line, node in entries if isinstance(node, Node)] == [1, 4, 6]
    assert opening.constructed(entries[0][1]) == {"name": "a"}
    assert [line for line, node in entries if not isinstance(node, Node)] == [2, 3]
    with pytest.raises(InvalidCell, match="holds a value that is not valid"):
        opening.constructed(entries[3][1])


def test_a_link_out_of_a_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("{}")
    folder = tmp_path / "given"
    folder.mkdir()
    (folder / "results.json").symlink_to(tmp_path / "secret")
    assert Bundle(folder).parts == []
