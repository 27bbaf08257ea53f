"""Quotas, spending caps and reliability as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from evals.models import CapKind
from evals.queries.spending import Unit
from evals.queries.submission_quotas import SubmissionQuota


class QuotaRow(serializers.Serializer[Any]):
    """A quota of submissions."""

    quota = serializers.ChoiceField([(quota.value, quota.value) for quota in SubmissionQuota])
    limit = serializers.IntegerField()
    used = serializers.IntegerField()
    left = serializers.IntegerField()
    renews_at = serializers.DateTimeField(
        allow_null=True, help_text="When one more fits; null if one does now, or when an open one has ended."
    )


class CapLimitRow(serializers.Serializer[Any]):
    """One limit of a spending cap; `limit` and `left` are null without a limit."""

    kind = serializers.ChoiceField(CapKind.choices, source="cap.kind")
    unit = serializers.ChoiceField([(unit.value, unit.value) for unit in Unit], source="use.unit")
    period = serializers.CharField(source="use.period", help_text="`day` or `month`, in UTC.")
    limit = serializers.DecimalField(18, 8, source="use.limit", allow_null=True)
    used = serializers.DecimalField(
        18, 8, source="use.used", help_text="Spent, reserved for calls in flight, and possibly billed."
    )
    left = serializers.DecimalField(18, 8, source="use.left", allow_null=True)
    renews_at = serializers.DateTimeField(source="use.renews_at")


class OwnerQuotasRow(serializers.Serializer[Any]):
    """What an owner may still submit and spend."""

    owner = serializers.CharField(source="owner.handle")
    submissions = QuotaRow(many=True)
    caps = CapLimitRow(many=True, source="cap_limits")


class ReliabilityRow(serializers.Serializer[Any]):
    """The figures of the submissions created in the last days."""

    days = serializers.IntegerField()
    n_submissions = serializers.IntegerField()
    n_ended = serializers.IntegerField(help_text="Finished or failed.")
    n_finished = serializers.IntegerField()
    share_finished = serializers.FloatField(allow_null=True, help_text="Null if none has ended.")
    n_waited = serializers.IntegerField(help_text="Those that have started.")
    wait_median_s = serializers.FloatField(allow_null=True, help_text="Null if none has started.")
    wait_p90_s = serializers.FloatField(allow_null=True)
    n_lost = serializers.IntegerField(
        help_text="Open, held back by nothing, and untouched by any worker for 24 hours."
    )
