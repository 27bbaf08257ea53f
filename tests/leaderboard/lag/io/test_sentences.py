"""Every state that a figure can have has a sentence, in one place and in every language."""

import re
from datetime import date
from pathlib import Path

import pytest
from django.utils.translation import override

from leaderboard.lag import METHOD_VERSION, benchmark_median, readings
from leaderboard.lag.data import Benchmark, Pair
from leaderboard.lag.exact_lags import Catchup, CatchupState, EventState, Standing, StandingState
from leaderboard.lag.intervals import IntervalState
from leaderboard.lag.io.sentences import BRIEFLY, STATES, render_catchup, render_standing, render_summary
from leaderboard.lag.summary import summarise_lags
from leaderboard.lag.trend import ParityState, TrendState
from leaderboard.presenters.labels import lag_state_label
from tests.leaderboard.lag.builders import dataset


@pytest.mark.parametrize(
    "states", [IntervalState, StandingState, CatchupState, EventState, TrendState, ParityState]
)
def test_every_state_has_a_sentence(states):
    assert not {state.value for state in states} - set(STATES)


def test_every_state_of_a_reading_and_of_the_median_over_benchmarks_has_a_sentence():
    sources = [Path(module.__file__).read_text(encoding="utf-8") for module in (readings, benchmark_median)]
    states = re.findall(
        r'(?:Reading\(|BenchmarkMedian\(|status=)\s*"(\w+)"(?: if .* else "(\w+)")?', "".join(sources)
    )
    sentence = {state for pair in states for state in pair if state}
    assert {"no_pairs", "no_records", "ok", "bounded"} <= sentence
    assert not sentence - set(STATES)


@pytest.mark.parametrize("language", ["zh-hans", "vi"])
def test_every_sentence_is_translated(language):
    with override(language):
        for message, briefly in ((STATES, False), (BRIEFLY, True)):
            for state, text in message.items():
                assert str(lag_state_label(state, briefly=briefly)) not in ("", text)


def test_a_narrow_column_has_the_long_words_where_there_are_no_short_ones():
    assert lag_state_label("stale", briefly=True) == BRIEFLY["stale"]
    assert lag_state_label("open", briefly=True) == STATES["open"]


PAIR = Pair("China", "US")


@pytest.mark.parametrize(
    ("lag", "sentence"),
    [
        (Catchup(CatchupState.STALE), f"none can be given: {STATES['stale']}."),
        (
            Catchup(CatchupState.OK, 3.456, 0.25, 4),
            (
                "over the past 12 months, the best Chinese models reached each new level 3.46 months after "
                "the best US models first had (width 0.25, 4 dates)."
            ),
        ),
        (
            Catchup(CatchupState.OK, 0.0, 1.0, 1),
            (
                "over the past 12 months, the best Chinese models reached each new level 0.00 months after "
                "the best US models first had (width 1, 1 dates)."
            ),
        ),
        (
            Catchup(CatchupState.OK, -0.5, 12345.6, 2),
            (
                "over the past 12 months, the best Chinese models reached each new level 0.50 months before "
                "the best US models first had (width 1.235e+04, 2 dates)."
            ),
        ),
    ],
)
def test_a_catch_up_lag_is_a_sentence(lag, sentence):
    assert render_catchup(lag, PAIR) == sentence


@pytest.mark.parametrize(
    ("lag", "sentence"),
    [
        (Standing(StandingState.NO_LEADER), f"none can be given: {STATES['no_leader']}."),
        (
            Standing(StandingState.LEVEL, 0.0, 0.0, "u"),
            "the best Chinese and the best US model of today are equally good.",
        ),
        (
            Standing(StandingState.BEHIND, 2.5, 0.1, "u", True),
            "the best Chinese model today is as good as the best US model was at least 2.50 months ago (u).",
        ),
        (
            Standing(StandingState.AHEAD, -1.25, -0.1, "c", verified=True),
            "the best US model today is as good as the best Chinese model was 1.25 months ago (c).",
        ),
        (
            Standing(StandingState.AHEAD, -1.25, -0.1, "c", verified=False),
            (
                "the best US model today is as good as the best Chinese model was 1.25 months ago (c; not "
                "verified: its best model was not tested)."
            ),
        ),
    ],
)
def test_a_standing_lag_is_a_sentence(lag, sentence):
    assert render_standing(lag, PAIR) == sentence


def test_a_benchmark_lists_its_records_with_their_lags():
    rows = [
        ("u1", "US", "2024-01-01", "x", 0.4),
        ("u2", "US", "2024-04-01", "x", 0.6),
        ("u3", "US", "2024-04-15", "y", 0.6),
        ("first", "China", "2024-02-01", "x", 0.3),
        ("c2", "China", "2024-03-01", "x", 0.6),
        ("c3", "China", "2024-05-01", "x", 0.99),
        ("other", "China", "2024-05-01", "z", 0.5),
        ("u9", "US", "2024-05-02", "w", 0.5),
    ]
    data = dataset(rows, Benchmark("w"), Benchmark("x", ceiling=1.0), Benchmark("y"), Benchmark("z"))
    text = list(render_summary(summarise_lags(data, PAIR, date(2024, 6, 1))))
    assert text[0] == f"China against US, as of 2024-06-01, method {METHOD_VERSION}."
    x, y, z = (text.index(name) for name in "xyz")
    assert text[x + 3 : y - 1] == [
        "  Records: 2 of China, 1 behind, 1 at least; mean 0.00, median 0.00, last -1.02 months.",
        "  date        model     level    months  against",
        "  2024-02-01  first       0.3   >= 1.02  u1",
        "  2024-03-01  c2          0.6     -1.02  u2",
        (
            "  2024-05-01  c3         0.99  <= -1.02  ahead, and not matched yet; lead not verified: the "
            "leader's best model was not tested; saturated"
        ),
    ]
    assert text[z + 3 :] == [
        "  date        model     level    months  against",
        "  2024-05-01  other       0.5         -  the leader has no score on it",
    ]
    assert text[text.index("w") + 3] == "", "a benchmark without a record of the follower has no table"
