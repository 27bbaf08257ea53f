"""The OpenAPI document, and its page for a browser."""

from __future__ import annotations

from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework import serializers

from leaderboard.api.generics import KnownParametersMixin
from leaderboard.api.parameters import Parameters


class SchemaParameters(Parameters):
    lang = serializers.CharField(required=False)


class DocsParameters(SchemaParameters):
    script = serializers.CharField(required=False, allow_blank=True)


class Schema(KnownParametersMixin, SpectacularAPIView):
    """The OpenAPI document."""

    parameters = SchemaParameters


class Docs(KnownParametersMixin, SpectacularSwaggerSplitView):
    """The OpenAPI document in a browser."""

    parameters = DocsParameters
    url_name = "api:schema"
    template_name = "api/docs.html"
