"""Make a submitter's API token, and print its secret once; or revoke it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from leaderboard.accounts.tokens import TokenRefused, issue_token, revoke_token


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", help="whose submissions it makes")
        parser.add_argument("--name", required=True, help="tells the user's tokens apart")
        parser.add_argument("--create-user", action="store_true", help="create the user, with no password")
        parser.add_argument("--revoke", action="store_true", help="end the token of this name")

    def handle(self, *args: Any, **options: Any) -> None:
        users = get_user_model()
        if options["create_user"] and not users.objects.filter(username=options["user"]).exists():
            users.objects.create_user(options["user"])
        user = users.objects.filter(username=options["user"]).first()
        if user is None:
            raise CommandError(f"There is no user {options['user']!r}; --create-user makes one.")
        try:
            if options["revoke"]:
                revoke_token(user=user, name=options["name"], now=timezone.now())
                self.stdout.write(f"revoked {options['name']} of {options['user']}")
            else:
                issued = issue_token(user=user, name=options["name"], now=timezone.now())
                self.stdout.write(issued.secret)
        except TokenRefused as refusal:
            raise CommandError(str(refusal)) from None
