"""Invitations to organisations: by user name or e-mail address, with a link that ends."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser, User
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from evals.models import AuditAction, MemberRole
from evals.operations.audit import record_event
from evals.operations.owners.access import Actor
from evals.operations.owners.organisations import AlreadyMember, add_member, owned_organisation
from evals.operations.refusals import Conflict, Refused, TooMany
from leaderboard.models import Invitation
from leaderboard.queries import token_digest

VALID_FOR = timedelta(days=7)
MOST_OPEN = 30  # of an organisation


class UnknownInvitee(Refused):
    """There is no such account, and it is no e-mail address."""

    code = "unknown_account"
    field = "invitee"


class InvitationEnded(Conflict):
    """The invitation was answered or withdrawn, has expired, or is for somebody else."""

    code = "invitation_ended"


@dataclass(frozen=True, slots=True)
class IssuedInvitation:
    """A new invitation with the secret of its link, which is not stored."""

    invitation: Invitation
    secret: str = field(repr=False)


@transaction.atomic
def invite(*, by: AbstractBaseUser, handle: str, invitee: str, role: str, now: datetime) -> IssuedInvitation:
    """Invite somebody to an organisation. Raises NotPermitted, UnknownInvitee, AlreadyMember, TooMany."""
    organisation = owned_organisation(by=by, handle=handle)
    account, email = _resolve(invitee.strip())
    if account and organisation.members.filter(account=account).exists():
        raise AlreadyMember(_("%(account)s is a member already.") % {"account": invitee})
    if open_invitations(now=now).filter(organisation=organisation).count() >= MOST_OPEN:
        raise TooMany(_("An organisation has at most %(n)d open invitations.") % {"n": MOST_OPEN})
    secret = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        organisation=organisation,
        role=MemberRole(role),
        account=account,
        email=email,
        digest=token_digest(secret),
        created_at=now,
        expires_at=now + VALID_FOR,
    )
    _record(AuditAction.INVITATION_CREATE, invitation)
    return IssuedInvitation(invitation, secret)


@transaction.atomic
def accept_invitation(*, by: AbstractBaseUser, invitation_id: int, now: datetime) -> Invitation:
    """Join the organisation. Raises InvitationEnded, AlreadyMember."""
    invitation = _end(by, invitation_id, now)
    add_member(organisation=invitation.organisation, account=by, role=invitation.role, now=now)
    return invitation


@transaction.atomic
def decline_invitation(*, by: AbstractBaseUser, invitation_id: int, now: datetime) -> Invitation:
    """Refuse to join. Raises InvitationEnded."""
    invitation = _end(by, invitation_id, now)
    _record(AuditAction.INVITATION_DECLINE, invitation)
    return invitation


@transaction.atomic
def withdraw_invitation(*, by: Actor, handle: str, invitation_id: int, now: datetime) -> None:
    """Withdraw an open invitation; one that has ended stays as it is. Raises NotPermitted."""
    organisation = owned_organisation(by=by, handle=handle)
    row = open_invitations(now=now).filter(organisation=organisation, pk=invitation_id).first()
    if row and open_invitations(now=now).filter(pk=row.pk).update(ended_at=now):
        _record(AuditAction.INVITATION_WITHDRAW, row)


def open_invitations(*, now: datetime) -> QuerySet[Invitation]:
    """Return the invitations that were not answered or withdrawn and have not expired."""
    rows = Invitation.objects.filter(ended_at__isnull=True, expires_at__gt=now)
    return rows.select_related("organisation", "account")


def invitation_by_secret(secret: str, *, reader: AbstractBaseUser, now: datetime) -> Invitation | None:
    """Return the open invitation of a link, unless it is for another account than the reader's."""
    mine = Q(account_id=reader.pk) | Q(account__isnull=True)
    return open_invitations(now=now).filter(mine, digest=token_digest(secret)).first()


def _resolve(invitee: str) -> tuple[User | None, str]:
    if "@" in invitee:
        try:
            validate_email(invitee)
        except ValidationError:
            raise UnknownInvitee(_("'%(word)s' is no e-mail address.") % {"word": invitee}) from None
        return None, invitee.lower()
    account = User.objects.filter(username=invitee, is_active=True).first()
    if account is None:
        message = _("There is no account '%(word)s'. Invite by e-mail address who has none yet.")
        raise UnknownInvitee(message % {"word": invitee})
    return account, ""


def _end(by: AbstractBaseUser, invitation_id: int, now: datetime) -> Invitation:
    mine = Q(account_id=by.pk) | Q(account__isnull=True)
    row = open_invitations(now=now).filter(mine, pk=invitation_id).first()
    if row is None or not open_invitations(now=now).filter(pk=row.pk).update(ended_at=now):
        raise InvitationEnded(_("This invitation has ended, or is for another account. Ask for a new one."))
    return row


def _record(action: AuditAction, invitation: Invitation) -> None:
    record_event(
        action=action,
        object_type="organisation",
        object_id=invitation.organisation.handle,
        after={"roles": [str(invitation.role)], "kind": "account" if invitation.account_id else "address"},
    )
