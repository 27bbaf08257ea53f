"""Make synthetic worlds in which the true lag is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np

from leaderboard.lag.data import Benchmark, Dataset, Model, Precision, Provenance, Score, middle_of_month

TODAY = date(2026, 8, 1)
YEARS = 5.0
PACE = 1.3
"""Logits that the leader's development gains in a year."""


def shrinking(t: float) -> float:
    """Return a lag in months that goes from 18 over 7 to 3 while t goes from 0.3 to 1."""
    return float(np.interp(t, [0.3, 0.65, 1.0], [18.0, 7.0, 3.0]))


def constant(t: float) -> float:
    """Return a lag that stays."""
    return 8.0


def widening(t: float) -> float:
    """Return a lag that grows to a year."""
    return 2.0 + 10.0 * t


def leading(t: float) -> float:
    """Return a lag that turns into a lead of half a year."""
    return 14.0 - 20.0 * t


@dataclass(frozen=True)
class WorldKind:
    """One kind of world; `lag` gives the follower's lag of development in months over t in [0, 1]."""

    name: str
    n_models: int = 150
    n_benchmarks: int = 20
    fill: float = 0.35
    lag: Callable[[float], float] = shrinking
    follower_share: float = 0.4
    omega: float = 0.4
    omega_cohort: float = 0.2
    tail_df: float = np.inf
    second_axis: float = 0.0
    broken: float = 0.0
    month_only: float = 0.0
    optimism: Mapping[str, float] = field(default_factory=dict)
    selective: float = 0.0
    uneven: float = 0.0
    deficits: str = "mixed"
    by_era: bool = False
    items_factor: float = 1.0


@dataclass(frozen=True)
class Behind:
    """What made the scores: of each benchmark (B,), the cohorts' effects (2, B), the models' times (M,)."""

    difficulty: np.ndarray
    slope: np.ndarray
    spread: np.ndarray
    cohort: np.ndarray
    t: np.ndarray


@dataclass(frozen=True)
class World:
    """Data as a reader would see them, and the true capabilities behind (by model id)."""

    kind: WorldKind
    data: Dataset
    theta: Mapping[str, float]
    days: Mapping[str, int]
    behind: Behind


def true_slope(kind: WorldKind, months: int = 36) -> float:
    """Return the slope in months a year of a line through the lag of development of the last months."""
    years = -np.arange(months)[::-1] / 12
    lags = [kind.lag(float(1 + year / YEARS)) for year in years]
    return float(np.polyfit(years, lags, 1)[0])


def edge(kind: WorldKind, t: np.ndarray, follower: np.ndarray) -> np.ndarray:
    """Return the capability that development has reached at each time (M,), in logits."""
    lag = np.array([kind.lag(float(x)) for x in t]) / 12 * follower
    return np.asarray(PACE * (t * YEARS - lag - YEARS / 2))


def _deficit(kind: WorldKind, rng: np.random.Generator, n: int) -> np.ndarray:
    if kind.deficits == "normal":
        return rng.normal(1.0, 0.7, n)
    near = rng.random(n) < 0.4
    return np.where(near, np.abs(rng.normal(0, 0.25, n)), rng.exponential(1.0, n) + 0.2)


def _models(
    kind: WorldKind, rng: np.random.Generator
) -> tuple[list[Model], np.ndarray, dict[str, int], np.ndarray]:
    t = np.sort(rng.beta(2.0, 1.0, kind.n_models))
    china = rng.random(kind.n_models) < kind.follower_share
    theta = edge(kind, t, china) - _deficit(kind, rng, kind.n_models)
    start = TODAY - timedelta(days=YEARS * 365.25)
    models, days = [], {}
    for i, x in enumerate(t):
        on = start + timedelta(days=float(x) * YEARS * 365.25)
        name, cohort = f"m{i:04d}", "China" if china[i] else "US"
        days[name] = on.toordinal()
        if rng.random() < kind.month_only:
            models.append(Model(name, cohort, middle_of_month(on.year, on.month), Precision.MONTH))
        else:
            models.append(Model(name, cohort, on))
    return models, theta, days, t


def simulate_world(kind: WorldKind, seed: int) -> World:
    """Make one world of a kind."""
    rng = np.random.default_rng([seed, *kind.name.encode()])
    models, theta, days, t = _models(kind, rng)
    m, b = kind.n_models, kind.n_benchmarks
    china = np.array([model.cohort == "China" for model in models])
    difficulty = rng.uniform(theta.min() * 0.6, theta.max() + 0.8, b)
    a = np.exp(rng.normal(0, 0.35, b))
    chance = np.where(rng.random(b) < 0.35, 0.25, 0.0)
    items = np.round(np.exp(rng.uniform(np.log(60), np.log(1500), b)) * kind.items_factor).astype(int)
    spread = kind.omega * np.exp(rng.normal(0, kind.uneven, b))
    noise = rng.standard_t(kind.tail_df, (m, b)) if np.isfinite(kind.tail_df) else rng.standard_normal((m, b))
    axis = kind.second_axis * rng.standard_normal(m)[:, None] * rng.normal(0, 1, b)[None, :]
    cohort = kind.omega_cohort * rng.standard_normal((2, b))
    true = a * (theta[:, None] - difficulty) + spread * noise + axis + cohort[china.astype(int)]
    vendor = (rng.random((m, b)) < 0.5) if kind.optimism else np.zeros((m, b), bool)
    bias = np.where(china, kind.optimism.get("China", 0.0), kind.optimism.get("US", 0.0))
    p = chance + (1 - chance) / (1 + np.exp(-(true + vendor * bias[:, None])))
    y = rng.binomial(items, p) / items
    y = np.where(rng.random((m, b)) < kind.broken, chance * rng.random((m, b)), y)
    odds = np.full((m, b), kind.fill)
    if kind.by_era:
        near = np.exp(-(((theta[:, None] - difficulty) / 1.5) ** 2))
        odds = np.clip(kind.fill * near / near.mean(), 0, 0.97)
    if kind.selective:
        odds = np.where(vendor, odds * np.exp(np.clip(kind.selective * noise, -1.5, 1.0)), odds).clip(0, 1)
    seen = rng.random((m, b)) < odds
    for i in np.flatnonzero(seen.sum(1) < 2):
        seen[i, rng.choice(b, 2, replace=False)] = True
    scores = tuple(
        Score(
            models[i].id,
            f"b{j:02d}",
            float(y[i, j]),
            n=int(items[j]),
            provenance=Provenance.VENDOR if vendor[i, j] else Provenance.REPORTED,
        )
        for i, j in zip(*np.nonzero(seen), strict=True)
    )
    benchmarks = tuple(Benchmark(f"b{j:02d}", float(chance[j]), 1.0, int(items[j])) for j in range(b))
    data = Dataset(tuple(models), benchmarks, scores)
    true_theta = {model.id: float(x) for model, x in zip(models, theta, strict=True)}
    return World(kind, data, true_theta, days, Behind(difficulty, a, spread, cohort, t))


BASE = WorldKind("base")
KINDS = (
    BASE,
    replace(BASE, name="small_sparse", n_models=40, fill=0.15),
    replace(BASE, name="small", n_models=40, n_benchmarks=12, fill=0.4),
    replace(BASE, name="few_benchmarks", n_benchmarks=6, fill=0.7),
    replace(BASE, name="large", n_models=400, n_benchmarks=40, fill=0.7),
    replace(BASE, name="sparse", fill=0.15),
    replace(BASE, name="constant", lag=constant),
    replace(BASE, name="widening", lag=widening),
    replace(BASE, name="lead", lag=leading),
    replace(BASE, name="vendor", optimism={"China": 0.35, "US": 0.1}, selective=0.7),
    replace(BASE, name="spiky", omega=0.8, uneven=0.3),
    replace(BASE, name="second_axis", second_axis=0.4),
    replace(BASE, name="heavy_tails", tail_df=2.5),
    replace(BASE, name="broken", broken=0.04),
    replace(BASE, name="month_only", month_only=0.4),
    replace(BASE, name="normal_models", deficits="normal"),
    replace(BASE, name="eras", by_era=True),
    replace(BASE, name="cohort_taste", omega_cohort=0.5),
    replace(BASE, name="follower_few", follower_share=0.2),
)
