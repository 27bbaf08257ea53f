"""Authentication by token: `Authorization: Bearer lagline_…`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from leaderboard.queries import TOKEN_PREFIX, valid_token

if TYPE_CHECKING:
    from leaderboard.models import ApiToken

HOW = f"Send 'Authorization: Bearer {TOKEN_PREFIX}…' with a valid token of yours."


def bearer_token(request: HttpRequest) -> ApiToken | None:
    """Return the valid token of a request, or None; it is looked up once for each request."""
    if not hasattr(request, "bearer_token"):
        words = _authorization(request)
        is_bearer = len(words) == 2 and words[0].lower() == "bearer"
        request.bearer_token = valid_token(words[1], now=timezone.now()) if is_bearer else None  # type: ignore[attr-defined]
    token: ApiToken | None = request.bearer_token  # type: ignore[attr-defined]
    return token


def _authorization(request: HttpRequest) -> list[str]:
    return str(request.META.get("HTTP_AUTHORIZATION", "")).split()


class TokenAuthentication(BaseAuthentication):
    """Authenticates by a bearer token; any other scheme is left to other classes."""

    def authenticate(self, request: Request) -> tuple[AbstractBaseUser, ApiToken] | None:
        """Return the token's user, or None if the request has no token. Raises AuthenticationFailed."""
        words = _authorization(request._request)
        if not words or words[0].lower() != "bearer":
            return None
        if len(words) != 2:
            raise AuthenticationFailed(f"The Authorization header has {len(words)} words, not two. {HOW}")
        token = bearer_token(request._request)
        if token is None:
            raise AuthenticationFailed(f"This token is not known, was revoked or has expired. {HOW}")
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """Return the WWW-Authenticate header, without which DRF answers 403 in place of 401."""
        return 'Bearer realm="lagline"'
