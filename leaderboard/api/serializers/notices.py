"""Notices as JSON."""

from __future__ import annotations

from rest_framework import serializers

from evals.models import Notice
from leaderboard.api.serializers.base import ReadRow, linked


class NoticeRow(ReadRow):
    """An event of the account or of one of its organisations."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    owner = linked("owner.handle")

    class Meta:
        model = Notice
        fields = ["id", "owner", "type", "subject", "data", "created_at"]
