"""What every answer carries beside its numbers: of which day and data, by which method, how to cite it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework import serializers

from evals import queries
from leaderboard.lag import METHOD_VERSION

LICENCE = "CC-BY-4.0 for the compilation; each score, model and benchmark names its source and licence"


class Meta(serializers.Serializer[dict[str, Any]]):
    """Where the numbers of an answer stand."""

    as_of = serializers.DateField(allow_null=True, help_text="Day of the newest data in the record.")
    data_version = serializers.CharField(help_text="Names exactly this content of the record.")
    method_version = serializers.CharField(help_text="Version of the lag's method.")
    licence = serializers.CharField()
    citation = serializers.CharField()


def meta() -> dict[str, Any]:
    """Return the state of the record that answers are given from now."""
    record = queries.record_version()
    day = record.as_of.isoformat() if record.as_of else "no data yet"
    return {
        "as_of": record.as_of,
        "data_version": record.version,
        "method_version": METHOD_VERSION,
        "licence": LICENCE,
        "citation": (
            f"Lagline, {settings.PUBLIC_URL}, data {record.version} ({day}), method {METHOD_VERSION}."
        ),
    }


def headers(state: dict[str, Any]) -> dict[str, str]:
    """Return the same for an answer that has no place for it, such as CSV."""
    return {
        "Lagline-As-Of": str(state["as_of"] or ""),
        "Lagline-Data-Version": state["data_version"],
        "Lagline-Method-Version": state["method_version"],
    }
