"""Delete an account: its personal data goes, its public record stays as that of a deleted account."""

from __future__ import annotations

from datetime import datetime

from allauth.account.models import EmailAddress
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from evals.models import (
    AccountPseudonym,
    AuditAction,
    Dispute,
    MailSubscription,
    MemberRole,
    Owner,
    Submission,
)
from evals.operations.audit import pseudonym_of, record_event
from evals.operations.owners.access import owner_of
from evals.operations.owners.deletion import delete_dependents, erase_owner
from evals.operations.owners.organisations import LastOwner, leave_organisation
from evals.operations.refusals import Conflict
from leaderboard.accounts.sessions import end_sessions
from leaderboard.accounts.tokens import revoke_all_tokens
from leaderboard.client_address import account_hash
from leaderboard.models import Invitation, SignUp

OPERATOR = Q(is_superuser=True) | Q(groups__name="operator")


class LastOperator(Conflict):
    """The service keeps an operator who can log in."""

    code = "last_operator"


def owned_alone(account: User) -> list[str]:
    """Return the organisations of which an account is the only owner."""
    owners = Count("members", filter=Q(members__role=MemberRole.OWNER))
    mine = Owner.objects.filter(members__in=account.memberships.filter(role=MemberRole.OWNER))
    counted = Owner.objects.filter(pk__in=mine.values("pk")).annotate(n_owners=owners)
    return list(counted.filter(n_owners=1).order_by("handle").values_list("handle", flat=True))


def refuse_deletion(account: User) -> None:
    """Refuse to delete who is still needed. Raises LastOwner, LastOperator."""
    if handles := owned_alone(account):
        message = _("You are the only owner of %(names)s. Make somebody else an owner, or delete it first.")
        raise LastOwner(message % {"names": ", ".join(handles)})
    operators = User.objects.filter(OPERATOR, is_active=True)
    if operators.filter(pk=account.pk).exists() and not operators.exclude(pk=account.pk).exists():
        raise LastOperator(_("You are the last operator. Give somebody else this role first."))


@transaction.atomic
def delete_account(*, account: User, now: datetime) -> str:
    """Delete an account, all or nothing; return the name under which its record stays.

    Raises LastOwner, LastOperator.
    """
    account = User.objects.select_for_update(of=("self",)).get(pk=account.pk)
    refuse_deletion(account)
    for member in account.memberships.select_related("organisation"):
        leave_organisation(by=account, handle=member.organisation.handle)
    name = erase_owner(owner=owner_of(account), now=now)
    revoke_all_tokens(user=account, now=now)
    end_sessions(user=account)
    _forget_texts(account, name)
    delete_dependents(account, keep=[Owner, AccountPseudonym])
    record_event(action=AuditAction.ACCOUNT_DELETE, object_type="account", object_id=pseudonym_of(account.pk))
    AccountPseudonym.objects.filter(account=account).delete()  # from here on, nothing may be recorded
    User.objects.filter(pk=account.pk).update(
        username=name,
        first_name="",
        last_name="",
        email="",
        password=make_password(None),
        is_active=False,
        is_staff=False,
        is_superuser=False,
        last_login=None,
    )
    return name


def _forget_texts(account: User, name: str) -> None:
    """Remove the account from what does not refer to its row: texts, addresses, the log of logins."""
    SignUp.objects.filter(account=account).update(account=None)  # it still counts in the quotas of a network
    addresses = EmailAddress.objects.filter(user=account).values_list("email", flat=True)
    known = {address.lower() for address in (*addresses, account.email) if address}
    Invitation.objects.filter(email__in=known).delete()
    MailSubscription.objects.filter(address__in=known).delete()
    Submission.objects.filter(submitter=account).update(idempotency_key="")
    filed = Dispute.objects.filter(filed_account=account_hash(account.pk))
    filed.update(contact="", filed_account="")
    Dispute.objects.filter(answered_by=account.username).update(answered_by=name)
    for log in (AccessAttempt, AccessLog, AccessFailureLog):
        log.objects.filter(username=account.username).delete()
