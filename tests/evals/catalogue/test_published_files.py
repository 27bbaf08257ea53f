"""The catalogue against the files that it restates, where the data folder stands beside the project."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from statistics import mean, median

import pytest
import yaml

import evals.catalogue
from evals.catalogue.dates import Reason, Release, before_namesake, doubts_against_record
from evals.catalogue.duplicates import normalised
from evals.catalogue.files import Row, Tables, read_tables

FOLDER = Path(evals.catalogue.__file__).parent
DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
COUNTRIES = {"China": "CN", "United States of America": "US"}
DAYS_PER_MONTH = 365.25 / 12

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the data folder is not beside the project")


@pytest.fixture(scope="module")
def tables() -> Tables:
    return read_tables(FOLDER).tables


@pytest.fixture(scope="module")
def by_name(tables: Tables) -> dict[str, Row]:
    return {
        normalised(name): row
        for row in tables["models.csv"]
        for name in (row["slug"], row["name"], *row.names())
    }


@pytest.fixture(scope="module")
def epoch() -> list[dict[str, str]]:
    return rows_of("epoch/eci_scores_2026-08-11.csv")


def rows_of(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def records(models: list[tuple[date, float]]) -> list[tuple[date, float]]:
    best, points = float("-inf"), []
    for day, value in sorted(models, key=lambda m: (m[0], -m[1])):
        if value > best:
            best = value
            points.append((day, value))
    return points


def test_every_model_of_the_index_has_its_value_here(
    tables: Tables, by_name: dict[str, Row], epoch: list[dict[str, str]]
) -> None:
    ours = {
        row["model"]: float(row["value"])
        for row in tables["scores.csv"]
        if row["benchmark"] == "epoch-capabilities-index"
    }
    theirs = {by_name[normalised(row["Model"])]["slug"]: float(row["eci"]) for row in epoch}
    assert ours == theirs


def test_with_the_files_own_dates_the_index_gives_the_published_events(
    tables: Tables, by_name: dict[str, Row], epoch: list[dict[str, str]]
) -> None:
    ours = {
        row["model"]: float(row["value"])
        for row in tables["scores.csv"]
        if row["benchmark"] == "epoch-capabilities-index"
    }
    sides: dict[str, list[tuple[date, float]]] = {"CN": [], "US": []}
    for row in epoch:
        if side := COUNTRIES.get(row["Country (of organization)"]):
            value = ours[by_name[normalised(row["Model"])]["slug"]]
            sides[side].append((date.fromisoformat(row["date"]), value))
    leader = records(sides["US"])
    lags = [
        (day - next(d for d, v in leader if v >= value)).days / DAYS_PER_MONTH
        for day, value in records(sides["CN"])
    ]
    assert (len(lags), round(mean(lags), 2), round(median(lags), 2)) == (20, 6.91, 6.11)
    standing = (date(2026, 8, 11) - next(d for d, v in leader if v >= records(sides["CN"])[-1][1])).days
    assert round(standing / DAYS_PER_MONTH, 2) == 5.22


def test_a_score_here_is_the_files_score_undone_of_its_scaling(
    tables: Tables, by_name: dict[str, Row]
) -> None:
    limits = {
        normalised(name): row
        for row in tables["benchmarks.csv"]
        for name in (row["slug"], row["name"], *row.names())
    }
    ours = {
        (row["model"], row["benchmark"]): float(row["value"])
        for row in tables["scores.csv"]
        if row["source"].startswith("Epoch AI, benchmarking data")
    }
    unscaled = {}
    for row in rows_of("epoch/eci_benchmarks_2026-08-11.csv"):
        benchmark, model = limits[normalised(row["benchmark"])], by_name[normalised(row["model"])]
        chance, ceiling = float(benchmark["chance"]), float(benchmark["ceiling"])
        value = chance + float(row["performance"]) * (ceiling - chance)
        unscaled[model["slug"], benchmark["slug"]] = value
    assert len(unscaled) == 2249
    assert ours == pytest.approx(unscaled, abs=1e-6)


def test_a_model_dated_otherwise_than_by_epoch_says_so(
    by_name: dict[str, Row], epoch: list[dict[str, str]]
) -> None:
    for row in epoch:
        ours = by_name[normalised(row["Model"])]
        differs = ours["released_on"] != row["date"]
        assert (f"Epoch dates it {row['date']}" in ours["source"]) == differs, ours["slug"]


def test_the_planted_year_in_the_older_index_is_found() -> None:
    releases = [
        Release(row["Model version"], row["Organization"], date.fromisoformat(row["Release date"]))
        for row in rows_of("epoch/epoch_capabilities_index_2026-01-20.csv")
        if row["Release date"]
    ]
    doubts = {doubt.release.name: doubt.reason for doubt in before_namesake(releases)}
    assert doubts["Kimi-K2-Instruct-0905"] == Reason.BEFORE_NAMESAKE


def test_the_run_dates_of_the_aider_leaderboard_are_found(tables: Tables, by_name: dict[str, Row]) -> None:
    known = [
        Release(name, row["developer"], date.fromisoformat(row["released_on"]))
        for row in tables["models.csv"]
        for name in (row["slug"], row["name"], *row.names())
    ]
    with (DATA / "aider" / "polyglot_leaderboard.yml").open(encoding="utf-8") as file:
        runs = yaml.safe_load(file)
    releases = [
        Release(run["model"], by_name[normalised(run["model"])]["developer"], run["date"])
        for run in runs
        if normalised(run["model"]) in by_name
    ]
    late = [
        doubt
        for doubt in doubts_against_record(known=known, releases=releases)
        if doubt.reason == Reason.AFTER_RELEASE
    ]
    assert len(late) > len(releases) / 3
    assert "gpt-4o-mini-2024-07-18" in {doubt.release.name for doubt in late}
