"""Disputes and corrections as JSON."""

from __future__ import annotations

from rest_framework import serializers

from evals.models import Correction, Dispute
from leaderboard.api.serializers.base import ReadRow, RequestBody


class DisputeRow(ReadRow):
    """An objection to one fact, without the contact and client of its author."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    evidence = serializers.ListField(child=serializers.CharField(), read_only=True)
    correction = serializers.IntegerField(
        source="correction_id", read_only=True, allow_null=True, help_text="What an upheld one led to."
    )

    class Meta:
        model = Dispute
        fields = [
            *("id", "table", "subject", "field", "value", "statement", "evidence", "filed_at", "seen_at"),
            *("state", "answer", "answered_by", "answered_at", "correction"),
        ]


class DisputeRequest(RequestBody):
    """A new dispute: the fact, the objection, and the evidence."""

    fact = serializers.CharField(
        help_text="kind:slug:field, such as model:deepseek-r1:released_on; a score goes by its id."
    )
    statement = serializers.CharField(trim_whitespace=False, help_text="What is wrong, as plain text.")
    evidence = serializers.ListField(
        child=serializers.CharField(), help_text="1 to 5 addresses of the web; we open none of them."
    )
    contact = serializers.CharField(
        required=False, default="", allow_blank=True, help_text="For the moderator alone; never shown."
    )
    puzzle = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=400, help_text="The text of a solved puzzle."
    )
    solution = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=20, help_text="A number that solves it."
    )


class CorrectionRow(ReadRow):
    """A correction of a fact: old and new value (empty: withdrawn), time, reason and source."""

    changes = serializers.DictField(read_only=True)

    class Meta:
        model = Correction
        fields = ["id", "table", "subject", "changes", "known_at", "corrected_at", "reason", "source"]
