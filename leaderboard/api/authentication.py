"""Who is asking: `Authorization: Bearer lagline_…`."""

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
    """Tells a submitter by a token; another scheme than Bearer is left to whoever reads it."""

    def authenticate(self, request: Request) -> tuple[AbstractBaseUser, ApiToken] | None:
        """Return the token's user, or None where no token was sent."""
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
        """Return how to authenticate, so that a refusal is a 401."""
        return 'Bearer realm="lagline"'
