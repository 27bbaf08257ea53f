"""Metadata of every response: its date, data version, method version, licence and citation."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework import serializers

from evals import queries
from leaderboard.lag import METHOD_VERSION

LICENCE = "CC-BY-4.0 for the compilation; each score, model and benchmark names its source and licence"
SIMULATED = "A simulated world: no figure in it is about a real model. Do not cite it."


class Meta(serializers.Serializer[dict[str, Any]]):
    """The version of the data that a response comes from."""

    as_of = serializers.DateField(allow_null=True, help_text="Day of the newest data in the record.")
    data_version = serializers.CharField(help_text="Names exactly this content of the record.")
    method_version = serializers.CharField(help_text="Version of the lag's method.")
    licence = serializers.CharField()
    citation = serializers.CharField()
    simulated = serializers.BooleanField(help_text="Whether no figure is about a real model.")


def meta() -> dict[str, Any]:
    """Return the metadata of the current record."""
    record = queries.record_version()
    day = record.as_of.isoformat() if record.as_of else "no data yet"
    return {
        "as_of": record.as_of,
        "data_version": record.version,
        "method_version": METHOD_VERSION,
        "licence": LICENCE,
        "citation": SIMULATED
        if settings.SIMULATED_WORLD
        else f"Lagline, {settings.PUBLIC_URL}, data {record.version} ({day}), method {METHOD_VERSION}.",
        "simulated": settings.SIMULATED_WORLD,
    }


def headers(state: dict[str, Any]) -> dict[str, str]:
    """Return the metadata as headers, for formats without a place for it, such as CSV."""
    return {
        "Lagline-As-Of": str(state["as_of"] or ""),
        "Lagline-Data-Version": state["data_version"],
        "Lagline-Method-Version": state["method_version"],
    }
