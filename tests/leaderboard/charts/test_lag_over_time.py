"""The chart of the lag over time: which lags it shows, how bounds look, and where its line is broken."""

from __future__ import annotations

from datetime import date

import pytest

from leaderboard.charts import lag_over_time
from leaderboard.charts.draw import render_svg
from leaderboard.charts.lag_events import build_lag_over_time
from leaderboard.charts.lag_over_time import Censoring, LagOverTime
from leaderboard.charts.palette import NARROW, SIZES, WIDE, Size
from leaderboard.lag.data import Benchmark, Dataset, Model, Pair, Score
from leaderboard.lag.summary import summarise_lags
from tests.leaderboard.charts.specs import layers, written

AS_OF = date(2026, 8, 11)
MONTH_DAYS = 30.4375
BEHIND = [
    ("us-1", "US", date(2024, 3, 1), 0.40),
    ("us-2", "US", date(2025, 3, 1), 0.60),
    ("us-3", "US", date(2026, 3, 1), 0.80),
    ("cn-1", "CN", date(2024, 9, 1), 0.30),
    ("cn-2", "CN", date(2025, 9, 1), 0.50),
    ("cn-3", "CN", date(2026, 5, 1), 0.70),
]
LEADING = [*BEHIND, ("cn-4", "CN", date(2026, 6, 1), 0.90)]


def shown(rows: list[tuple[str, str, date, float]]) -> LagOverTime:
    """Return the chart's data for some models on one benchmark."""
    data = Dataset(
        tuple(Model(model, cohort, on) for model, cohort, on, _ in rows),
        (Benchmark("b", ceiling=1.0),),
        tuple(Score(model, "b", value) for model, _, _, value in rows),
    )
    lag = summarise_lags(data, Pair("CN", "US"), AS_OF, "b").benchmarks["b"]
    return build_lag_over_time(lag, AS_OF, {model: model.upper() for model, *_ in rows}, "Months")


def test_each_record_stands_at_its_lag_and_a_bound_is_told_as_one() -> None:
    events = {event.name: event for event in shown(BEHIND).events}
    assert events["CN-1"].months == pytest.approx(184 / MONTH_DAYS)
    assert events["CN-1"].bound is Censoring.AT_LEAST  # matched by the first US model there is
    assert events["CN-3"].months == pytest.approx(61 / MONTH_DAYS)
    assert events["CN-3"].bound is Censoring.EXACT
    assert events["CN-3"].match == "US-3"


def test_between_records_the_line_grows_a_month_a_month_and_falls_at_a_record() -> None:
    [piece] = shown(BEHIND).pieces
    moments = {moment.on: moment.months for moment in piece}
    grown = moments[date(2025, 8, 31)] - moments[date(2024, 9, 1)]
    assert grown == pytest.approx((date(2025, 8, 31) - date(2024, 9, 1)).days / MONTH_DAYS)
    assert moments[date(2025, 9, 1)] == pytest.approx(184 / MONTH_DAYS)
    assert piece[-1].on == AS_OF
    assert piece[-1].months == pytest.approx(163 / MONTH_DAYS)


def test_the_line_is_broken_where_the_follower_is_ahead() -> None:
    data = shown(LEADING)
    assert [piece[-1].on for piece in data.pieces] == [date(2026, 5, 31)]
    assert data.standing == ""


def test_an_open_lead_is_a_bound_below_zero() -> None:
    [lead] = [event for event in shown(LEADING).events if event.name == "CN-4"]
    assert lead.bound is Censoring.AT_MOST
    assert lead.months == pytest.approx(-71 / MONTH_DAYS)


def test_a_lead_that_nobody_verified_is_not_shown() -> None:
    unmatched = [("cn-0", "CN", date(2024, 1, 1), 0.20), *BEHIND]
    assert "CN-0" not in {event.name for event in shown(unmatched).events}


def test_cohorts_at_one_level_are_said_to_be_level() -> None:
    rows = [*BEHIND, ("cn-5", "CN", date(2026, 7, 1), 0.80)]
    assert "level" in written(lag_over_time.spec(shown(rows), size=WIDE))


@pytest.mark.parametrize("size", SIZES.values(), ids=str)
def test_the_mean_and_the_latest_lag_are_written_apart(size: Size) -> None:
    spec = lag_over_time.spec(shown(BEHIND), size=size)
    assert {"mean 7.3", "latest 5.4"} <= set(written(spec))
    assert render_svg(spec).startswith("<svg")


def test_nothing_is_drawn_left_of_the_plot() -> None:
    young = [("us-1", "US", date(2026, 5, 1), 0.5), ("us-2", "US", date(2026, 6, 1), 0.7)]
    young += [("cn-1", "CN", date(2026, 6, 10), 0.5), ("cn-2", "CN", date(2026, 7, 10), 0.6)]
    spec = lag_over_time.spec(shown(young), size=NARROW)
    start = spec["encoding"]["x"]["scale"]["domainMin"]["expr"].removeprefix("datetime('")[:10]
    dates = [row["date"][:10] for layer in layers(spec, "rule") for row in layer["data"]["values"]]
    assert min(dates) >= start
