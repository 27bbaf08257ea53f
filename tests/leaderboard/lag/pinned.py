"""Compute the pinned figures. `python -m tests.leaderboard.lag.pinned` writes them for a new version."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from leaderboard.lag.data import Pair
from leaderboard.lag.forecast import forecast_lag, forecast_match
from leaderboard.lag.fragility import measure_fragility
from leaderboard.lag.monthly_lag import compute_monthly_lags
from leaderboard.lag.report import build_mode_frontier, compute_report
from leaderboard.lag.table import LEADER
from tests.study.worlds import BASE, TODAY, simulate_world

FILE = Path(__file__).with_name("pinned_figures.json")
KIND = replace(
    BASE,
    name="pinned",
    n_models=60,
    n_benchmarks=8,
    fill=0.5,
    month_only=0.2,
    optimism={"China": 0.4},
    tail_df=4.0,
)


def compute_figures() -> dict[str, Any]:
    """Return every estimated figure of a small world with vendor figures, month dates and developers."""
    world = simulate_world(KIND, 7)
    models = tuple(
        replace(model, facts={"developer": f"lab{place % 6}"} if place % 3 else {})
        for place, model in enumerate(world.data.models)
    )
    report = compute_report(replace(world.data, models=models), Pair(), TODAY, draws=400)
    joint, diagnostics = report.joint_draws, report.diagnostics
    assert joint is not None
    assert diagnostics is not None
    figures = report.to_json()
    for benchmark in figures["benchmarks"].values():
        del benchmark["event_lags"], benchmark["catchup"]["segments"]
    fragility = measure_fragility(joint, diagnostics.catchup_at_mode_months, diagnostics.leverage)
    assert fragility is not None
    best = build_mode_frontier(joint, LEADER).best.model
    rng = np.random.default_rng(1)
    figures |= {
        "theta": joint.fit.theta.tolist(),
        "shared": joint.fit.state.shared.tolist(),
        "theta_var": joint.fit.posterior.theta_var.tolist(),
        "lags": [
            [str(lag.on), lag.lag.median, lag.lag.lo, lag.lag.hi] for lag in compute_monthly_lags(joint)
        ],
        "fragility": asdict(fragility),
        "match": asdict(forecast_match(joint, best, rng)),
        "lag_quantiles": forecast_lag(joint, report.composite.trend, 9, rng)[::20].tolist(),
    }
    return dict(json.loads(json.dumps(figures)))


if __name__ == "__main__":
    FILE.write_text(json.dumps(compute_figures(), indent=1) + "\n")
