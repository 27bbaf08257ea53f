"""Authentication by user name and password."""

from __future__ import annotations

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.models import AbstractBaseUser

from leaderboard.accounts.tokens import keep_tokens


class PasswordAuthentication(AuthenticationBackend):  # type: ignore[misc] # untyped
    """allauth's backend; a password that is only hashed anew at a login ends no token."""

    def _check_password(self, user: AbstractBaseUser | None, password: str) -> AbstractBaseUser | None:
        former = user.password if user else ""
        checked: AbstractBaseUser | None = super()._check_password(user, password)
        if checked and checked.password != former:
            keep_tokens(user=checked, former_password_hash=former)
        return checked
