"""Forecast when the follower matches a model of the leader, and score due forecasts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from leaderboard.lag.composite import JointDraws
from leaderboard.lag.data import DAYS_PER_MONTH, DAYS_PER_YEAR, TIE
from leaderboard.lag.draws import FrontierDraws, compute_catchup_draws
from leaderboard.lag.table import LEADER, Floats
from leaderboard.lag.trend import DRIFT, Trend

HORIZONS_MONTHS = (3, 6, 12)
WINDOW_YEARS = 1.0
"""Levels caught up with in this window predict the next lag; a longer window is worse where lags move."""


@dataclass(frozen=True, slots=True)
class MatchForecast:
    """The probability, by horizon in months, that the follower has matched a model of the leader."""

    model: str
    already: float
    within: dict[int, float]


def forecast_match(
    joint: JointDraws, model: str, rng: np.random.Generator, horizons: tuple[int, ...] = HORIZONS_MONTHS
) -> MatchForecast:
    """Forecast the match of one of the leader's models, by id.

    Each draw samples one level among those caught up with in the last year; its lag, plus a heavy-tailed
    DRIFT, is a possible lag of the next match. A model of age a that is not matched yet is matched within h
    months with probability P(a < lag <= a + h) / P(lag > a). The forecast trails a lag that moves.
    Raises ValueError for a model that is not one of the leader's in the index.
    """
    table = joint.fit.table
    at = next((i for i, m in enumerate(table.models) if m.id == model and table.group[i] == LEADER), None)
    if at is None:
        raise ValueError(f"{model!r} is not a model of the leader in the index")
    lags = _lags(joint.follower, joint.leader, float(table.today), rng)
    lags = lags + DRIFT * rng.standard_t(HEAVY_TAIL, lags.size)  # completed catch-ups alone are overconfident
    age = (table.today - table.days[at]) / DAYS_PER_MONTH
    matched = joint.follower.value_at(float(table.today)) >= joint.draws.theta[:, at] - TIE
    already = float(matched.mean())
    open_lags = lags[lags > age]
    # Where no past lag is as long as the age, the record does not tell how long the match will take.
    chance = {h: float((open_lags <= age + h).mean()) if open_lags.size else 0.0 for h in horizons}
    return MatchForecast(model, already, {h: already + (1 - already) * p for h, p in chance.items()})


def _lags(follower: FrontierDraws, leader: FrontierDraws, today: float, rng: np.random.Generator) -> Floats:
    start = today - WINDOW_YEARS * DAYS_PER_YEAR
    low = np.maximum(follower.best[:, 0], leader.best[:, 0])
    low = np.maximum(low, np.minimum(follower.value_at(start), leader.value_at(start)))
    top = np.minimum(follower.value_at(today), leader.value_at(today))
    level = low + rng.random(len(low)) * (top - low)
    lag = (follower.first_at_level(level)[0] - leader.first_at_level(level)[0]) / DAYS_PER_MONTH
    return np.asarray(lag[(top > low) & np.isfinite(lag)])


HEAVY_TAIL = 4
"""Degrees of freedom of the t by which the next lag differs from past ones; DRIFT is its scale."""
LEVELS_A_YEAR = 4
"""Independent catch-ups a year, whose mean is a year's lag."""
QUANTILES = (np.arange(100) + 0.5) / 100


def forecast_lag(joint: JointDraws, trend: Trend, horizon: int, rng: np.random.Generator) -> Floats:
    """Forecast the catch-up lag `horizon` months ahead, in months: its quantiles (100,) at QUANTILES.

    Adds to each draw's present lag the uncertain slope of the trend (0 without a trend), the drift of the
    parity forecast, and the sampling error of the levels caught up with until then.
    Raises ValueError where no level was caught up with in the last year.
    """
    now = compute_catchup_draws(joint.follower, joint.leader, float(joint.fit.table.today)).lag
    now = now[np.isfinite(now)]
    if not now.size:
        raise ValueError("no level was caught up with in the last year")
    years = horizon / 12
    slope, sd = trend.slope_months_per_year or 0.0, 0.0
    if trend.lo is not None and trend.hi is not None:
        sd = (trend.hi - trend.lo) / (2 * 1.96)
    levels = _lags(joint.follower, joint.leader, float(joint.fit.table.today), rng)
    luck = min(years, 1.0) * float(levels.std()) / np.sqrt(LEVELS_A_YEAR) if levels.size else 0.0
    spread = np.sqrt((sd * years) ** 2 + DRIFT**2 * years**3 / 3 + luck**2)
    return np.asarray(np.quantile(now + slope * years + spread * rng.standard_normal(now.size), QUANTILES))


def brier(probability: float, happened: bool) -> float:
    """Return the Brier score of a forecast: 0 is perfect, 1 is certain and wrong."""
    return (probability - float(happened)) ** 2


def crps_normal(mean: float, sd: float, outcome: float) -> float:
    """Return the continuous ranked probability score of a normal forecast (Gneiting and Raftery 2007)."""
    if sd <= 0:
        return abs(outcome - mean)
    z = (outcome - mean) / sd
    density = np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi)
    return float(sd * (z * (2 * ndtr(z) - 1) + 2 * density - 1 / np.sqrt(np.pi)))


def crps_sample(draws: Floats, outcome: float) -> float:
    """Return the continuous ranked probability score of draws (D,): E|X - y| - E|X - X'| / 2."""
    ordered = np.sort(draws)
    n = len(ordered)
    spread = 2 * float((ordered * (2 * np.arange(1, n + 1) - n - 1)).sum()) / n**2
    return float(np.abs(ordered - outcome).mean() - spread / 2)
