"""Signing up: how many accounts a network may create, and who must confirm an address."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.stages import EmailVerificationStage
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from evals.operations.quotas import Counted, Of, Quota, Source, Things, refuse_exceeded
from leaderboard.models import SignUp

DAY = timedelta(days=1)
QUOTAS = (Quota(Of.SUBSCRIBER, 5, DAY), Quota(Of.NETWORK, 20, DAY), Quota(Of.EVERYONE, 1_000, DAY))


@contextmanager
def counted_sign_up(*, source: Source, now: datetime) -> Iterator[SignUp]:
    """Count a sign-up and what it writes as one transaction. Raises QuotaExceeded."""
    counted = Counted(
        things=Things.SIGN_UPS,
        rows=SignUp.objects.all(),
        waiting=Q(),
        at="signed_up_at",
        subscriber="subscriber",
        network="network",
        account="account",
    )
    with transaction.atomic():
        refuse_exceeded(QUOTAS, counted, source=source, now=now)
        yield SignUp.objects.create(subscriber=source.subscriber, network=source.network, signed_up_at=now)


def must_confirm_address(account: AbstractBaseUser) -> bool:
    """Tell whether an account signed up and has not confirmed an address; an operator's needs none."""
    if not SignUp.objects.filter(account_id=account.pk).exists():
        return False
    return not EmailAddress.objects.filter(user_id=account.pk, verified=True).exists()


class AddressStage(EmailVerificationStage):  # type: ignore[misc] # untyped
    """The step of a login at which who signed up confirms an address."""

    def handle(self) -> tuple[object, bool]:
        """Send the link again, or go on."""
        account = self.login.user
        if account is not None and not must_confirm_address(account):
            return None, True
        response: tuple[object, bool] = super().handle()
        return response


def confirmation_url(key: str) -> str:
    """Return the link that confirms an address: on the public address, whatever host the request named."""
    return f"{settings.PUBLIC_URL}{reverse('account_confirm_email', args=[key])}"


def open_confirmations() -> list[tuple[EmailAddress, str]]:
    """Return the addresses that accounts have not confirmed yet, each with a new link, newest first."""
    addresses = EmailAddress.objects.filter(verified=False).select_related("user").order_by("-pk")
    return [(row, confirmation_url(EmailConfirmationHMAC.create(row).key)) for row in addresses]
