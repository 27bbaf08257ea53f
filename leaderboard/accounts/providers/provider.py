"""A configured provider, in the form in which django-allauth works with it."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlsplit

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base import ProviderAccount
from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, override

from leaderboard.accounts.providers.github import GitHubAdapter
from leaderboard.accounts.providers.identity import Identity, ProviderRefused, read_object
from leaderboard.accounts.providers.openid import OpenIDAdapter
from leaderboard.sign_in_settings import SignInProvider

CODE_LENGTH = 4_000


class ProviderNotConfigured(SocialApp.DoesNotExist):  # type: ignore[misc] # untyped
    """No provider of this name or issuer is configured."""


def configured_provider(key: str) -> SignInProvider:
    """Return a provider by its name or its issuer. Raises ProviderNotConfigured."""
    for provider in settings.SIGN_IN_PROVIDERS:
        if key in (provider.name, provider.issuer):
            assert isinstance(provider, SignInProvider)
            return provider
    raise ProviderNotConfigured


class Provider(OAuth2Provider):  # type: ignore[misc] # untyped
    """A provider; what it says of an account is an Identity."""

    id = "configured"
    account_class = ProviderAccount
    pkce_enabled_default = True

    def __init__(self, request: HttpRequest, configured: SignInProvider) -> None:
        app = SocialApp(
            provider=self.id,
            provider_id=configured.issuer,
            name=configured.label,
            client_id=configured.client_id,
            secret=configured.secret,
        )
        super().__init__(request, app=app)
        self.configured, self.name = configured, configured.label

    def serialize(self) -> dict[str, Any]:
        """Return what finds this provider again."""
        return {"id": self.configured.issuer, "app.client_id": self.configured.client_id}

    def get_oauth2_adapter(self, request: HttpRequest) -> Any:
        """Return its protocol."""
        adapter = (GitHubAdapter if self.configured.is_github else OpenIDAdapter)(request)
        adapter.provider = self
        adapter.get_callback_url = lambda request, app: self.callback_url
        return adapter

    @property
    def callback_url(self) -> str:
        """Return where it sends people back: on the public address, the same in all languages."""
        with override(settings.LANGUAGE_CODE):
            path = reverse("account_provider_callback", args=[self.configured.name])
        return f"{settings.PUBLIC_URL}{path}"

    def start(self, request: HttpRequest, *, process: str, next_url: str) -> str:
        """Return the address at which somebody signs in. Raises ProviderRefused and ProviderUnreachable."""
        nonce = secrets.token_urlsafe(24)
        fresh = {"prompt": "login"} if process == "confirm" and not self.configured.is_github else {}
        response: HttpResponse = self.redirect(
            request,
            process,
            next_url or None,
            {"language": get_language()},
            scope=self.get_oauth2_adapter(request).scopes,
            auth_params=({} if self.configured.is_github else {"nonce": nonce}) | fresh,
            nonce=nonce,
        )
        address = response["Location"]
        if urlsplit(address).scheme not in ("http", "https"):
            raise ProviderRefused("its sign-in page has no usable address")
        return address

    def identify(self, request: HttpRequest, *, code: str, state: dict[str, Any]) -> Identity:
        """Exchange a code for who signed in. Raises ProviderRefused, OAuth2Error, ProviderUnreachable."""
        if len(code) > CODE_LENGTH:
            raise ProviderRefused("its code is too long")
        adapter = self.get_oauth2_adapter(request)
        client = adapter.get_client(request, self.app)
        reply = client.get_access_token(code, pkce_code_verifier=state.get("pkce_code_verifier"))
        token = read_object(reply).get("access_token")
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise ProviderRefused("it sent no access token")
        identity: Identity = adapter.identify(reply, nonce=state.get("nonce"))
        return identity

    def extract_uid(self, data: Identity) -> str:
        """Return the account's number."""
        return data.number

    def extract_extra_data(self, data: Identity) -> dict[str, Any]:
        """Return what is stored of it: its name there."""
        return {"username": data.username}

    def extract_common_fields(self, data: Identity) -> dict[str, Any]:
        """Return what the sign-up form proposes."""
        return {"email": data.email, "username": data.username, "email_verified": data.is_email_verified}

    def extract_email_addresses(self, data: Identity) -> list[EmailAddress]:
        """Return its main address; verified only if the provider says so."""
        if not data.email:
            return []
        return [EmailAddress(email=data.email, verified=data.is_email_verified, primary=True)]
