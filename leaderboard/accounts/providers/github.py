"""GitHub, which speaks OAuth 2 and has an API of its own for who somebody is."""

from __future__ import annotations

from typing import Any

from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter

from leaderboard.accounts.providers.identity import (
    EMAIL_LENGTH,
    Identity,
    read_number,
    read_object,
    shown_text,
)
from leaderboard.accounts.providers.openid import fetch_json

PUBLIC, PUBLIC_API = "https://github.com", "https://api.github.com"


class GitHubAdapter(OAuth2Adapter):  # type: ignore[misc] # untyped
    """The protocol of GitHub, or of a GitHub Enterprise Server."""

    provider: Any
    scopes = ("user:email",)
    basic_auth = False

    @property
    def site(self) -> str:
        """Return the address of the site."""
        return str(self.provider.configured.issuer)

    @property
    def api(self) -> str:
        """Return the address of the API."""
        return PUBLIC_API if self.site == PUBLIC else f"{self.site}/api/v3"

    @property
    def authorize_url(self) -> str:
        """Return where people sign in."""
        return f"{self.site}/login/oauth/authorize"

    @property
    def access_token_url(self) -> str:
        """Return where a code is exchanged."""
        return f"{self.site}/login/oauth/access_token"

    def identify(self, reply: dict[str, Any], *, nonce: str) -> Identity:
        """Return who signed in. Raises ProviderRefused and ProviderUnreachable."""
        user = read_object(fetch_json(f"{self.api}/user", token=reply["access_token"]))
        emails = fetch_json(f"{self.api}/user/emails", token=reply["access_token"])
        rows = [row for row in emails if isinstance(row, dict)] if isinstance(emails, list) else []
        primary = next((row for row in rows if row.get("primary") is True), {})
        return Identity(
            number=read_number(user.get("id")),
            username=shown_text(user.get("login")),
            email=shown_text(primary.get("email"), EMAIL_LENGTH).lower(),
            is_email_verified=primary.get("verified") is True,
        )
