"""Confirming an action by a provider, for accounts without a password and without a second factor."""

from __future__ import annotations

from datetime import datetime, timedelta

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import HttpRequest

from leaderboard.accounts.second_factors import has_second_factor
from leaderboard.sign_in_settings import SignInProvider

SESSION_KEY = "lagline_provider_confirmation"  # the account and the time, in seconds since 1970
VALID_FOR = timedelta(minutes=5)


def connected_providers(user: AbstractBaseUser | AnonymousUser) -> list[SignInProvider]:
    """Return the configured providers that an account is connected with."""
    issuers = set(SocialAccount.objects.filter(user_id=user.pk).values_list("provider", flat=True))
    return [provider for provider in settings.SIGN_IN_PROVIDERS if provider.issuer in issuers]


def note_confirmation(request: HttpRequest, *, now: datetime) -> None:
    """Note in the session that its user has just signed in at a provider again."""
    request.session[SESSION_KEY] = [request.user.pk, now.timestamp()]


def has_confirmed(request: HttpRequest, *, now: datetime) -> bool:
    """Tell whether the session's user has just signed in at a provider again; a second factor counts more."""
    account_id, at = request.session.get(SESSION_KEY, (None, 0))
    user = request.user
    if not user.is_authenticated or account_id != user.pk:
        return False
    if now.timestamp() - at > VALID_FOR.total_seconds():
        return False
    return not has_second_factor(user)
