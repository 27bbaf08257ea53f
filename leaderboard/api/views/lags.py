"""The published lags."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404

from leaderboard import queries
from leaderboard.api.generics import DetailView, ListView
from leaderboard.api.openapi import documented, documented_row
from leaderboard.api.parameters import LagParameters, ListParameters
from leaderboard.api.serializers.lags import ChangeRow, ForecastRow, LagRow
from leaderboard.api.views.catalogue import WITH_CSV
from leaderboard.models import LagEstimate


@documented("list_lags", "The newest published lag of each pair of cohorts on each benchmark", csv=True)
class LagList(ListView):
    serializer_class = LagRow
    parameters = LagParameters
    renderer_classes = WITH_CSV

    def rows(self, **filters: Any) -> QuerySet[Any]:
        return queries.lag_estimates(**filters)


@documented("list_forecasts", "Every forecast on record, and what came of it", csv=True)
class ForecastList(ListView):
    serializer_class = ForecastRow
    parameters = ListParameters
    renderer_classes = WITH_CSV

    def rows(self, **filters: Any) -> QuerySet[Any]:
        return queries.forecasts()


@documented("list_changes", "What moved each estimate over all benchmarks away from the one before")
class ChangeList(ListView):
    serializer_class = ChangeRow
    parameters = ListParameters

    def rows(self, **filters: Any) -> QuerySet[Any]:
        return queries.estimate_changes()


@documented_row("read_lag", "One published lag, however old: what a citation leads to", "Lag")
class LagDetail(DetailView):
    """Return an estimate by its id, with its values, interval, method version and data hash."""

    serializer_class = LagRow

    def get_object(self) -> LagEstimate:
        estimate_id = self.kwargs["estimate_id"]
        estimate = queries.lag_estimate(estimate_id)
        if estimate is None:
            raise Http404(f"No estimate {estimate_id} was published.")
        return estimate
