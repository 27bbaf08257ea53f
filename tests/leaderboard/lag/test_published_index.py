"""The lag read from Epoch's published index values is the one worked out from the same file elsewhere."""

import csv
from datetime import date
from pathlib import Path
from statistics import mean, median

import pytest

from leaderboard.lag.io.files import read_lag_file
from leaderboard.lag.summary import summarise_lags

from .builders import PAIR

FILE = Path(__file__).parents[4] / "shared/data/epoch/eci_scores_2026-08-11.csv"


@pytest.fixture(scope="module")
def lag(tmp_path_factory):
    if not FILE.exists():
        pytest.skip("data folder absent")
    path = tmp_path_factory.mktemp("epoch") / "eci.csv"
    with FILE.open(encoding="utf-8") as source, path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(["model", "group", "date", "benchmark", "score"])
        for row in csv.DictReader(source):
            country = row["Country (of organization)"]
            writer.writerow([row["Model"], country, row["date"], "eci", row["eci"]])
    return summarise_lags(read_lag_file(path).data, PAIR, date(2026, 8, 11)).benchmarks["eci"]


def test_there_are_twenty_events_all_behind_and_two_are_bounds(lag):
    assert [event.status for event in lag.event_lags] == ["behind"] * 20
    assert sum(event.at_least for event in lag.event_lags) == 2


def test_the_mean_the_median_and_the_last_event_lag(lag):
    lags = [event.lag_months for event in lag.event_lags]
    assert (round(mean(lags), 2), round(median(lags), 2), round(lags[-1], 2)) == (6.91, 6.11, 4.37)
    assert (lag.event_lags[-1].model, lag.event_lags[-1].match) == ("Kimi K3", "GPT-5.4 Pro")


def test_the_standing_lag_and_the_catch_up_lag(lag):
    assert lag.standing.signed_months == pytest.approx(5.22, abs=0.005)
    assert lag.catchup.lag_months == pytest.approx(7.14, abs=0.005)
    assert (round(lag.catchup.width, 1), lag.catchup.n_events) == (12.4, 9)
