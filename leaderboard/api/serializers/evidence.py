"""The evidence of a published lag, and exports, as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from leaderboard.api.serializers.base import ReadRow
from leaderboard.models import Export


class BillRow(serializers.Serializer[Any]):
    """An estimate, each of its scores with runs or source, and the command that recomputes it."""

    estimate = serializers.DictField(help_text="The estimate with its versions and hashes, without values.")
    command = serializers.CharField(help_text="Recomputes it from the record as it was known then.")
    scores = serializers.ListField(
        child=serializers.DictField(),
        help_text="As known at publication: value, provenance, source or the runs with task hash, versions "
        "and number of responses; a run's samples and raw answers are at runs/{run}/samples.",
    )


class ExportRow(ReadRow):
    """An export; each file of its manifest is at `/data/{folder}/{name}`."""

    manifest = serializers.DictField(
        read_only=True,
        help_text="Rows and licences of each table, size and SHA-256 of each file, the public key.",
    )

    class Meta:
        model = Export
        fields = ["folder", "made_at", "manifest"]
