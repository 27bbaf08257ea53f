"""Proposed models as JSON."""

from __future__ import annotations

from rest_framework import serializers

from evals.models import ModelProposal, Openness, Precision
from leaderboard.api.serializers.base import ReadRow, RequestBody, linked


class ProposalRow(ReadRow):
    """A proposed model with its sources and the decision; reviewers are not named."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    model = linked("model.slug")
    name = linked("model.name")
    developer = linked("model.developer.slug")
    developer_name = linked("model.developer.name")
    country = linked("model.developer.country")
    openness = linked("model.openness")
    released_on = serializers.DateField(source="model.released_on", read_only=True, allow_null=True)
    base_model = linked("model.base_model.slug", null=True)
    variant_of = linked("model.variant_of.slug", null=True)
    proposed_by = linked("model.proposed_by.handle", null=True)
    sources = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = ModelProposal
        fields = [
            *("id", "state", "message", "model", "name", "developer", "developer_name", "country"),
            *("openness", "released_on", "base_model", "variant_of", "is_named", "weights_url", "sources"),
            *("proposed_by", "proposed_at", "submitted_at", "decided_at"),
        ]


def optional(length: int, help_text: str = "") -> serializers.CharField:
    """Return a text field that may stay empty."""
    return serializers.CharField(
        required=False, default="", allow_blank=True, max_length=length, help_text=help_text
    )


class ProposalRequest(RequestBody):
    """A new model: a developer on record, or a new one with its country, and the sources."""

    name = serializers.CharField(max_length=100)
    developer = optional(80, "Slug of a developer on record.")
    new_developer = optional(80, "Name of a developer that is not on record.")
    new_developer_country = optional(2, "ISO 3166 code of its headquarters, such as CN.")
    openness = serializers.ChoiceField(Openness.choices)
    released_on = serializers.DateField(required=False, allow_null=True, default=None)
    release_precision = serializers.ChoiceField(Precision.choices, default=Precision.DAY.value)
    weights_url = optional(300)
    weights_licence = optional(120)
    parameters_b = serializers.FloatField(required=False, allow_null=True, default=None)
    base_model = optional(120, "Slug of a model.")
    variant_of = optional(120, "Slug of the release that it is a variant of.")
    effort = optional(40, "Such as a reasoning effort.")
    is_named = serializers.BooleanField(
        default=True, help_text="Of the variants of a release, the named one counts."
    )
    sources = serializers.ListField(child=serializers.CharField(), help_text="1 to 5 web addresses.")
    owner = optional(150, "Your user name, or the name of an organisation.")
    is_another = serializers.BooleanField(
        default=False, help_text="The models named by `similar_model` are other models."
    )
