"""Readings that others have published, on the data that can be had: what comes out, and how far it is off."""

import csv
from datetime import date
from pathlib import Path

import pytest

from leaderboard.lag.cohorts import group_models
from leaderboard.lag.data import Benchmark, Dataset, Model, Pair, Score
from leaderboard.lag.io.rows import normalise_cohort
from leaderboard.lag.readings import ReadingInput, compute_readings
from leaderboard.lag.summary import summarise_lags

FOLDER = Path(__file__).parents[4] / "shared/data/epoch"
OLD_INDEX, NEW_INDEX = (
    FOLDER / "epoch_capabilities_index_2026-01-20.csv",
    FOLDER / "eci_scores_2026-08-11.csv",
)
SCORES = FOLDER / "eci_benchmarks_2026-08-11.csv"


def rows(path):
    if not path.exists():
        pytest.skip("data folder absent")
    with path.open(encoding="utf-8") as source:
        return list(csv.DictReader(source))


def january(without=None):
    """Return Epoch's index of January 2026 as it read it: a model's countries one by one, dates set right."""
    models, scores = [], []
    for place, row in enumerate(rows(OLD_INDEX)):
        if (
            not (row["ECI Score"] and row["Release date"] and row["Country"])
            or row["Release date"] == without
        ):
            continue
        on = date.fromisoformat(row["Release date"])
        if row["Model version"] == "Kimi-K2-Instruct-0905":
            on = on.replace(year=2025)
        country = next((c for c in row["Country"].split(",") if normalise_cohort(c) in ("China", "US")), "")
        name = f"{row['Model version']}#{place}"
        models.append(Model(name, normalise_cohort(country), on))
        scores.append(Score(name, "eci", float(row["ECI Score"])))
    return Dataset(tuple(models), (Benchmark("eci"),), tuple(scores))


def daily(data, as_of=date(2026, 1, 2)):
    lag = summarise_lags(data, Pair(), as_of).benchmarks["eci"]
    case = ReadingInput(lag.follower_frontier, lag.leader_frontier, as_of.toordinal(), Benchmark("eci"))
    reading = compute_readings(case, "epoch_daily")["epoch_daily"]
    return round(reading.months, 2), round(reading.lo, 2), round(reading.hi, 2)


def test_epochs_seven_months_come_out_as_six_by_its_text():
    assert daily(january()) == (5.99, 0.3, 13.77)


def test_the_least_lag_hangs_on_one_model():
    # DeepSeek-V3 came nine days after o1; without it the least lag is R1's, 34 days after o1.
    assert daily(january(without="2024-12-26")) == (6.19, 1.12, 13.77)


def test_open_against_closed_of_2024_runs_by_log_loss_from_a_file():
    openness = {
        row["Model"]: row["Accessibility group"].removesuffix(" weights").lower() for row in rows(NEW_INDEX)
    }
    reading = [row for row in rows(SCORES) if row["performance"] and row["date"]]
    dated = {row["model"]: date.fromisoformat(row["date"]) for row in reading}
    models = tuple(Model(m, "", on, facts={"openness": openness.get(m, "")}) for m, on in dated.items())
    scores = tuple(Score(row["model"], row["benchmark"], float(row["performance"])) for row in reading)
    names = sorted({score.benchmark for score in scores})
    data = group_models(Dataset(models, tuple(Benchmark(n, ceiling=1.0) for n in names), scores), "openness")
    as_of = date(2024, 11, 4)
    lags = summarise_lags(data, Pair("open", "closed"), as_of).benchmarks

    def read(name):
        lag, known = lags[name], Benchmark(name, ceiling=1.0)
        case = ReadingInput(lag.follower_frontier, lag.leader_frontier, as_of.toordinal(), known, None)
        return compute_readings(case, "log_loss_tolerance")["log_loss_tolerance"]

    # Published: 13 pairs, 5 to 22 months. The file has no closed model before GPT-4, so fewer pairs are left.
    gpqa = read("GPQA diamond")
    assert (gpqa.n, round(gpqa.months, 1), round(gpqa.lo, 1), round(gpqa.hi, 1)) == (5, 6.2, 2.3, 13.1)
    assert (read("BBH").n, round(read("BBH").months, 1)) == (1, 10.3)
    assert read("MMLU").state == "no_pairs"
