"""The accounts elsewhere by which an account signs in."""

from __future__ import annotations

from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from evals.operations.refusals import Conflict, Refused
from leaderboard.accounts.sessions import end_sessions


class UnknownConnection(Refused):
    """The account has no such connection."""

    code = "unknown_connection"


class LastWayIn(Conflict):
    """Without this connection nobody could sign in to the account."""

    code = "last_way_in"


def connections_of(user: User) -> QuerySet[SocialAccount]:
    """Return the connections of an account."""
    rows: QuerySet[SocialAccount] = SocialAccount.objects.filter(user_id=user.pk).order_by("provider", "pk")
    return rows


@transaction.atomic
def disconnect(*, user: User, connection_id: int, except_key: str | None) -> None:
    """Remove a connection, and end the account's other sessions. Raises UnknownConnection, LastWayIn."""
    account = User.objects.select_for_update().get(pk=user.pk)  # two removals at once would leave no way in
    connections = connections_of(account)
    connection = connections.filter(pk=connection_id).first()
    if connection is None:
        raise UnknownConnection(_("Your account has no such connection."))
    if not account.has_usable_password() and connections.count() == 1:
        raise LastWayIn(_("This is the only way to sign in to your account. Set a password first."))
    connection.delete()
    end_sessions(user=account, except_key=except_key)
