"""The query parameters of each address; one that is unknown, or given twice, is refused by name."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from evals import queries
from evals.models import DisputeState, Openness, ProposalState, Provenance, Score, SubmissionState
from evals.operations.refusals import describe_unknown
from leaderboard.api.exceptions import Invalid
from leaderboard.lag.readings import READINGS
from leaderboard.models import Attribution

OF_EVERY_WRITE = ("format",)  # read by DRF
OF_EVERY_READ = ("as_of", "format")  # `as_of` is read by its middleware
LARGEST_PAGE = 500


class KnownSlug(serializers.CharField):
    """A slug that must be on record."""

    def __init__(self, kind: str, **options: Any) -> None:
        super().__init__(required=False, **options)
        self.kind = kind

    def to_internal_value(self, data: Any) -> str:
        """Return the slug; refuse an unknown one with the nearest known slugs."""
        slug = super().to_internal_value(data)
        rows_by_kind: dict[str, QuerySet[Any]] = {
            "model": queries.models(),
            "developer": queries.developers(),
            "benchmark": queries.benchmarks(),
        }
        rows = rows_by_kind[self.kind].order_by()
        if not rows.filter(slug=slug).exists():
            sentence, allowed = describe_unknown(self.kind, slug, set(rows.values_list("slug", flat=True)))
            raise Invalid(sentence, field=self.field_name or self.kind, suggestions=allowed)
        return slug


class Parameters(serializers.Serializer[dict[str, Any]]):
    """An address without parameters of its own."""

    @classmethod
    def refuse_unknown(cls, request: Request) -> None:
        """Raise Invalid for a parameter that is unknown, given twice, empty, or contains a NUL character."""
        of_every = OF_EVERY_READ if request.method in SAFE_METHODS else OF_EVERY_WRITE
        known = cls().fields
        allowed = [*known, *of_every]
        for name, values in sorted(request.query_params.lists()):
            if name not in allowed:
                sentence = f"There is no parameter {name!r} here. Allowed: {', '.join(allowed)}."
                raise Invalid(sentence, field=name, allowed=allowed)
            if len(values) > 1:
                raise Invalid(f"{name} is given {len(values)} times; give it once.", field=name)
            if not values[0] and not getattr(known.get(name), "allow_blank", False):
                # An unset variable of a script must not return everything.
                raise Invalid(f"{name} is empty. Give a value, or leave {name} out.", field=name)
            if "\0" in values[0]:  # PostgreSQL stores and compares no such text
                raise Invalid(f"{name} contains a NUL character.", field=name)

    @classmethod
    def read(cls, request: Request) -> dict[str, Any]:
        """Return the validated parameters of a request."""
        parameters = cls(data=request.query_params)
        parameters.is_valid(raise_exception=True)
        return dict(parameters.validated_data)


class ListParameters(Parameters):
    """The parameters of every list."""

    page = serializers.IntegerField(min_value=1, default=1)
    page_size = serializers.IntegerField(min_value=1, max_value=LARGEST_PAGE, required=False)
    ordering = serializers.CharField(
        required=False, help_text="Fields with commas between them; '-' before one turns it round."
    )

    def get_fields(self) -> dict[str, Any]:
        """Add the parameter `fields`, a name that a serializer reserves for itself."""
        chosen = serializers.CharField(required=False, help_text="Fields with commas between them.")
        return super().get_fields() | {"fields": chosen}


def country() -> serializers.RegexField:
    """Return a parameter for a country code."""
    message = "A country is an ISO 3166 code of two capitals, such as CN."
    return serializers.RegexField(r"^[A-Z]{2}$", required=False, error_messages={"invalid": message})


def choice(choices: Any) -> serializers.ChoiceField:
    """Return a parameter with a fixed set of values."""
    words = ", ".join(value for value, _ in choices)
    message = f'"{{input}}" is not among {words}.'
    return serializers.ChoiceField(choices, required=False, error_messages={"invalid_choice": message})


class ModelParameters(ListParameters):
    country = country()
    openness = choice(Openness.choices)
    developer = KnownSlug("developer")
    benchmark = KnownSlug("benchmark", help_text="Only models with a score on it.")
    search = serializers.CharField(required=False, help_text="Part of the name or slug.")
    released_from = serializers.DateField(required=False)
    released_to = serializers.DateField(required=False)


class DeveloperParameters(ListParameters):
    country = country()


class BenchmarkParameters(ListParameters):
    kind = serializers.ChoiceField(["test", "index"], required=False)
    domain = serializers.CharField(required=False)
    language = serializers.CharField(required=False)


class ScoreParameters(ListParameters):
    model = KnownSlug("model")
    benchmark = KnownSlug("benchmark")
    country = country()
    provenance = choice(Provenance.choices)
    reported_by = choice(Score.ReportedBy.choices)


class EndpointParameters(ListParameters):
    model = KnownSlug("model")
    enabled = serializers.BooleanField(required=False, allow_null=True, default=None)


class ClaimParameters(ListParameters):
    leader = serializers.CharField(required=False)
    follower = serializers.CharField(required=False)


class DisputeParameters(ListParameters):
    state = choice(DisputeState.choices)
    subject = serializers.CharField(required=False, help_text="A slug, or `model on benchmark`.")
    table = serializers.CharField(required=False, help_text="Such as evals_model or evals_score.")


class ProposalParameters(ListParameters):
    state = choice(ProposalState.choices)
    developer = KnownSlug("developer")
    owner = serializers.CharField(required=False, help_text="A user name or the name of an organisation.")


class LagParameters(ListParameters):
    follower = serializers.CharField(required=False, help_text="Cohort that follows, such as China.")
    leader = serializers.CharField(required=False, help_text="Cohort that leads, such as US.")
    benchmark = KnownSlug("benchmark")
    domain = serializers.CharField(
        required=False, default="", help_text="The composites over one domain's benchmarks, such as maths."
    )
    scope = serializers.CharField(
        required=False, default="", help_text="What else narrows them, as an answer's own scope says it."
    )
    reading = choice([(name, name) for name in READINGS])
    attribution = serializers.ChoiceField(
        required=False, choices=Attribution.choices, default=Attribution.HEADQUARTERS.value
    )


class SubmissionParameters(ListParameters):
    state = choice(SubmissionState.choices)
    model = KnownSlug("model")
    suite = serializers.CharField(required=False)
    submitter = serializers.CharField(required=False)
    owner = serializers.CharField(required=False, help_text="A user name or the name of an organisation.")


class EstimateParameters(Parameters):
    model = serializers.CharField(required=False, help_text="Slug of a model with one enabled endpoint.")
    endpoint = serializers.CharField(required=False, help_text="Slug of an endpoint.")
    suite = serializers.CharField(help_text="Slug of a suite, or slug@version.")


class SuiteParameters(ListParameters):
    slug = serializers.CharField(required=False, help_text="Slug of a suite.")
    current = serializers.BooleanField(required=False, default=True, help_text="False: earlier versions too.")


class PriceParameters(ListParameters):
    model = KnownSlug("model")
    provider = serializers.CharField(required=False)


class FreshEditionParameters(ListParameters):
    """The parameters of every list only."""


class SampleParameters(ListParameters):
    """The parameters of every list only."""
