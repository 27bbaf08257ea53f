"""Template filters for numbers, dates and codes."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from django.conf import settings

from evals.models import Benchmark
from leaderboard.pages.templatetags import labels as tags
from leaderboard.pages.templatetags import numbers
from leaderboard.presenters import labels


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [(5.65, 1, "5.7"), (-0.04, 1, "0.0"), (-2.26, 1, "−2.3"), (1234.5, 1, "1,234.5"), (6.0, 0, "6")],
)
def test_numbers_are_rounded_and_have_a_real_minus(value: float, places: int, text: str) -> None:
    assert numbers.decimal(value, places) == text


@pytest.mark.parametrize(
    ("unit", "value", "text"),
    [("fraction", 0.6249, "62.5%"), ("points", 157.04, "157.0"), ("minutes", 1500.0, "1,500.0 minutes")],
)
def test_a_score_is_written_in_its_unit(unit: str, value: float, text: str) -> None:
    assert numbers.score_value(value, Benchmark(unit=unit)) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.2, "1 second"), (45, "45 seconds"), (100, "2 minutes"), (3600, "60 minutes"), (9000, "2.5 hours")],
)
def test_a_length_of_time_is_written_in_a_sensible_unit(seconds: float, text: str) -> None:
    assert numbers.duration(seconds) == text


def test_a_prompt_of_a_conversation_is_read_as_turns() -> None:
    assert tags.prompt_turns('[{"role": "user", "content": "Hello"}]') == [
        {"role": "user", "content": "Hello"}
    ]
    assert tags.prompt_turns("[1, 2") == [{"role": "", "content": "[1, 2"}]
    assert tags.prompt_turns("[1, 2]") == [{"role": "", "content": "[1, 2]"}]


def test_a_script_that_was_not_built_has_no_address() -> None:
    assert tags.asset("never-built.js") == ""
    assert tags.asset("lagline/chart.js") == "/static/lagline/chart.js"


@pytest.mark.parametrize(
    ("file", "column", "known"),
    [
        ("developers", "country", labels.COUNTRIES),
        ("benchmarks", "domain", labels.DOMAINS),
        ("benchmarks", "visibility", labels.VISIBILITY),
        ("benchmarks", "contamination", labels.CONTAMINATION),
        ("models", "openness", labels.OPENNESS),
    ],
)
def test_every_code_of_the_catalogue_has_a_word(
    file: str, column: str, known: dict[str, labels.StrOrPromise]
) -> None:
    path = Path(settings.BASE_DIR) / "evals" / "catalogue" / f"{file}.csv"
    with path.open(newline="", encoding="utf-8") as lines:
        codes = {row[column] for row in csv.DictReader(lines)} - {"", "ZZ"}
    assert codes <= set(known)
