"""Any comparison and its figures as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from leaderboard.api.serializers.lags import LagRow
from leaderboard.presenters.comparison_figures import LagFigure
from leaderboard.presenters.labels import NO_LAG_REASONS


class FigureRow(serializers.Serializer[Any]):
    reading = serializers.CharField()
    state = serializers.CharField(help_text='"ok", or why there is no figure.')
    reason = serializers.CharField(allow_blank=True, help_text="The same in words; empty where there is one.")
    months = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True, help_text="Of the 95% interval, else of the cases.")
    high = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField(allow_null=True)
    at_least = serializers.BooleanField()


class CitationRow(serializers.Serializer[Any]):
    permalink = serializers.CharField()
    bibtex = serializers.CharField()
    apa = serializers.CharField()


class ExploreRow(serializers.Serializer[Any]):
    """A comparison, its figures, and the estimate that they come from."""

    comparison = serializers.CharField(help_text="Its one text: the query of its address.")
    state = serializers.ChoiceField(
        ["published", "outdated", "queued", "computing", "failed", "not_computed", "not_published"],
        help_text="outdated: the record has changed since; POST to compute it again.",
    )
    reason = serializers.CharField(allow_blank=True, help_text="Why there is no estimate, in words.")
    page = serializers.CharField(help_text="The page of it.")
    figures = FigureRow(many=True)
    kept_until = serializers.DateTimeField(
        allow_null=True, help_text="When it is deleted unless it is requested again; null: it is permanent."
    )
    citation = CitationRow(allow_null=True, help_text="Of a permanent estimate.")
    estimate = LagRow(allow_null=True)


def figure_row(figure: LagFigure) -> dict[str, Any]:
    """Serialize a figure."""
    interval = figure.interval
    reason = NO_LAG_REASONS.get(interval.status, interval.status)
    return {
        "reading": figure.reading,
        "state": interval.status,
        "months": interval.median,
        "low": interval.lo,
        "high": interval.hi,
        "n": figure.n,
        "at_least": figure.at_least,
        "reason": "" if interval.is_known else str(reason),
    }
