"""The chart of the frontiers: what it names, what it spans, and that it can be drawn."""

from __future__ import annotations

from datetime import date

import pytest

from leaderboard.charts import frontiers
from leaderboard.charts.draw import render_svg
from leaderboard.charts.frontier_parts import Frontiers
from leaderboard.charts.lag_frontiers import build_frontiers
from leaderboard.charts.palette import DARK, LIGHT, NARROW, SIZES, WIDE, Size, recolour
from leaderboard.lag.data import Benchmark, Dataset, Model, Pair, Score
from leaderboard.lag.summary import summarise_lags
from tests.leaderboard.charts.specs import layers, written

AS_OF = date(2026, 8, 11)
ROWS = [
    ("us-1", "US", date(2024, 3, 1), 0.40),
    ("us-2", "US", date(2025, 3, 1), 0.60),
    ("us-3", "US", date(2026, 3, 1), 0.80),
    ("cn-1", "CN", date(2024, 9, 1), 0.30),
    ("cn-2", "CN", date(2025, 9, 1), 0.50),
    ("cn-3", "CN", date(2026, 5, 1), 0.70),
    ("cn-weak", "CN", date(2026, 6, 1), 0.35),
]


def shown(rows: list[tuple[str, str, date, float]] = ROWS) -> Frontiers:
    """Return the chart's data for some models on one benchmark."""
    data = Dataset(
        tuple(Model(model, cohort, on) for model, cohort, on, _ in rows),
        (Benchmark("b", ceiling=1.0),),
        tuple(Score(model, "b", value) for model, _, _, value in rows),
    )
    lag = summarise_lags(data, Pair("CN", "US"), AS_OF, "b").benchmarks["b"]
    names = {model: model.upper() for model, *_ in rows}
    return build_frontiers(lag, AS_OF, names, follower="China", leader="US", title="Score on b", percent=True)


@pytest.mark.parametrize("size", SIZES.values(), ids=str)
def test_the_headline_and_the_standing_lag_are_both_written_in_the_chart(size: Size) -> None:
    # Levels (.4, .5] lagged from 2025-03-01 to 2025-09-01, (.5, .6] from 2025-03-01 to 2026-05-01 and
    # (.6, .7] from 2026-03-01 to 2026-05-01: 184, 426 and 61 days, of equal width: 7.35 months.
    # Standing: 0.7 was first reached by us-3 on 2026-03-01, 163 days before: 5.36 months.
    texts = written(frontiers.spec(shown(), size=size))
    assert "mean 7.3 months" in texts
    assert "5.4 months" in texts


def test_a_bracket_is_as_long_as_its_words_say() -> None:
    data = shown()
    assert data.mean is not None
    assert data.standing is not None
    assert (data.mean.end - data.mean.start).days == round(7.349 * 30.4375)
    assert (data.standing.end, (data.standing.end - data.standing.start).days) == (AS_OF, 163)


def test_each_cohort_and_its_newest_record_are_named_at_the_end_of_its_line() -> None:
    texts = written(frontiers.spec(shown(), size=WIDE))
    assert {"China", "CN-3", "US", "US-3"} <= set(texts)
    assert texts.count("CN-3") == 1
    assert "CN-WEAK" not in texts


def test_a_name_in_brackets_is_left_out_where_it_is_long() -> None:
    rows = [*ROWS[:-1], ("cn-2-a (a very long addition)", "CN", date(2025, 12, 1), 0.55)]
    texts = written(frontiers.spec(shown(rows), size=WIDE))
    assert "CN-2-A" in texts


def test_two_cohorts_at_one_level_are_named_apart() -> None:
    level = [(model, cohort, on, 0.8 if model == "cn-3" else value) for model, cohort, on, value in ROWS]
    spec = frontiers.spec(shown(level), size=WIDE)
    places = {row["text"]: row["value"] for layer in layers(spec, "text") for row in layer["data"]["values"]}
    assert places["US"] > places["US-3"] > places["China"] > places["CN-3"]


def test_the_other_theme_is_the_same_drawing_in_other_colours() -> None:
    data = shown()
    light = render_svg(frontiers.spec(data, size=NARROW, palette=LIGHT))
    assert recolour(light, DARK) == render_svg(frontiers.spec(data, size=NARROW, palette=DARK))


def test_the_drawing_has_no_style_of_its_own_and_the_cohorts_differ_without_colour() -> None:
    drawing = render_svg(frontiers.spec(shown(), size=WIDE))
    assert "style=" not in drawing
    dashes = {
        layer["mark"]["color"]: layer["mark"]["strokeDash"]
        for layer in layers(frontiers.spec(shown(), size=WIDE), "line")
    }
    assert dashes[LIGHT.leader] != dashes[LIGHT.follower]


def test_no_year_is_marked_after_the_day_that_the_data_go_to() -> None:
    spec = frontiers.spec(shown(), size=WIDE)
    years = [tick["year"] for tick in spec["encoding"]["x"]["axis"]["values"]]
    assert max(years) == AS_OF.year


def test_a_fraction_is_written_as_per_cent() -> None:
    assert frontiers.spec(shown(), size=WIDE)["encoding"]["y"]["axis"]["format"] == ".0%"
