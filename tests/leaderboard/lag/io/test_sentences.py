"""Every state that a figure can have has a sentence, in one place and in every language."""

import re
from pathlib import Path

import pytest
from django.utils.translation import override

from leaderboard.lag import benchmark_median, readings
from leaderboard.lag.exact_lags import CatchupState, EventState, StandingState
from leaderboard.lag.intervals import IntervalState
from leaderboard.lag.io.sentences import BRIEFLY, STATES
from leaderboard.lag.trend import ParityState, TrendState
from leaderboard.presenters.labels import lag_state_label


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
