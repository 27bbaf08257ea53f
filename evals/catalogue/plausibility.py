"""Impossible numbers: scores out of bounds, inverted intervals, cached input dearer than input."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from evals.catalogue.columns import as_number
from evals.catalogue.files import Problem, Row, Tables

ROUNDING = 1e-6  # values have six decimals


@dataclass(frozen=True, slots=True)
class ScoreBounds:
    """The chance level and maximum of a benchmark, in the unit of its scores; None if unknown."""

    chance: float | None
    ceiling: float | None

    @property
    def lowest(self) -> float | None:
        """Return the lowest possible score: 0, because a model can score below chance."""
        return None if self.chance is None and self.ceiling is None else min(0.0, self.chance or 0.0)

    def refusal(self, value: float) -> str:
        """Return why a value cannot be a score, or an empty string."""
        if self.ceiling is not None and value > self.ceiling + ROUNDING:
            return f"is {value:g}, over the ceiling of {self.ceiling:g}"
        if self.lowest is not None and value < self.lowest - ROUNDING:
            return f"is {value:g}, under the lowest possible score of {self.lowest:g}"
        return ""

    def doubt(self, value: float) -> str:
        """Return why a possible value is probably a mistake (it is below chance), or an empty string."""
        if self.chance is not None and value < self.chance - ROUNDING:
            return f"is {value:g}, under the chance level of {self.chance:g}"
        return ""


def check_plausibility(tables: Tables) -> Iterator[Problem]:
    """Yield each number that contradicts another number of its row."""
    limits = {
        row["slug"]: ScoreBounds(as_number(row["chance"]), as_number(row["ceiling"]))
        for row in tables["benchmarks.csv"]
    }
    for row in tables["benchmarks.csv"]:
        yield from _ordered(row, "chance", "ceiling", strictly=True)
    for row in tables["scores.csv"]:
        yield from _inside(row, limits)
    for row in tables["claims.csv"]:
        yield from _ordered(row, "lag_months_low", "lag_months_high")
    for row in tables["prices.csv"]:
        yield from _ordered(row, "cached_input_usd_per_mtok", "input_usd_per_mtok")


def _inside(row: Row, limits: Mapping[str, ScoreBounds]) -> Iterator[Problem]:
    bounds, value = limits.get(row["benchmark"]), as_number(row["value"])
    if bounds and value is not None and (problem := bounds.refusal(value) or bounds.doubt(value)):
        yield row.problem("value", problem)


def _ordered(row: Row, low: str, high: str, *, strictly: bool = False) -> Iterator[Problem]:
    least, most = as_number(row[low]), as_number(row[high])
    if least is None or most is None:
        return
    if least > most or (strictly and least == most):
        yield row.problem(low, f"is {row[low]}; it must be {'under' if strictly else 'at most'} {high}")
