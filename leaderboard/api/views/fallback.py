"""Unknown addresses under /api/."""

from __future__ import annotations

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


@extend_schema(exclude=True)
class Nowhere(APIView):
    """Answers 404 in the API's format."""

    permission_classes = [AllowAny]

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        """Refuse every method."""
        raise Http404(f"There is nothing at {request.path}. The addresses are listed at /api/v1/docs.")

    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Exist for the router; `initial` refuses first."""
        raise NotImplementedError
