"""Reads of the e-mail addresses of accounts."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from django.contrib.auth.models import User


def verified_address(account: User) -> str:
    """Return the address to which mail of an account goes, or an empty text if it is not confirmed."""
    is_verified = account.is_active and bool(account.email)
    rows = EmailAddress.objects.filter(user_id=account.pk, verified=True, email__iexact=account.email)
    return account.email if is_verified and rows.exists() else ""
