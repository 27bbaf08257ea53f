"""Rate limits on writes; the counts are in the cache."""

from __future__ import annotations

import logging

from django.conf import settings
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import UserRateThrottle
from rest_framework.views import APIView

from leaderboard.operations.client_id import client_id

logger = logging.getLogger(__name__)


class PostThrottle(UserRateThrottle):
    """Limits writes per user, not reads. If the cache fails, writes are allowed and a warning is logged."""

    scope = "post"

    def get_rate(self) -> str:
        """Return the current limit, such as 60/min."""
        return str(settings.API_POST_RATE)

    def get_ident(self, request: Request) -> str:
        """Return the pseudonym of an anonymous client, by the service's rule for addresses."""
        return client_id(request)

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Count a write, and tell whether it is within the limit."""
        if request.method in SAFE_METHODS:
            return True
        try:
            return bool(super().allow_request(request, view))
        except Exception as error:  # each cache backend raises its own errors
            logger.warning("Writes are not limited: the cache failed (%s).", type(error).__name__)
            return True
