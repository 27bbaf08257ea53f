"""The OpenAPI document, and its page for a browser."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from leaderboard.api.generics import KnownParametersMixin
from leaderboard.api.parameters import Parameters
from leaderboard.api.problem_types import ANCHOR, TITLES


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

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return the page, or its script."""
        response: Response = super().get(request, *args, **kwargs)  # type: ignore[no-untyped-call]
        response.data |= {"problems": TITLES, "anchor": ANCHOR}
        return response
