"""Record the monthly forecasts, and score them when they are due."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime
from typing import Any

import numpy as np
from django.db import transaction

from evals.queries import models
from leaderboard.estimate_values import CompositeValues
from leaderboard.lag.composite import JointDraws, check_table, compute_composite, draw_jointly
from leaderboard.lag.data import DAYS_PER_MONTH, TIE
from leaderboard.lag.forecast import HORIZONS_MONTHS, brier, crps_sample, forecast_lag, forecast_match
from leaderboard.lag.report import build_mode_frontier
from leaderboard.lag.table import FOLLOWER, LEADER, build_table
from leaderboard.lag.threads import limit_blas_threads
from leaderboard.models import Forecast, ForecastOutcome, LagEstimate
from leaderboard.operations.lag_data import dataset_from_json
from leaderboard.queries import PAIR, composite_lag, due_forecasts, estimate_data, first_composite

MAX_MATCH_MODELS = 3


def make_forecasts(*, now: datetime) -> list[Forecast]:
    """Record this month's forecasts from the newest composite; do nothing if the month has forecasts."""
    month = now.date().replace(day=1)
    estimate = composite_lag()
    content = estimate_data(estimate.data_hash) if estimate else None
    if estimate is None or content is None or Forecast.objects.filter(month=month).exists():
        return []
    with limit_blas_threads():
        laid = build_table(dataset_from_json(content), PAIR, estimate.as_of)
        if check_table(laid):
            return []
        rows = _rows(estimate, draw_jointly(laid, seed=estimate.seed or 1), month, now)
    with transaction.atomic():
        if Forecast.objects.filter(month=month).exists():
            return []
        return Forecast.objects.bulk_create(rows)


def _rows(estimate: LagEstimate, draws: JointDraws, month: date, now: datetime) -> list[Forecast]:
    rng = np.random.default_rng([estimate.seed or 1, month.toordinal()])
    due = {horizon: months_later(now.date(), horizon) for horizon in HORIZONS_MONTHS}
    # The horizon starts at the date of the data, which may be months ago: the statistics predict from there.
    ahead = {horizon: round((on - estimate.as_of).days / DAYS_PER_MONTH) for horizon, on in due.items()}
    fixed = {"estimate": estimate, "month": month, "made_at": now}
    trend = compute_composite(draws.fit.table, draws).trend
    rows = []
    for horizon, on in due.items():
        try:
            quantiles = forecast_lag(draws, trend, ahead[horizon], rng).tolist()
        except ValueError:  # no level was caught up with, so there is no lag to extrapolate
            continue
        own = {"horizon_months": horizon, "due_on": on}
        rows.append(Forecast(**fixed, **own, kind="lag", quantiles=quantiles))
    for model in models().filter(slug__in=unmatched_leader_models(draws)).order_by("-released_on", "slug"):
        chances = forecast_match(draws, model.slug, rng, tuple(ahead.values())).within
        for horizon, on in due.items():
            own = {"horizon_months": horizon, "due_on": on, "model": model}
            chance = min(max(chances[ahead[horizon]], 0.0), 1.0)
            rows.append(Forecast(**fixed, **own, kind="match", probability=chance))
    return rows


def unmatched_leader_models(draws: JointDraws) -> list[str]:
    """Return the newest records of the leader that the follower has probably not matched yet."""
    mine, theirs = (build_mode_frontier(draws, group) for group in (FOLLOWER, LEADER))
    best = mine.best.value if mine.records else float("-inf")
    return [record.model for record in reversed(theirs.records) if record.value > best][:MAX_MATCH_MODELS]


def score_forecasts(*, now: datetime) -> list[ForecastOutcome]:
    """Score each forecast that is due, by the first composite whose data reach its date."""
    outcomes = []
    for forecast in due_forecasts(on=now.date()):
        judge = first_composite(on=forecast.due_on)
        outcome = forecast_outcome(forecast, judge, now) if judge else None
        if outcome is not None:
            kept, created = ForecastOutcome.objects.get_or_create(forecast=forecast, defaults=outcome)
            outcomes += [kept] if created else []
    return outcomes


def forecast_outcome(forecast: Forecast, judge: LagEstimate, now: datetime) -> dict[str, Any] | None:
    """Return the outcome and score of a forecast according to an estimate, or None if it cannot decide."""
    fixed = {"estimate": judge, "scored_at": now}
    if forecast.kind == Forecast.Kind.LAG:
        lag = CompositeValues(judge.values).figures.catchup.median
        if lag is None:
            return None
        return fixed | {"lag_months": lag, "score": crps_sample(np.array(forecast.quantiles), lag)}
    assert forecast.model is not None, "the database keeps a match without a model out"
    happened = was_matched(CompositeValues(judge.values), forecast.model.slug, forecast.due_on)
    if happened is None:
        return None
    return fixed | {"happened": happened, "score": brier(forecast.probability or 0.0, happened)}


def was_matched(values: CompositeValues, model: str, on: date) -> bool | None:
    """Tell whether the follower had matched a model by a date; None if the estimate lacks the model."""
    level = next((row.level for row in values.models("leader") if row.model == model), None)
    if level is None:
        return None
    released = [row.level for row in values.models("follower") if row.on <= on]
    return bool(max(released, default=float("-inf")) >= level - TIE)


def months_later(day: date, months: int) -> date:
    """Return the same day some months later, or the last day of a shorter month."""
    years, month = divmod(day.month - 1 + months, 12)
    last = monthrange(day.year + years, month + 1)[1]
    return date(day.year + years, month + 1, min(day.day, last))
