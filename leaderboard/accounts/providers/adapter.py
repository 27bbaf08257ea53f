"""What this site decides differently from django-allauth about signing in by a provider."""

from __future__ import annotations

from typing import Any

from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.http import HttpRequest

from leaderboard.accounts.providers.outgoing import provider_session
from leaderboard.accounts.providers.provider import Provider, configured_provider


class ProviderAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc] # untyped
    """Providers come from the settings alone, and are called through the guard."""

    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> Provider:
        """Return a provider by its name or issuer. Raises ProviderNotConfigured."""
        return Provider(request, configured_provider(provider))

    def list_providers(self, request: HttpRequest) -> list[Provider]:
        """Return all providers."""
        return [Provider(request, configured) for configured in settings.SIGN_IN_PROVIDERS]

    def list_apps(self, request: HttpRequest, provider: Any = None, client_id: Any = None) -> list[Any]:
        """Return none: the table of django-allauth is not read."""
        return []

    def get_requests_session(self) -> Any:
        """Return the client."""
        return provider_session()
