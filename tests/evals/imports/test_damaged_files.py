"""However a file is damaged, it is read or refused in a sentence, and what is sound in it is read."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.imports.bundle import Bundle
from evals.imports.formats import FORMATS, recognised
from evals.imports.rows import AnyRow, Row, Unreadable
from tests.evals.imports.samples import FILES, every_eval, every_eval_result, lm_eval_results, zipped
from tests.support.damage import INSERTED, WRONG, damaged

ENTRY_STARTS = {
    "lagline-csv": "gpt-4o,gpqa",
    "epoch-benchmarks": "deepseek-r1,R1",
    "epoch-index": "deepseek-r1,139",
    "aider": "- dirname: b",
}
"""Where the entry that is damaged begins, of formats whose entries are lines."""


def rows_in(folder: str, name: str, content: bytes, file_format: str = "") -> list[AnyRow]:
    path = Path(folder) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    bundle = Bundle(path)
    chosen = FORMATS[file_format] if file_format else recognised(bundle)
    return list(chosen.read(bundle))


def test_there_is_a_sound_file_of_every_format() -> None:
    assert FILES.keys() == FORMATS.keys()
    for name, (path, content) in FILES.items():
        with tempfile.TemporaryDirectory() as folder:
            rows = rows_in(folder, path, content)
            assert rows_in(folder, path, content, name) == rows
        assert {type(row) for row in rows} == {Row}, name
        assert len(rows) >= 2, name


@pytest.mark.parametrize("file_format", FILES)
@given(data=st.data())
@settings(max_examples=80)
def test_a_damaged_file_is_read_or_refused_in_a_sentence(file_format: str, data: st.DataObject) -> None:
    name, content = FILES[file_format]
    broken = data.draw(damaged(content))
    for chosen in ("", file_format):
        with tempfile.TemporaryDirectory() as folder:
            try:
                rows = rows_in(folder, name, broken, chosen)
            except Unreadable as error:
                assert str(error)  # noqa: PT017 – both ends are right
            else:
                assert all(row.line >= 0 for row in rows)


@pytest.mark.parametrize("file_format", ENTRY_STARTS)
@given(data=st.data())
@settings(max_examples=80)
def test_what_is_wrong_in_one_line_leaves_the_others(file_format: str, data: st.DataObject) -> None:
    name, content = FILES[file_format]
    start = content.index(ENTRY_STARTS[file_format].encode())
    end = content.index(b"\n- " if file_format == "aider" else b"\n", start)
    place = data.draw(st.integers(start + 3, end - 1))
    junk = data.draw(st.sampled_from([junk for junk in (*INSERTED, *WRONG) if b"\n" not in junk]))
    broken = content[:place] + junk + content[place + data.draw(st.integers(0, end - place)) :]
    with tempfile.TemporaryDirectory() as folder:
        whole = {row.model for row in rows_in(folder, name, content) if isinstance(row, Row)}
        rows = rows_in(folder, name, broken, file_format)
    hit = "gpt-4o" if file_format in ("lagline-csv", "aider") else "deepseek-r1"
    assert whole - {row.model for row in rows if isinstance(row, Row)} <= {hit}


@given(wrong=st.sampled_from(WRONG), data=st.data())
@settings(max_examples=80)
def test_what_is_wrong_in_one_result_leaves_the_others(wrong: bytes, data: st.DataObject) -> None:
    try:
        value = json.loads(wrong)
    except (ValueError, RecursionError):
        value = wrong.decode("latin-1")
    record = every_eval()
    place = data.draw(st.sampled_from(["evaluation_name", "metric_config", "score_details", "source_data"]))
    record["evaluation_results"][1][place] = value
    arena = [{"model_name": name, "rating": 1400} for name in ("a", "b", "c")]
    arena[1][data.draw(st.sampled_from(["model_name", "rating", "category", "vote_count"]))] = value
    with tempfile.TemporaryDirectory() as folder:
        first = rows_in(folder, "a.json", json.dumps(record).encode(), "every-eval-ever")
        second = rows_in(folder, "b.json", json.dumps(arena).encode(), "lmarena")
    assert {"gsm8k", "mmlu-pro"} <= {row.benchmark for row in first if isinstance(row, Row)}
    assert {"a", "c"} <= {row.model for row in second if isinstance(row, Row)}
    assert (len(first), len(second)) == (3, 3)


@given(data=st.data())
@settings(max_examples=80)
def test_a_damaged_file_of_an_archive_leaves_the_others(data: st.DataObject) -> None:
    sound = json.dumps(lm_eval_results()).encode()
    broken = data.draw(damaged(sound))
    files = {
        "a/results_1.json": sound,
        "b/results_2.json": broken,
        "__MACOSX/a/._results_1.json": b"\x00\x05",
    }
    with tempfile.TemporaryDirectory() as folder:
        rows = rows_in(folder, "runs.zip", zipped(files))
    of_sound = [row for row in rows if isinstance(row, Row) and row.file in ("", "a/results_1.json")]
    assert {"gsm8k", "ifeval"} <= {row.benchmark for row in of_sound}


@given(data=st.data())
@settings(max_examples=80)
def test_a_damaged_archive_is_read_or_refused_in_a_sentence(data: st.DataObject) -> None:
    content = data.draw(damaged(zipped({"a/results_1.json": json.dumps(lm_eval_results())})))
    with tempfile.TemporaryDirectory() as folder:
        try:
            rows_in(folder, "runs.zip", content)
        except Unreadable as error:
            assert re.search(r"[.?]$|: ", str(error))  # noqa: PT017 – both ends are right


def test_a_deeply_nested_value_is_no_traceback() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for depth in (900, 5000, 200_000):
            nested = b"[" * depth + b"]" * depth
            record = json.dumps(every_eval(every_eval_result("gsm8k", "HERE"))).replace('"HERE"', "%s")
            try:
                rows = rows_in(folder, "a.json", record.encode() % nested, "every-eval-ever")
            except Unreadable as error:
                assert "nested too deeply" in str(error)  # noqa: PT017 – depends on the depth
            else:
                assert not any(isinstance(row, Row) for row in rows)
