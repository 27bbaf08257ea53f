"""Give an account a role, or take it away; without a role, list the roles of the account."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from leaderboard.accounts.roles import ROLES, UnknownRole, grant_role, revoke_role, roles_of


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", help="the account's name")
        parser.add_argument("role", nargs="?", help=f"one of {', '.join(ROLES)}")
        parser.add_argument("--remove", action="store_true", help="take the role away")

    def handle(self, *args: Any, **options: Any) -> None:
        account = User.objects.filter(username=options["user"]).first()
        if account is None:
            raise CommandError(f"There is no account {options['user']!r}.")
        try:
            if options["role"]:
                change = revoke_role if options["remove"] else grant_role
                change(account=account, role=options["role"])
        except UnknownRole as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(f"{account.get_username()}: {', '.join(roles_of(account)) or 'no role'}")
