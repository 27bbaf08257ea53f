"""Reads of forecasts and of the changes of estimates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Avg, Count, QuerySet

from leaderboard.models import EstimateChange, Forecast, ForecastOutcome
from leaderboard.queries.estimates import FOLLOWER, HEADQUARTERS, LEADER


def estimate_changes() -> QuerySet[EstimateChange]:
    """Return the change of each composite from its predecessor, newest first."""
    changes = EstimateChange.objects.select_related("estimate", "former")
    return changes.defer("estimate__values", "former__values")


def last_change() -> EstimateChange | None:
    """Return the last change of the headline's composite, or None."""
    headline = {"estimate__follower": FOLLOWER, "estimate__leader": LEADER, "estimate__scope": ""}
    return estimate_changes().filter(**headline, estimate__attribution=HEADQUARTERS).first()


def forecasts() -> QuerySet[Forecast]:
    """Return every forecast with its outcome, newest first."""
    return Forecast.objects.select_related("model", "outcome").order_by(
        "-month", "kind", "model__name", "horizon_months"
    )


@dataclass(frozen=True, slots=True)
class ForecastScores:
    """The mean scores of the forecasts that were due; None if none of a kind was."""

    n_lags: int
    crps: float | None
    n_matches: int
    brier: float | None

    @property
    def n(self) -> int:
        """Return the number of scored forecasts."""
        return self.n_lags + self.n_matches


def forecast_scores() -> ForecastScores:
    """Return the mean scores of all forecasts."""
    rows = ForecastOutcome.objects.order_by().values_list("forecast__kind")
    by_kind = {kind: (n, mean) for kind, n, mean in rows.annotate(n=Count("pk"), mean=Avg("score"))}
    return ForecastScores(*by_kind.get("lag", (0, None)), *by_kind.get("match", (0, None)))


def due_forecasts(*, on: date) -> list[Forecast]:
    """Return the forecasts that are due and not scored."""
    return list(forecasts().filter(due_on__lte=on, outcome=None))
