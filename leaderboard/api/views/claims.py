"""Claims of the lag by others, compared with the data."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from evals import queries
from evals.operations.refusals import describe_unknown
from leaderboard.api.exceptions import NotOnRecord
from leaderboard.api.generics import ComputedListView, DetailView, ListView
from leaderboard.api.openapi import documented, documented_row
from leaderboard.api.parameters import ClaimParameters
from leaderboard.api.serializers.claims import ClaimRow, JudgedClaimRow
from leaderboard.api.views.catalogue import WITH_CSV
from leaderboard.presenters.claims import JudgedClaim, judge_claims


@documented("list_claims", "What others have said of the lag, with date and source", csv=True)
class ClaimList(ListView):
    serializer_class = ClaimRow
    parameters = ClaimParameters
    renderer_classes = WITH_CSV

    def rows(self, **filters: Any) -> QuerySet[Any]:
        return queries.claims(**filters)


@documented(
    "judge_claims", "Each claim against the lag of the day that it is about, with the verdict", csv=True
)
class JudgedClaimList(ComputedListView):
    serializer_class = JudgedClaimRow
    parameters = ClaimParameters
    renderer_classes = WITH_CSV

    def rows(self, **filters: Any) -> Any:
        return judge_claims(list(queries.claims(**filters)))


@documented_row(
    "read_claim",
    "A claim against the lag of the day that it is about, and of now",
    "Claim",
    errors=(400, 404),
)
class ClaimDetail(DetailView):
    """Return a claim with its verdict by catch-up and standing lag, on its own date and now."""

    serializer_class = JudgedClaimRow

    def get_object(self) -> JudgedClaim:
        claim = queries.claims().filter(slug=self.kwargs["slug"]).first()
        if claim is None:
            known = set(queries.claims().order_by().values_list("slug", flat=True))
            raise NotOnRecord(*describe_unknown("claim", self.kwargs["slug"], known))
        return judge_claims([claim])[0]
