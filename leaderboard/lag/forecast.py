"""Forecast when the follower matches a model of the leader, and score forecasts when their time has come."""

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
"""Levels caught up with in this time say how long the next may take: longer is worse where the lag moves."""


@dataclass(frozen=True, slots=True)
class MatchForecast:
    """Probability, by horizon in months, that the follower has matched a model of the leader; 1 if it has."""

    model: str
    already: float
    within: dict[int, float]


def forecast_match(
    found: JointDraws, model: str, rng: np.random.Generator, horizons: tuple[int, ...] = HORIZONS_MONTHS
) -> MatchForecast:
    """Forecast the match of one of the leader's models, by id.

    Per draw one level is taken at random among those caught up with in the last year: its lag, give or take a
    heavy-tailed DRIFT, is a lag that the next match may take. A model of age a that is not matched yet is
    matched within h months with probability P(a < lag <= a + h) / P(lag > a). Where the lag moves, the
    forecast follows it late. Raises ValueError for a model that is not the leader's in the index.
    """
    table = found.fit.table
    at = next((i for i, m in enumerate(table.models) if m.id == model and table.group[i] == LEADER), None)
    if at is None:
        raise ValueError(f"{model!r} is not a model of the leader in the index")
    lags = _lags(found.follower, found.leader, float(table.today), rng)
    lags = lags + DRIFT * rng.standard_t(HEAVY_TAIL, lags.size)  # completed catch-ups alone are too sure
    age = (table.today - table.days[at]) / DAYS_PER_MONTH
    matched = found.follower.value_at(float(table.today)) >= found.draws.theta[:, at] - TIE
    already = float(matched.mean())
    open_lags = lags[lags > age]
    # Where no lag on record is as long as the age, the record says nothing of how long it will take.
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
"""Degrees of freedom of how much the next lag may differ from those on record, DRIFT being its scale."""
LEVELS_A_YEAR = 4
"""So many independent catch-ups a year: their mean is what the lag of a year to come is made of."""
QUANTILES = (np.arange(100) + 0.5) / 100


def forecast_lag(found: JointDraws, trend: Trend, horizon: int, rng: np.random.Generator) -> Floats:
    """Forecast the catch-up lag `horizon` months ahead, in months: its quantiles at QUANTILES (100,).

    Each draw's lag now, moved by the trend's slope (as uncertain as it is; none where there is no trend), by
    a drift of DRIFT as in the parity forecast, and by the luck of the levels caught up with meanwhile.
    Raises ValueError where no level was caught up with in the last year.
    """
    now = compute_catchup_draws(found.follower, found.leader, float(found.fit.table.today)).lag
    now = now[np.isfinite(now)]
    if not now.size:
        raise ValueError("no level was caught up with in the last year")
    years = horizon / 12
    slope, sd = trend.slope_months_per_year or 0.0, 0.0
    if trend.lo is not None and trend.hi is not None:
        sd = (trend.hi - trend.lo) / (2 * 1.96)
    levels = _lags(found.follower, found.leader, float(found.fit.table.today), rng)
    luck = min(years, 1.0) * float(levels.std()) / np.sqrt(LEVELS_A_YEAR) if levels.size else 0.0
    spread = np.sqrt((sd * years) ** 2 + DRIFT**2 * years**3 / 3 + luck**2)
    return np.asarray(np.quantile(now + slope * years + spread * rng.standard_normal(now.size), QUANTILES))


def brier(probability: float, happened: bool) -> float:
    """Return the Brier score of a forecast, 0 for a perfect one, 1 for a sure one that failed."""
    return (probability - float(happened)) ** 2


def crps_normal(mean: float, sd: float, outcome: float) -> float:
    """Return the continuous ranked probability score of a normal forecast (Gneiting and Raftery 2007)."""
    if sd <= 0:
        return abs(outcome - mean)
    z = (outcome - mean) / sd
    density = np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi)
    return float(sd * (z * (2 * ndtr(z) - 1) + 2 * density - 1 / np.sqrt(np.pi)))


def crps_sample(draws: Floats, outcome: float) -> float:
    """Return the same score of a forecast given as draws (D,): E|X - y| - E|X - X'| / 2."""
    ordered = np.sort(draws)
    n = len(ordered)
    spread = 2 * float((ordered * (2 * np.arange(1, n + 1) - n - 1)).sum()) / n**2
    return float(np.abs(ordered - outcome).mean() - spread / 2)
