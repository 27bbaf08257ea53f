"""The whole report of a made-up world: its shape, its states, and what its figures rest on."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from leaderboard.lag.data import Benchmark, Pair, middle_of_month
from leaderboard.lag.io.headline import render_report
from leaderboard.lag.report import COMPOSITE, _months_later, _point, build_mode_frontier, compute_report
from leaderboard.lag.table import FOLLOWER, LEADER
from tests.study.truth import compute_truth
from tests.study.worlds import BASE, TODAY, simulate_world

WORLD = simulate_world(BASE, 3)
PAIR = Pair()


@pytest.fixture(scope="module")
def report():
    return compute_report(WORLD.data, PAIR, TODAY)


def test_the_plain_form_has_the_published_keys_and_no_number_that_json_lacks(report):
    plain = json.loads(json.dumps(report.to_json(), allow_nan=False))
    assert set(plain) >= {
        *("method_version", "as_of", "follower", "leader", "benchmarks", "composite", "trend"),
        *("benchmark_median", "readings", "records", "diagnostics"),
    }
    for name in ("catchup", "standing", "mean12", "gap"):
        assert set(plain["composite"][name]) >= {"median", "lo", "hi", "status", "bound"}
    assert set(plain["trend"]) >= {"slope_months_per_year", "lo", "hi", "p_shrinking", "parity"}
    assert set(plain["trend"]["parity"]) >= {"median", "lo", "hi", "state"}
    assert set(plain["readings"]["catchup"]) == {"composite", *(b.id for b in WORLD.data.benchmarks)}
    assert {"vendor_optimism", "leverage", "omega", "omega_by_benchmark"} <= set(plain["diagnostics"])
    assert {"standing", "catchup"} == set(plain["benchmarks"]["b00"]["modelled"])


def test_the_intervals_hold_the_true_lag_of_this_world(report):
    true = compute_truth(WORLD, PAIR)
    for estimate, value in (
        (report.composite.catchup, true.catchup.lag_months),
        (report.composite.standing, true.standing.signed_months),
    ):
        assert estimate.lo <= value <= estimate.hi
        assert estimate.lo <= estimate.median <= estimate.hi


def test_the_same_seed_gives_the_same_report_and_another_a_slightly_different_one(report):
    assert compute_report(WORLD.data, PAIR, TODAY).to_json() == report.to_json()
    other = compute_report(WORLD.data, PAIR, TODAY, seed=2).composite.catchup
    assert other.median != report.composite.catchup.median
    assert other.median == pytest.approx(report.composite.catchup.median, abs=0.3)


def test_the_record_shares_of_a_day_name_the_models_that_hold_the_frontiers(report):
    for cohort in ("China", "US"):
        mine = [r for r in report.composite.records if r.cohort == cohort]
        assert sum(r.holds_frontier for r in mine) == pytest.approx(1, abs=0.1)
        assert all(r.holds_frontier <= r.set_frontier + 1e-9 for r in mine)


def test_an_untested_model_still_counts_on_a_benchmark(report):
    exact, modelled = report.summary.benchmarks["b00"], report.modelled["b00"]
    tested = {p.model for p in exact.leader_frontier.points}
    assert len(tested) < sum(m.cohort == "US" for m in WORLD.data.models)
    assert modelled.catchup.lo < modelled.catchup.median < modelled.catchup.hi


def test_the_quick_refit_without_a_benchmark_gives_the_lag_of_a_whole_fit_without_it(report):
    quick = {row.id: row.catchup_months for row in report.diagnostics.leverage if row.kind == "benchmark"}
    for name in ("b00", "b03", "b07"):
        kept = replace(WORLD.data, scores=tuple(s for s in WORLD.data.scores if s.benchmark != name))
        whole = compute_report(kept, PAIR, TODAY, draws=200).diagnostics.catchup_at_mode_months
        assert quick[name] == pytest.approx(whole, abs=0.4)


def test_leaving_a_record_out_is_reported_with_the_change_it_makes(report):
    rows = report.diagnostics.leverage
    assert {row.kind for row in rows} == {"model", "benchmark"}
    changes = [abs(row.change_months) for row in rows if row.change_months is not None]
    assert changes == sorted(changes, reverse=True)
    base = report.diagnostics.catchup_at_mode_months
    assert all(
        row.catchup_months == pytest.approx(base + row.change_months)
        for row in rows
        if row.change_months is not None
    )


def test_a_lead_is_verified_by_the_most_capable_model_of_the_index(report):
    tested = {
        name: {p.model for p in lag.leader_frontier.points} for name, lag in report.summary.benchmarks.items()
    }
    leads = [
        (name, e)
        for name, lag in report.summary.benchmarks.items()
        for e in lag.event_lags
        if e.verified is not None
    ]
    assert leads
    holders = {r.model for r in report.composite.records if r.cohort == "US"}
    assert all(not e.verified or tested[name] & holders for name, e in leads)


def test_one_reading_can_be_asked_for():
    report = compute_report(WORLD.data, PAIR, TODAY, draws=200, reading="bracket")
    assert list(report.readings) == ["bracket"]


def test_too_few_shared_benchmarks_give_states_and_no_number():
    few = replace(WORLD.data, scores=tuple(s for s in WORLD.data.scores if s.benchmark in ("b00", "b01")))
    plain = compute_report(few, PAIR, TODAY).to_json()
    assert plain["composite"]["status"] == "insufficient_overlap"
    assert plain["composite"]["catchup"]["median"] is None
    assert (plain["trend"]["status"], plain["trend"]["slope_months_per_year"]) == ("too_few_records", None)
    assert plain["diagnostics"] is None
    assert "fewer than three benchmarks" in "\n".join(render_report(compute_report(few, PAIR, TODAY)))


def test_a_cohort_without_a_model_of_the_year_makes_the_composite_stale():
    report = compute_report(WORLD.data, PAIR, TODAY + timedelta(days=500), draws=200)
    assert report.composite.status == "stale"


def test_a_small_world_is_called_too_little_data():
    small = simulate_world(replace(BASE, name="tiny", n_models=30, n_benchmarks=6), 1)
    report = compute_report(small.data, PAIR, TODAY, draws=200)
    assert report.composite.too_little_data
    assert "Too little data" in "\n".join(render_report(report))


def test_month_only_dates_move_the_lag_by_less_than_a_month():
    vague = tuple(
        replace(m, released_on=middle_of_month(m.released_on.year, m.released_on.month), precision="month")
        for m in WORLD.data.models
        if (m.released_on.year, m.released_on.month) != (TODAY.year, TODAY.month)
    )
    names = {m.id for m in vague}
    scores = tuple(s for s in WORLD.data.scores if s.model in names)
    sharp = tuple(m for m in WORLD.data.models if m.id in names)
    first, two = (
        compute_report(replace(WORLD.data, models=models, scores=scores), PAIR, TODAY).composite.catchup
        for models in (sharp, vague)
    )
    assert two.median == pytest.approx(first.median, abs=1)
    assert (two.lo, two.hi) == (pytest.approx(first.lo, abs=1), pytest.approx(first.hi, abs=1))


def test_the_sentences_carry_the_interval(report):
    text = "\n".join(render_report(report))
    catchup = report.composite.catchup
    assert f"{catchup.median:.1f} ({catchup.lo:.1f} to {catchup.hi:.1f}) months after" in text
    assert "The lag changes by" in text


@pytest.mark.parametrize(
    ("months", "text"),
    [(0, "2026-08-01"), (4, "2026-12-01"), (5, "2027-01-01"), (16, "2027-12-01"), (17, "2028-01-01")],
)
def test_a_date_of_parity_is_the_first_of_its_month(months, text):
    assert _months_later(date(2026, 8, 31), months) == text


def test_an_index_point_is_a_hundredth_of_the_scale_or_one():
    assert _point(Benchmark("b")) == 1.0
    assert _point(Benchmark("b", 0.2, 1.0)) == pytest.approx(0.008)
    assert _point(Benchmark("b", 0.0, 100.0)) == 1.0


def test_a_report_without_draws_has_no_modelled_lags_and_exact_readings():
    few = replace(WORLD.data, scores=tuple(s for s in WORLD.data.scores if s.benchmark in ("b00", "b01")))
    report = compute_report(few, PAIR, TODAY)
    assert (report.modelled, report.joint_draws, report.diagnostics) == ({}, None, None)
    assert set(report.readings["standing"]) == {b.id for b in WORLD.data.benchmarks}
    assert "modelled" not in report.to_json()["benchmarks"]["b00"]


def test_the_composite_is_a_scale_without_points_ceiling_or_saturation(report):
    assert report.readings["epoch_daily"]["composite"].state == "no_index_points"
    assert report.readings["log_loss_tolerance"]["composite"].state == "no_ceiling"
    assert not COMPOSITE.saturates(1e6)
    joint = report.joint_draws
    for group, cohort in ((FOLLOWER, "China"), (LEADER, "US")):
        frontier = build_mode_frontier(joint, group)
        place = {model.id: at for at, model in enumerate(joint.fit.table.models)}
        assert len(frontier.points) == sum(m.cohort == cohort for m in joint.fit.table.models)
        assert all(point.value == joint.fit.theta[place[point.model]] for point in frontier.points)
