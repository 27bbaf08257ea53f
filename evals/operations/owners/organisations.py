"""Every write of organisations and their members; the last owner stays."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from evals.models import AuditAction, Member, MemberRole, Owner, OwnerKind
from evals.operations.audit import pseudonym_of, record_event
from evals.operations.owners.access import Actor, NotPermitted, role_in
from evals.operations.owners.handles import BadHandle, refuse_bad_handle
from evals.operations.refusals import Conflict, Refused, TooMany

MOST_ORGANISATIONS = 20  # that an account owns
NAME_LENGTH = 160


class BadOrganisationName(Refused):
    """An organisation has a name."""

    code = "bad_name"
    field = "name"


class LastOwner(Conflict):
    """An organisation keeps at least one owner."""

    code = "last_owner"


class NoMember(Refused):
    """The account is no member of the organisation."""

    code = "no_member"


class AlreadyMember(Conflict):
    """The account is a member of the organisation already."""

    code = "already_member"


@transaction.atomic
def create_organisation(*, by: AbstractBaseUser, handle: str, name: str, now: datetime) -> Owner:
    """Create an organisation with one owner. Raises BadHandle, BadOrganisationName, TooMany."""
    refuse_bad_handle(handle)
    _refuse_bad_name(name)
    if Member.objects.filter(account_id=by.pk, role=MemberRole.OWNER).count() >= MOST_ORGANISATIONS:
        raise TooMany(_("An account owns at most %(n)d organisations.") % {"n": MOST_ORGANISATIONS})
    try:
        with transaction.atomic():
            organisation = Owner.objects.create(
                kind=OwnerKind.ORGANISATION, handle=handle, name=name.strip(), created_at=now
            )
    except IntegrityError:
        raise BadHandle(_("This name is taken. Choose another.")) from None
    Member.objects.create(organisation=organisation, account_id=by.pk, role=MemberRole.OWNER, created_at=now)
    record_event(
        action=AuditAction.ORGANISATION_CREATE,
        object_type="organisation",
        object_id=handle,
        after={"name": organisation.name},
    )
    return organisation


@transaction.atomic
def rename_organisation(*, by: Actor, handle: str, name: str) -> None:
    """Change the full name of an organisation; its handle stays. Raises NotPermitted, BadOrganisationName."""
    organisation = owned_organisation(by=by, handle=handle)
    _refuse_bad_name(name)
    before, organisation.name = organisation.name, name.strip()
    organisation.save(update_fields=["name"])
    record_event(
        action=AuditAction.ORGANISATION_RENAME,
        object_type="organisation",
        object_id=handle,
        before={"name": before},
        after={"name": organisation.name},
    )


@transaction.atomic
def add_member(*, organisation: Owner, account: AbstractBaseUser, role: str, now: datetime) -> Member:
    """Add an account that accepted an invitation. Raises AlreadyMember."""
    member, is_new = Member.objects.get_or_create(
        organisation=organisation,
        account_id=account.pk,
        defaults={"role": MemberRole(role), "created_at": now},
    )
    if not is_new:
        raise AlreadyMember(_("You are a member of %(name)s already.") % {"name": organisation.handle})
    _record(AuditAction.MEMBER_ADD, member)
    return member


@transaction.atomic
def change_role(*, by: Actor, handle: str, account: str, role: str) -> None:
    """Give a member another role. Raises NotPermitted, NoMember, LastOwner."""
    organisation = owned_organisation(by=by, handle=handle)
    member = _member(organisation, account)
    if member.role != role:
        member.role = MemberRole(role)
        member.save(update_fields=["role"])
        _refuse_without_owner(organisation)
        _record(AuditAction.MEMBER_ROLE, member)


@transaction.atomic
def remove_member(*, by: Actor, handle: str, account: str) -> None:
    """Take a member out of an organisation. Raises NotPermitted, NoMember, LastOwner."""
    _remove(_member(owned_organisation(by=by, handle=handle), account))


@transaction.atomic
def leave_organisation(*, by: AbstractBaseUser, handle: str) -> None:
    """Leave an organisation. Raises NoMember, LastOwner."""
    organisation = _locked(handle)
    if organisation is None:
        raise NoMember(_("You are no member of %(name)s.") % {"name": handle})
    _remove(_member(organisation, by.get_username()))


def owned_organisation(*, by: Actor, handle: str) -> Owner:
    """Return an organisation of which the actor is an owner, locked. Raises NotPermitted."""
    organisation = _locked(handle)
    if organisation is None or role_in(by, organisation) != MemberRole.OWNER:
        raise NotPermitted(_("Only an owner of the organisation may do this."))
    return organisation


def _locked(handle: str) -> Owner | None:
    rows = Owner.objects.select_for_update(of=("self",))
    return rows.filter(kind=OwnerKind.ORGANISATION, handle=handle).first()


def _member(organisation: Owner, account: str) -> Member:
    member = organisation.members.filter(account__username=account).first()
    if member is None:
        message = _("%(account)s is no member of %(name)s.")
        raise NoMember(message % {"account": account, "name": organisation.handle})
    return member


def _remove(member: Member) -> None:
    _record(AuditAction.MEMBER_REMOVE, member)
    member.delete()
    _refuse_without_owner(member.organisation)


def _refuse_without_owner(organisation: Owner) -> None:
    if not organisation.members.filter(role=MemberRole.OWNER).exists():
        raise LastOwner(_("An organisation keeps an owner. Make somebody else an owner first."))


def _refuse_bad_name(name: str) -> None:
    if not name.strip() or len(name) > NAME_LENGTH:
        raise BadOrganisationName(_("An organisation's name has 1 to 160 characters."))


def _record(action: AuditAction, member: Member) -> None:
    record_event(
        action=action,
        object_type="organisation",
        object_id=member.organisation.handle,
        after={"account": pseudonym_of(member.account_id), "roles": [str(member.role)]},
    )
