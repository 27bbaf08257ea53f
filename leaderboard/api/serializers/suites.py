"""Suites, their tasks, and the months of lagline-fresh as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from evals.models import FreshEdition, Suite
from leaderboard.api.serializers.base import ReadRow, linked


class TaskRow(serializers.Serializer[Any]):
    name = serializers.CharField()
    version = serializers.CharField()
    num_fewshot = serializers.IntegerField()
    request_types = serializers.ListField(child=serializers.CharField())
    metric = serializers.CharField()
    filter = serializers.CharField()
    content_hash = serializers.CharField()
    benchmark = linked("benchmark.slug", null=True)


class FreshEditionRow(ReadRow):
    seed = serializers.CharField(
        source="published_seed", read_only=True, allow_null=True, help_text="Null until the month has ended."
    )

    class Meta:
        model = FreshEdition
        fields = ["month", "version", "commitment", "items_hash", "seed", "drawn_at", "revealed_at"]


class SuiteRow(ReadRow):
    benchmark = linked("benchmark.slug", null=True)
    tasks = serializers.SerializerMethodField()

    class Meta:
        model = Suite
        fields = ["slug", "version", "name", "description", "current", "benchmark", "tasks"]

    def get_tasks(self, suite: Suite) -> list[dict[str, Any]]:
        """Return the tasks in the suite's order."""
        return [dict(TaskRow(place.task).data) for place in suite.suitetask_set.all()]
