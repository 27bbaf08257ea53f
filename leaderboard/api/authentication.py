"""Authentication by token: `Authorization: Bearer lagline_…`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.models import AbstractBaseUser
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from leaderboard.queries import TOKEN_PREFIX, valid_token

if TYPE_CHECKING:
    from leaderboard.models import ApiToken

HOW = f"Send 'Authorization: Bearer {TOKEN_PREFIX}…' with a token of yours that was not revoked."


class TokenAuthentication(BaseAuthentication):
    """Authenticates by a bearer token; any other scheme is left to other classes."""

    def authenticate(self, request: Request) -> tuple[AbstractBaseUser, ApiToken] | None:
        """Return the token's user, or None if the request has no token. Raises AuthenticationFailed."""
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != b"bearer":
            return None
        if len(words) != 2:
            raise AuthenticationFailed(f"The Authorization header has {len(words)} words, not two. {HOW}")
        token = valid_token(words[1].decode("latin-1"))
        if token is None:
            raise AuthenticationFailed(f"This token is not known, or was revoked. {HOW}")
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """Return the WWW-Authenticate header, without which DRF answers 403 in place of 401."""
        return 'Bearer realm="lagline"'
