"""Show how an account is protected, and help an owner who lost a device or a password."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from evals.operations.refusals import Refused
from evals.operations.webhooks import subscriptions
from leaderboard.accounts.deletion import delete_account
from leaderboard.accounts.second_factors import encrypt_secrets_anew, reset_second_factors
from leaderboard.accounts.sessions import end_sessions
from leaderboard.accounts.sign_up import open_confirmations
from leaderboard.accounts.tokens import revoke_all_tokens
from leaderboard.models import ApiToken


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", nargs="?", help="the account; without it, all of staff are shown")
        parser.add_argument(
            "--reset-factors", action="store_true", help="remove its second factors, and end its sessions"
        )
        parser.add_argument(
            "--links", action="store_true", help="list the links that confirm addresses, to pass them on"
        )
        parser.add_argument("--end-sessions", action="store_true", help="log it out everywhere")
        parser.add_argument(
            "--delete", action="store_true", help="delete its personal data for good; its record stays"
        )
        parser.add_argument("--revoke-tokens", action="store_true", help="end all its API tokens")
        parser.add_argument(
            "--encrypt-anew",
            action="store_true",
            help="encrypt second factors and secrets of webhooks by the present SECRET_KEY",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["encrypt_anew"]:
            n_secrets = encrypt_secrets_anew() + subscriptions.encrypt_webhook_secrets_anew()
            self.stdout.write(f"{n_secrets} secrets encrypted by the present SECRET_KEY")
        elif options["links"]:
            for address, link in open_confirmations():
                self.stdout.write(f"{address.user.get_username()} {address.email}: {link}")
        elif options["user"] is None:
            for user in User.objects.filter(is_staff=True).order_by("username"):
                self._show(user)
        else:
            self._act(options)

    def _act(self, options: dict[str, Any]) -> None:
        user = User.objects.filter(username=options["user"]).first()
        if user is None:
            raise CommandError(f"There is no user {options['user']!r}.")
        if options["delete"]:
            self._delete(user)
            return
        if options["reset_factors"]:
            self.stdout.write(f"{reset_second_factors(user=user)} second factors removed")
        if options["end_sessions"]:
            self.stdout.write(f"{end_sessions(user=user)} sessions ended")
        if options["revoke_tokens"]:
            self.stdout.write(f"{revoke_all_tokens(user=user, now=timezone.now())} tokens revoked")
        self._show(user)

    def _delete(self, user: User) -> None:
        try:
            name = delete_account(account=user, now=timezone.now())
        except Refused as refusal:
            raise CommandError(f"{user.get_username()} is not deleted. {refusal.message}") from None
        self.stdout.write(f"deleted; what is public stays under the name {name}")

    def _show(self, user: User) -> None:
        factors = Authenticator.objects.filter(user=user).order_by("pk")
        names = ", ".join(str(factor.get_type_display()) for factor in factors) or "no second factor"
        flags = [name for name in ("is_active", "is_staff", "is_superuser") if getattr(user, name)]
        sessions = UserSession.objects.filter(user=user).count()
        tokens = ApiToken.objects.filter(user_id=user.pk, revoked_at__isnull=True).count()
        self.stdout.write(
            f"{user.get_username()}: {' '.join(flags)}; {names}; {sessions} sessions, {tokens} tokens"
        )
