"""Create an API token and print its secret once; revoke one, or list those of an account."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from evals.acting import ALL_SCOPES, Scope
from evals.models import Owner, OwnerKind
from leaderboard.accounts.tokens import TokenRefused, issue_token, revoke_token
from leaderboard.models import ApiToken
from leaderboard.queries import usable_tokens


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", help="whose submissions it makes")
        parser.add_argument("--name", help="tells the user's tokens apart")
        parser.add_argument("--create-user", action="store_true", help="create the user, with no password")
        parser.add_argument(
            "--scope",
            action="append",
            choices=[Scope.SUBMIT.value, Scope.MANAGE.value, Scope.READ.value],
            help="what it may do besides reading; repeat it for several; by default all",
        )
        parser.add_argument("--days", type=int, help="how long it is valid; by default without end")
        parser.add_argument("--organisation", help="the handle of the organisation for which alone it acts")
        action = parser.add_mutually_exclusive_group()
        action.add_argument("--revoke", action="store_true", help="end the token of this name")
        action.add_argument("--list", action="store_true", help="list the tokens that have not ended")

    def handle(self, *args: Any, **options: Any) -> None:
        users = get_user_model()
        if options["create_user"] and not users.objects.filter(username=options["user"]).exists():
            users.objects.create_user(options["user"])
        user = users.objects.filter(username=options["user"]).first()
        if user is None:
            raise CommandError(f"There is no user {options['user']!r}; --create-user makes one.")
        if options["list"]:
            for token in usable_tokens(user, now=timezone.now()):
                self.stdout.write(_line(token))
            return
        if not options["name"]:
            raise CommandError("--name is required.")
        try:
            if options["revoke"]:
                revoke_token(user=user, name=options["name"], now=timezone.now())
                self.stdout.write(f"revoked {options['name']} of {options['user']}")
            else:
                self.stdout.write(_issue(user, options))
        except TokenRefused as refusal:
            raise CommandError(str(refusal)) from None


def _issue(user: AbstractBaseUser, options: dict[str, Any]) -> str:
    if options["days"] is not None and options["days"] < 1:
        raise CommandError("--days must be at least 1.")
    issued = issue_token(
        user=user,
        name=options["name"],
        scopes=options["scope"] or ALL_SCOPES,
        lifetime=timedelta(days=options["days"]) if options["days"] else None,
        owner=_organisation(options["organisation"]) if options["organisation"] else None,
        now=timezone.now(),
    )
    return issued.secret


def _organisation(handle: str) -> Owner:
    organisation = Owner.objects.filter(kind=OwnerKind.ORGANISATION, handle=handle).first()
    if organisation is None:
        raise CommandError(f"There is no organisation {handle!r}.")
    return organisation


def _line(token: ApiToken) -> str:
    expires = f"expires {token.expires_at:%Y-%m-%d}" if token.expires_at else "no expiry"
    used = f"used {token.last_used_at:%Y-%m-%d %H:%M}" if token.last_used_at else "not used"
    owner = f"for {token.owner.handle}; " if token.owner else ""
    return f"{token.name}: {owner}{' '.join(token.scopes)}; {expires}; {used}"
