"""Claims and their verdicts as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from evals.models import Claim
from leaderboard.api.serializers.base import SOURCED, ReadRow
from leaderboard.presenters.claims import ClaimVerdict


class ClaimRow(ReadRow):
    class Meta:
        model = Claim
        fields = [
            "slug",
            "claimed_on",
            "precision",
            "about_on",
            "claimant",
            "role",
            "leader",
            "follower",
            "scope",
            "lag_months_low",
            "lag_months_high",
            "direction",
            "statement",
            *SOURCED,
        ]


class AgainstRow(serializers.Serializer[Any]):
    verdict = serializers.ChoiceField([(member.value, member.name) for member in ClaimVerdict])
    status = serializers.CharField(source="interval.status", help_text='"ok", or why there is no figure.')
    months = serializers.FloatField(source="interval.median", allow_null=True)
    low = serializers.FloatField(
        source="interval.lo", allow_null=True, help_text="Lower end of the 95% interval; null is open."
    )
    high = serializers.FloatField(source="interval.hi", allow_null=True)


class JudgedClaimRow(serializers.Serializer[Any]):
    """A claim compared with the composite lag on the date that it refers to."""

    claim = ClaimRow()
    day = serializers.DateField(help_text="The day that it is about.")
    verdict = serializers.CharField(source="overall", help_text="Inside by either reading is inside.")
    catchup = AgainstRow()
    standing = AgainstRow()
    estimate = serializers.IntegerField(
        source="then.estimate_id", allow_null=True, default=None, help_text="That of the day: /lags/{id}."
    )
    estimate_now = serializers.IntegerField(source="now.estimate_id", allow_null=True, default=None)
