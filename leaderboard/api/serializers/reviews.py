"""The review of a submission as JSON, and the body of a decision."""

from __future__ import annotations

from rest_framework import serializers

from evals.operations.submissions.review import LONGEST_REASON
from leaderboard.api.serializers.base import RequestBody


class ReviewReason(RequestBody):
    """The public reason of a decision."""

    reason = serializers.CharField(max_length=LONGEST_REASON, help_text="It becomes public.")


class Approval(ReviewReason):
    """An approval, with its amount where it is not the one requested or estimated."""

    reason = serializers.CharField(
        max_length=LONGEST_REASON, required=False, allow_blank=True, help_text="It becomes public."
    )
    budget_usd = serializers.DecimalField(14, 8, required=False, help_text="The most that it may spend.")
    budget_calls = serializers.IntegerField(
        required=False, min_value=0, help_text="The same in calls, for an endpoint without a price."
    )
