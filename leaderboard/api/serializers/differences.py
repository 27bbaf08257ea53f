"""Readings side by side, and leave-one-out results, as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from leaderboard.api.serializers.explore import FigureRow


class ChoiceRow(serializers.Serializer[Any]):
    key = serializers.CharField(help_text="Which data: all, a rule of countries, a set, index, or a day.")
    comparison = serializers.CharField()
    estimate = serializers.IntegerField()
    as_of = serializers.DateField()
    figures = FigureRow(many=True)


class GapRow(serializers.Serializer[Any]):
    """How far the leader's best score exceeds the follower's, in percent."""

    on_index = serializers.FloatField(allow_null=True)
    median = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField()


class WhyRow(serializers.Serializer[Any]):
    choices = ChoiceRow(many=True)
    gap_percent = GapRow()
    claims = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        help_text="Slugs of claims by the reading that theirs is nearest to.",
    )


class LeftRow(serializers.Serializer[Any]):
    kind = serializers.CharField(help_text="model, benchmark or developer")
    slug = serializers.CharField()
    name = serializers.CharField()
    months = serializers.FloatField(allow_null=True, help_text="The catch-up lag at the mode without it.")
    change = serializers.FloatField(allow_null=True)


class TogetherRow(serializers.Serializer[Any]):
    names = serializers.ListField(child=serializers.CharField())
    terms = serializers.CharField(help_text="As `without` of `explore` takes them.")
    months = serializers.FloatField(allow_null=True)
    change = serializers.FloatField(allow_null=True)


class WhatIfRow(serializers.Serializer[Any]):
    estimate = serializers.IntegerField(source="estimate_id")
    as_of = serializers.DateField()
    at_mode_months = serializers.FloatField(source="at_mode", allow_null=True)
    low = serializers.FloatField(allow_null=True, help_text="The least over all leave-one-outs.")
    high = serializers.FloatField(allow_null=True)
    fragility_known = serializers.BooleanField(source="fragile")
    by_a_month = TogetherRow(allow_null=True, help_text="The fewest models found that move it by a month.")
    sign = TogetherRow(allow_null=True, help_text="The fewest models found that turn its sign.")
    left = LeftRow(many=True)
