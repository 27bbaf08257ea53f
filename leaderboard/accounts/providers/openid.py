"""OpenID Connect: the provider's configuration, its ID token and its userinfo, none of which is believed
before it is checked."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import jwt
from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter

from leaderboard.accounts.providers.identity import (
    EMAIL_LENGTH,
    Identity,
    ProviderRefused,
    read_number,
    read_object,
    read_organisations,
    shown_text,
)
from leaderboard.accounts.providers.outgoing import provider_session, server_of

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
REQUIRED = ("iss", "sub", "aud", "exp", "iat")
LEEWAY_S = 60
TOKEN_LENGTH = 16_384
MOST_KEYS = 50
ADDRESS_LENGTH = 2_000
DISCOVERY = "/.well-known/openid-configuration"
UNREADABLE = (jwt.PyJWTError, ValueError, TypeError, KeyError, AttributeError, RecursionError)


class OpenIDAdapter(OAuth2Adapter):  # type: ignore[misc] # untyped
    """The protocol of an OpenID Connect provider."""

    provider: Any
    scopes = ("openid", "profile", "email")

    @property
    def issuer(self) -> str:
        """Return the issuer that the operator configured."""
        return str(self.provider.configured.issuer)

    @cached_property
    def configuration(self) -> dict[str, Any]:
        """Fetch the provider's configuration. Raises ProviderRefused and ProviderUnreachable."""
        content = read_object(fetch_json(self.issuer + DISCOVERY))
        if str(content.get("issuer")).rstrip("/") != self.issuer:
            raise ProviderRefused("its configuration names another issuer")
        return content

    def address(self, name: str) -> str:
        """Return an address of the configuration: https, or on the issuer's own host."""
        url = shown_text(self.configuration.get(name), ADDRESS_LENGTH)
        if not url.startswith("https://") and (not url or server_of(url) != server_of(self.issuer)):
            raise ProviderRefused(f"its configuration has no usable {name}")
        return url

    @property
    def authorize_url(self) -> str:
        """Return where people sign in."""
        return self.address("authorization_endpoint")

    @property
    def access_token_url(self) -> str:
        """Return where a code is exchanged."""
        return self.address("token_endpoint")

    @property
    def basic_auth(self) -> bool:
        """Tell how the client's secret is sent; without a word of the provider, in the header."""
        methods = self.configuration.get("token_endpoint_auth_methods_supported")
        return not (isinstance(methods, list) and "client_secret_post" in methods)

    def identify(self, reply: dict[str, Any], *, nonce: str) -> Identity:
        """Return who signed in. Raises ProviderRefused and ProviderUnreachable."""
        claims = self.verify_id_token(reply.get("id_token"), nonce=nonce)
        if self.configuration.get("userinfo_endpoint"):
            userinfo = read_object(fetch_json(self.address("userinfo_endpoint"), token=reply["access_token"]))
            if userinfo.get("sub") != claims["sub"]:
                raise ProviderRefused("its userinfo is about another account")
            claims = claims | userinfo
        return Identity(
            number=read_number(claims["sub"]),
            username=shown_text(claims.get("preferred_username")),
            email=shown_text(claims.get("email"), EMAIL_LENGTH).lower(),
            is_email_verified=claims.get("email_verified") in (True, "true"),
            organisations=read_organisations(claims.get("orgs")),
        )

    def verify_id_token(self, token: Any, *, nonce: str) -> dict[str, Any]:
        """Return the claims of an ID token with a valid signature that was issued for this login."""
        if not isinstance(token, str) or len(token) > TOKEN_LENGTH:
            raise ProviderRefused("it sent no ID token")
        keys = read_object(fetch_json(self.address("jwks_uri"))).get("keys")
        try:
            key = _choose_key(keys, jwt.get_unverified_header(token))
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=list(ALGORITHMS),
                audience=self.provider.configured.client_id,
                leeway=LEEWAY_S,
                options={"require": list(REQUIRED)},
            )
        except UNREADABLE as problem:
            raise ProviderRefused(f"its ID token is not valid ({type(problem).__name__})") from None
        if str(claims["iss"]).rstrip("/") != self.issuer:
            raise ProviderRefused("its ID token is by another issuer")
        if claims.get("azp", self.provider.configured.client_id) != self.provider.configured.client_id:
            raise ProviderRefused("its ID token is for another client")
        if claims.get("nonce") != nonce:
            raise ProviderRefused("its ID token is of another login")
        return claims


def _choose_key(keys: Any, header: dict[str, Any]) -> jwt.PyJWK:
    rows = [row for row in keys[:MOST_KEYS] if isinstance(row, dict) and row.get("use", "sig") == "sig"]
    fitting = [row for row in rows if row.get("kid") == header.get("kid")]
    if len(fitting) != 1:
        raise ProviderRefused("its ID token is signed by an unknown key")
    return jwt.PyJWK(fitting[0], algorithm=header["alg"] if header["alg"] in ALGORITHMS else None)


def fetch_json(url: str, *, token: str = "") -> Any:
    """Fetch a JSON document. Raises ProviderUnreachable."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with provider_session() as session:
        response = session.get(url, headers=headers)
        response.raise_for_status()
        return response.json()
