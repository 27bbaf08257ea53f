"""Every state that a figure can have has a sentence."""

import re
from pathlib import Path

import pytest

from leaderboard.lag import readings
from leaderboard.lag.crossings import CatchupState, EventState, StandingState
from leaderboard.lag.intervals import EstimateState
from leaderboard.lag.sentences import STATES
from leaderboard.lag.trend import ParityState, TrendState


@pytest.mark.parametrize(
    "states", [EstimateState, StandingState, CatchupState, EventState, TrendState, ParityState]
)
def test_every_state_has_a_sentence(states):
    assert not {state.value for state in states} - set(STATES)


def test_every_state_of_a_reading_has_a_sentence():
    source = Path(readings.__file__).read_text(encoding="utf-8")
    assert not set(re.findall(r'Reading\(\s*"(\w+)"', source)) - set(STATES)
