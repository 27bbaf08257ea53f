"""What is published for a benchmark, from a small record of facts worked by hand."""

import json
from datetime import date
from pathlib import Path

import pytest

from leaderboard.lag.data import Benchmark, Pair
from leaderboard.lag.io.files import read_lag_file
from leaderboard.lag.io.sentences import render_summary
from leaderboard.lag.summary import summarise_lags

from .builders import PAIR, dataset

FACTS = Path(__file__).parent / "facts.json"
MONTH = 30.4375


@pytest.fixture
def facts():
    lag_file = read_lag_file(FACTS)
    return summarise_lags(lag_file.data, PAIR, lag_file.as_of)


def test_the_events_of_the_facts_are_those_worked_by_hand(facts):
    events = facts.benchmarks["mmlu"].event_lags
    got = [(e.model, e.match, e.status, e.at_least, e.lag_months) for e in events]
    assert got == [
        # 2023-11-02 less 2023-03-14: 233 days.
        ("Yi-34B", "GPT-4", "behind", False, pytest.approx(233 / MONTH)),
        # 2024-12-26 less 2024-06-20: 189 days.
        ("DeepSeek-V3", "Claude 3.5 Sonnet", "behind", False, pytest.approx(189 / MONTH)),
        # 2025-01-20 less 2024-12-05: 46 days.
        ("DeepSeek-R1", "o1", "behind", False, pytest.approx(46 / MONTH)),
    ]


def test_standing_and_catch_up_of_the_facts_are_those_worked_by_hand(facts):
    lag = facts.benchmarks["mmlu"]
    # R1's 0.908 was reached by o1 (0.918) on 2024-12-05, 77 days before 2025-02-20.
    assert (lag.standing.match, lag.standing.signed_months) == ("o1", pytest.approx(77 / MONTH))
    assert lag.standing.gap == pytest.approx(0.01)
    # Past year, levels .763 to .908: to .864 GPT-4, to .885 Sonnet 3.5 (both by V3), to .887 Sonnet 3.5 and
    # to .908 o1 (both by R1).
    days = 0.101 * 653 + 0.021 * 189 + 0.002 * 214 + 0.021 * 46
    assert lag.catchup.lag_months == pytest.approx(days / 0.145 / MONTH)
    assert (lag.catchup.width, lag.catchup.n_events) == (pytest.approx(0.145), 2)


def test_the_plain_form_is_json_with_exactly_the_published_keys(facts):
    plain = json.loads(json.dumps(facts.to_json(), allow_nan=False))
    assert list(plain) == ["method_version", "as_of", "follower", "leader", "benchmarks"]
    lag = plain["benchmarks"]["mmlu"]
    assert list(lag) == ["event_lags", "standing", "catchup"]
    assert {"model", "date", "level", "status", "match", "lag_months", "lag_lo", "lag_hi", "at_least"} <= set(
        lag["event_lags"][0]
    )
    assert lag["event_lags"][0]["date"] == "2023-11-02"
    assert {"state", "signed_months", "gap", "match", "at_least"} <= set(lag["standing"])
    assert {"lag_months", "status", "width", "n_events"} <= set(lag["catchup"])


def test_the_sentences_carry_the_numbers(facts):
    text = "\n".join(render_summary(facts))
    assert "the best Chinese model today is as good as the best US model was 2.53 months ago (o1)" in text
    assert "the best Chinese models reached each new level 16.16 months after the best US models" in text


def test_a_lead_is_verified_only_if_the_leaders_newest_record_setter_was_tested():
    rows = [
        ("u1", "US", "2024-01-01", "x", 0.4),
        ("u1", "US", "2024-01-01", "y", 0.4),
        ("u2", "US", "2024-03-01", "y", 0.6),
        ("c1", "China", "2024-02-01", "x", 0.45),
        ("c2", "China", "2024-04-01", "x", 0.5),
    ]
    events = summarise_lags(dataset(rows), PAIR, date(2024, 5, 1), "x").benchmarks["x"].event_lags
    assert [(e.model, e.status, e.verified) for e in events] == [
        ("c1", "ahead_open", True),
        ("c2", "ahead_open", False),
    ]


def test_saturation_is_judged_by_the_benchmarks_own_scale():
    rows = [("u", "US", "2024-01-01", "x", 0.99), ("c", "China", "2024-02-01", "x", 0.98)]
    data = dataset(rows, Benchmark("x", ceiling=1.0))
    (event,) = summarise_lags(data, PAIR, date(2024, 5, 1)).benchmarks["x"].event_lags
    assert event.saturated


def test_a_cohort_that_no_model_has_is_refused_with_those_there_are():
    data = dataset([("u", "US", "2024-01-01", "x", 0.9), ("m", "France", "2024-02-01", "x", 0.8)])
    with pytest.raises(ValueError, match="no model is in group 'China'; there are: France, US"):
        summarise_lags(data, PAIR, date(2024, 5, 1))
    assert (
        summarise_lags(data, Pair("France", "US"), date(2024, 5, 1)).benchmarks["x"].standing.state
        == "behind"
    )
