"""An account with a row of every kind, for what is downloaded of it and what a deletion leaves."""

from __future__ import annotations

from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from evals.models import Dispute, MailSubscription, NoticeType
from evals.operations.caps import CapValues, set_cap
from evals.operations.notices.mail_subscriptions import set_mail_types
from evals.operations.owners.access import owner_of
from evals.operations.webhooks.subscriptions import create_webhook
from leaderboard.accounts.invitations import invite
from leaderboard.accounts.tokens import issue_token
from leaderboard.client_address import keyed_hash
from leaderboard.models import SignUp
from leaderboard.operations.policies import accept_policies, install_policies
from tests.support.accounts import PASSWORD, add_passkey, add_totp, confirm_address
from tests.support.own_endpoints import make_own_endpoint
from tests.support.proposals import make_proposal
from tests.support.record import NOW, make_organisation, make_user

NAME, MAIL = "zelda-quux", "zelda.quux@mail.example"


def make_full_account() -> tuple[User, list[str]]:
    """Return somebody with a row of every kind, and the secrets of these rows."""
    user = User.objects.create_user(NAME, email=MAIL, password=PASSWORD, first_name="Zelda", last_name="Quux")
    confirm_address(user)
    Client().post("/login/", {"login": NAME, "password": PASSWORD})
    secrets = [PASSWORD, user.password, add_totp(user)]
    add_passkey(user, "Zelda's phone")
    make_own_endpoint(user, name="spare", base_url="https://zelda.example/v1")
    issued = issue_token(user=user, name="zelda's laptop", now=NOW)
    hook = create_webhook(actor=user, url="https://zelda.example/hook", types=["key.deleted"], now=NOW)
    secrets += [issued.secret, issued.token.digest, hook.secret, hook.webhook.secret]
    set_mail_types(account=user, types=[NoticeType.KEY_DELETED.value], language="en", now=NOW)
    set_cap(owner=owner_of(user), kind="own", values=CapValues(calls_per_day=5), by=user)  # type: ignore[arg-type]
    MailSubscription.objects.create(address=MAIL, topic="headline", created_at=NOW, confirmed_at=NOW)
    SocialAccount.objects.create(user=user, provider="https://hub.example", uid="zelda-quux-5")
    SignUp.objects.create(account=user, subscriber="s", network="n", signed_up_at=NOW)
    install_policies(now=NOW)
    accept_policies(account=user, now=NOW)
    acme = make_organisation("acme", owner=make_user("boss"), reader=user)
    invitation = invite(
        by=make_user("boss"), handle=acme.handle, invitee=MAIL, role="reader", now=timezone.now()
    )
    make_dispute(filed_account=keyed_hash("lagline.account", str(user.pk)), contact=MAIL)
    make_dispute(answered_by=NAME, contact="somebody.else@mail.example")
    make_proposal(proposer=user, name="Gamma 1")
    return user, [*secrets, invitation.secret, invitation.invitation.digest]


def make_dispute(**fields: Any) -> Dispute:
    """Make a dispute of anybody."""
    values = {"subject": "deepseek-v3", "statement": "It is wrong.", "evidence": [], "filed_at": NOW}
    return Dispute.objects.create(table="model", row_id=1, field="name", **values | fields)
