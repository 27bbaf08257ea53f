"""Model comparisons and run differences as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

NOT_PAIRED = "Null where the two scores were not paired by item: then it is the difference of two scores."


class DifferenceRow(serializers.Serializer[Any]):
    value = serializers.FloatField(help_text="In the benchmark's unit.")
    se = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True, help_text="Lower end of the 95% interval.")
    high = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField(allow_null=True, help_text=NOT_PAIRED)


class ComparisonRow(serializers.Serializer[Any]):
    """A model on a shared benchmark, with its difference from the first model."""

    benchmark = serializers.CharField()
    benchmark_name = serializers.CharField()
    unit = serializers.CharField()
    direction = serializers.CharField()
    model = serializers.CharField()
    score = serializers.FloatField(allow_null=True)
    stderr = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField(allow_null=True)
    provenance = serializers.CharField(allow_null=True)
    against = serializers.CharField(help_text="The first model named.")
    difference = DifferenceRow(
        allow_null=True, help_text="This model less the first, where both have a score."
    )
    runs = serializers.ListField(
        child=serializers.IntegerField(),
        allow_null=True,
        help_text="The two runs paired by item, the first model's first.",
    )


class HeadToHeadRow(serializers.Serializer[Any]):
    """Two models: the number of shared tests on which each is better, also beyond the 95% interval."""

    first = serializers.CharField(source="first.slug")
    second = serializers.CharField(source="second.slug")
    shared = serializers.IntegerField()
    first_better = serializers.IntegerField()
    second_better = serializers.IntegerField()
    first_decided = serializers.IntegerField()
    second_decided = serializers.IntegerField()


class AgreementRow(serializers.Serializer[Any]):
    n = serializers.IntegerField()
    both = serializers.IntegerField()
    only_first = serializers.IntegerField()
    only_second = serializers.IntegerField()
    neither = serializers.IntegerField()


class DiffRow(serializers.Serializer[Any]):
    """Two runs of a task over the items that both answered: the first minus the second."""

    first = serializers.IntegerField(source="first.pk")
    second = serializers.IntegerField(source="second.pk")
    task = serializers.CharField(source="first.task.name")
    agreement = AgreementRow(help_text="Right means full marks.")
    difference = DifferenceRow(allow_null=True)


class PairedItemRow(serializers.Serializer[Any]):
    first_sample = serializers.IntegerField(source="first_id")
    second_sample = serializers.IntegerField(source="second_id")
    first = serializers.FloatField(help_text="The first run's mark.")
    second = serializers.FloatField()
