"""Reads of what moved the lag, and of what was forecast of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Avg, Count, QuerySet

from leaderboard.models import EstimateChange, Forecast, ForecastOutcome
from leaderboard.queries.estimates import FOLLOWER, HEADQUARTERS, LEADER


def estimate_changes() -> QuerySet[EstimateChange]:
    """Return what moved each composite away from the one before, newest first."""
    changes = EstimateChange.objects.select_related("estimate", "former")
    return changes.defer("estimate__values", "former__values")


def last_change() -> EstimateChange | None:
    """Return what moved the headline's composite away from the one before, or None."""
    headline = {"estimate__follower": FOLLOWER, "estimate__leader": LEADER, "estimate__scope": ""}
    return estimate_changes().filter(**headline, estimate__attribution=HEADQUARTERS).first()


def forecasts() -> QuerySet[Forecast]:
    """Return every forecast on record with what came of it, newest first."""
    return Forecast.objects.select_related("model", "outcome").order_by(
        "-month", "kind", "model__name", "horizon_months"
    )


@dataclass(frozen=True, slots=True)
class ForecastScores:
    """How the forecasts that have come to their day did, in the mean; None where none of a kind has."""

    n_lags: int
    crps: float | None
    n_matches: int
    brier: float | None

    @property
    def n(self) -> int:
        """Return how many have been scored."""
        return self.n_lags + self.n_matches


def forecast_scores() -> ForecastScores:
    """Return the record of the forecasts."""
    rows = ForecastOutcome.objects.order_by().values_list("forecast__kind")
    by_kind = {kind: (n, mean) for kind, n, mean in rows.annotate(n=Count("pk"), mean=Avg("score"))}
    return ForecastScores(*by_kind.get("lag", (0, None)), *by_kind.get("match", (0, None)))


def due_forecasts(*, on: date) -> list[Forecast]:
    """Return the forecasts whose day has come, and that nobody has scored."""
    return list(forecasts().filter(due_on__lte=on, outcome=None))
