"""Each fault that can be planted in a sound catalogue is found, where it is, and alone."""

from datetime import date
from pathlib import Path

import pytest

from evals.catalogue.check import check
from evals.catalogue.files import COLUMNS
from tests.evals.catalogue.builders import sound_rows, write_catalogue

TODAY = date(2026, 11, 22)

FAULTS = [
    ("developers.csv", 0, "country", "XX", "is no ISO 3166 code"),
    ("developers.csv", 0, "country", "", "is empty"),
    ("claims.csv", 0, "slug", "Some Body", "small letters and digits"),
    ("models.csv", 0, "source", "", "is empty"),
    ("models.csv", 0, "openness", "half-open", "allowed: open, closed"),
    ("models.csv", 0, "parameters_b", "0", "above 0"),
    ("models.csv", 2, "weights_opened_on", "2025-05-01", "only for a model whose weights are open"),
    ("models.csv", 0, "weights_opened_on", "2025-07-11", "only where the weights came after the release"),
    ("models.csv", 1, "released_on", "2026-11-23", "lies after 2026-11-22"),
    ("models.csv", 2, "released_on", "14 April", "a date is written 2025-01-20"),
    ("models.csv", 2, "released_on", "2024-04-14", "the name 'gpt-4.1-2025-04-14' says 2025-04-14"),
    ("models.csv", 2, "announced_on", "2025-04-14", "only where it differs"),
    ("models.csv", 2, "base_model", "gpt-4-2", "is no slug of models.csv"),
    ("models.csv", 2, "variant_of", "gpt-4-1", "points to the model itself"),
    ("models.csv", 2, "aliases", "Kimi_K2", "is a name of 'kimi-k2' too"),
    ("models.csv", 0, "retrieved_on", "2027-01-01", "lies after"),
    ("benchmarks.csv", 0, "domain", "cooking", "allowed: agents"),
    ("benchmarks.csv", 0, "items", "many", "whole number"),
    ("scores.csv", 0, "value", "0.2", "under the chance level of 0.25"),
    ("scores.csv", 0, "value", "75.1", "over the ceiling of 1"),
    ("scores.csv", 0, "value", "nan", "finite number"),
    ("scores.csv", 0, "stderr", "-0.1", "not below 0"),
    ("scores.csv", 0, "provenance", "measured", "allowed: reported, imported"),
    ("scores.csv", 0, "observed_on", "2025-07-10", "before the model's release on 2025-07-11"),
    ("claims.csv", 0, "lag_months_low", "7", "at most lag_months_high"),
    ("prices.csv", 0, "model", "kimi-k3", "is no slug of models.csv; the nearest is 'kimi-k2'"),
    ("prices.csv", 0, "cached_input_usd_per_mtok", "0.7", "at most input_usd_per_mtok"),
    ("prices.csv", 0, "in_force_on", "2025-01-01", "before the model's release"),
    ("adoption.csv", 0, "precision", "week", "allowed: day, month, year"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_catalogue(tmp_path, sound_rows())


def test_a_sound_catalogue_has_no_problem(folder: Path) -> None:
    assert check(folder, TODAY) == []


@pytest.mark.parametrize(("file", "index", "field", "value", "message"), FAULTS)
def test_a_planted_fault_is_the_only_one_found(
    tmp_path: Path, file: str, index: int, field: str, value: str, message: str
) -> None:
    rows = sound_rows()
    rows[file][index][field] = value
    problems = check(write_catalogue(tmp_path, rows), TODAY)
    assert [(p.file, p.line, p.field) for p in problems] == [(file, index + 2, field)]
    assert message in problems[0].message


def test_a_month_that_is_not_written_as_its_first_day_is_found(tmp_path: Path) -> None:
    rows = sound_rows()
    rows["models.csv"][2]["release_precision"] = "month"
    problems = check(write_catalogue(tmp_path, rows), TODAY)
    assert [(p.line, p.field) for p in problems] == [(4, "released_on")]
    assert "the first of that month" in problems[0].message


def test_an_unknown_reference_is_found_in_scores(tmp_path: Path) -> None:
    rows = sound_rows()
    rows["scores.csv"][0] |= {"benchmark": "gpqa"}
    assert [str(p) for p in check(write_catalogue(tmp_path, rows), TODAY)] == [
        "scores.csv:2: benchmark: 'gpqa' is no slug of benchmarks.csv"
    ]


@pytest.mark.parametrize("file", ["developers.csv", "scores.csv", "prices.csv", "claims.csv", "adoption.csv"])
def test_a_row_that_stands_twice_is_found(tmp_path: Path, file: str) -> None:
    rows = sound_rows()
    rows[file].append(dict(rows[file][0]))
    problems = check(write_catalogue(tmp_path, rows), TODAY)
    assert [(p.file, p.line) for p in problems] == [(file, len(rows[file]) + 1)]
    assert "repeats line 2" in problems[0].message


def test_one_model_under_two_names_is_found(tmp_path: Path) -> None:
    rows = sound_rows()
    twin = {"slug": "gpt-4-1-chat", "name": "GPT 4.1 Chat", "aliases": ""}
    rows["models.csv"].append(rows["models.csv"][2] | twin)
    problems = check(write_catalogue(tmp_path, rows), TODAY)
    assert [(p.line, p.field) for p in problems] == [(5, "name")]
    assert "looks like 'gpt-4-1' under another name (line 4)" in problems[0].message


def test_a_dated_version_older_than_its_namesake_is_found(tmp_path: Path) -> None:
    rows = sound_rows()
    rows["models.csv"][1] |= {"released_on": "2024-09-05", "base_model": ""}
    problems = check(write_catalogue(tmp_path, rows), TODAY)
    assert {(p.line, p.field) for p in problems} == {(3, "released_on")}
    assert "before the model whose name it carries (2025-07-11)" in problems[0].message


def test_a_model_older_than_its_base_is_found(tmp_path: Path) -> None:
    rows = sound_rows()
    rows["models.csv"][2] |= {"base_model": "kimi-k2", "base_source": "a report"}
    problems = check(write_catalogue(tmp_path, rows), TODAY)
    assert [p.message for p in problems] == ["is 2025-04-14, before its base_model 'kimi-k2' of 2025-07-11"]


def test_a_missing_file_is_told(folder: Path) -> None:
    (folder / "adoption.csv").unlink()
    assert [(p.file, p.line, p.field) for p in check(folder, TODAY)] == [("adoption.csv", 0, "the file")]


def test_a_wrong_header_is_told_with_the_right_one(folder: Path) -> None:
    (folder / "claims.csv").write_text("slug,when\n", encoding="utf-8")
    problems = check(folder, TODAY)
    assert [(p.line, p.field) for p in problems] == [(1, "the header")]
    assert ",".join(COLUMNS["claims.csv"]) in problems[0].message


def test_a_line_with_a_cell_too_many_is_told(folder: Path) -> None:
    with (folder / "adoption.csv").open("a", encoding="utf-8") as file:
        file.write("2025-11-01,month,a,CN,b,1,users,c,d,fact,2026-01-01,extra\n")
    assert [(p.line, p.field) for p in check(folder, TODAY)] == [(3, "the line")]


def test_a_base_model_of_another_developer_says_where_it_was_read(tmp_path: Path) -> None:
    rows = sound_rows()
    rows["models.csv"][1] |= {"base_model": "gpt-4-1"}
    problems = check(write_catalogue(tmp_path, rows), TODAY)
    assert [str(p) for p in problems] == [
        "models.csv:3: base_source: is empty, and the base model is another developer's"
    ]
    rows["models.csv"][1] |= {"base_source": "its model card"}
    assert check(write_catalogue(tmp_path, rows), TODAY) == []
