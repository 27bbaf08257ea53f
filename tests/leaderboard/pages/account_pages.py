"""The pages of accounts and moderators: somebody who sees each, what they show, and their addresses."""

from __future__ import annotations

from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from evals.models import (
    DeveloperVerification,
    Limit,
    MailSubscription,
    ModelProposal,
    SpendingCap,
    Submission,
    Webhook,
    WebhookDelivery,
)
from evals.operations.notices.mail_subscriptions import confirmation_token
from evals.operations.webhooks.subscriptions import create_webhook, send_test
from leaderboard.accounts.invitations import VALID_FOR
from leaderboard.accounts.tokens import issue_token
from leaderboard.models import Invitation
from leaderboard.queries import token_digest
from tests.support.accounts import add_passkey, add_totp, confirm_identity
from tests.support.own_endpoints import make_own_endpoint
from tests.support.proposals import make_proposal
from tests.support.record import make_endpoint, make_organisation, make_submission, make_user

LINK_SECRET = "the-secret-of-an-invitation"
ACCOUNT_PAGES = {
    "account": "account",
    "account-security": "mfa_index",
    "account-app": "mfa_activate_totp",
    "account-endpoints": "account_endpoints",
    "account-endpoint-new": "account_endpoint_new",
    "account-confirm": "account_reauthenticate",
    "account-notifications": "account-notifications",
    "account-data": "account_data",
    "account-delete": "account_delete",
    "account-email": "account_email",
    "account-organisations": "account_organisations",
    "account-passkey": "mfa_add_webauthn",
    "account-passkeys": "mfa_list_webauthn",
    "account-password": "account_change_password",
    "account-policies": "account_policies",
    "account-proposals": "pages:proposals",
    "account-propose": "pages:propose",
    "account-providers": "socialaccount_connections",
    "account-quotas": "account_quotas",
    "account-sessions": "usersessions_list",
    "account-verification": "pages:verification",
    "account-webhooks": "webhooks",
    "account-webhook-new": "webhook-new",
    "account-tokens": "account_tokens",
}
"""The pages of somebody without a second factor, who has just confirmed the password."""
SECOND_FACTOR_PAGES = {
    "second-factor": "mfa_index",
    "second-factor-app": "mfa_deactivate_totp",
    "second-factor-codes": "mfa_view_recovery_codes",
    "second-factor-confirm": "mfa_reauthenticate",
    "second-factor-new-codes": "mfa_generate_recovery_codes",
    "second-factor-passkey": "mfa_reauthenticate_webauthn",
}
"""The pages of somebody with an authenticator app and a passkey."""
PASSKEY_PAGES = {
    "second-factor-passkey-name": "mfa_edit_webauthn",
    "second-factor-passkey-removal": "mfa_remove_webauthn",
}
"""The pages of the passkey of the same account."""
OBJECT_PAGES = (
    *("account-endpoint", "account-invitation", "account-organisation", "account-organisation-delete"),
    *("account-proposal", "account-webhook"),
)
"""The pages of what belongs to the same account."""
MODERATION_PAGES = ("moderation", "moderation-claim", "moderation-proposal", "moderation-submission")
READERS = {
    **dict.fromkeys(("submit", "submission", "submit-refused", *ACCOUNT_PAGES, *OBJECT_PAGES), "ann"),
    **dict.fromkeys(("audit", *SECOND_FACTOR_PAGES, *PASSKEY_PAGES), "owner"),
    **dict.fromkeys(MODERATION_PAGES, "operator"),
}
"""Who sees a page; anybody sees the others."""


def make_accounts(*, now: datetime) -> None:
    """Make an account with something of every kind, and the staff who see it."""
    ann = make_user("ann")
    for name, role in (("owner", "auditor"), ("operator", "operator")):
        user = make_user(name, role=role)
        add_totp(user)
        RecoveryCodes.activate(user)
        add_passkey(user)
    _make_endpoint(ann, now)
    _make_webhook(ann, now)
    issue_token(user=ann, name="laptop", now=now)
    acme = make_organisation("acme", owner=ann, reader=make_user("bob"))
    lab = make_organisation("new-lab", owner=make_user("eve"))
    invitation = {"role": "reader", "created_at": now, "expires_at": now + VALID_FOR}
    Invitation.objects.create(organisation=acme, email="r@mail.example", digest="1", **invitation)
    digest = token_digest(LINK_SECRET)
    Invitation.objects.create(organisation=lab, email="ann@mail.example", digest=digest, **invitation)
    make_proposal(proposer=ann, name="Alpha 9", now=now)
    proof = {"method": "dns", "domain": "deepseek.example", "challenge": "c", "claimed_at": now}
    developer = ModelProposal.objects.get().model.developer
    DeveloperVerification.objects.create(organisation=acme, developer=developer, **proof)
    DeveloperVerification.objects.create(organisation=lab, developer=developer, state="checking", **proof)
    MailSubscription.objects.create(address="r@mail.example", topic="headline", created_at=now)
    make_submission(endpoint=make_endpoint("house-api"), state="PENDING_REVIEW", now=now)
    used = {"counted_on": now.date(), "usd_this_month": 3, "calls_this_month": 40}
    SpendingCap.objects.create(owner=ann.owner, kind="operator", usd_per_month=50, **used)
    Limit.objects.create(kind="credential", name="HOUSE", budget_usd=40, spent_usd=3)


def _make_endpoint(owner: User, now: datetime) -> None:
    checks = [{"check": "address", "state": "passed", "message": ""}]
    checks.append({"check": "key", "state": "failed", "message": "It does not answer: Incorrect API key."})
    own = make_own_endpoint(owner)
    own.preflights.create(state="failed", checks=checks, requested_at=now, finished_at=now)


def _make_webhook(owner: User, now: datetime) -> None:
    address = "https://lab.example/hook"
    webhook = create_webhook(actor=owner, url=address, types=["submission.failed"], now=now).webhook
    delivery = send_test(actor=owner, public_id=webhook.public_id, now=now)
    WebhookDelivery.objects.filter(pk=delivery.pk).update(
        state="failed", error="status", status=500, sent_at=now, next_at=now + timedelta(hours=1)
    )


def reader_of(name: str) -> Client:
    """Return the browser in which somebody sees a page."""
    client = Client()
    if reader := READERS.get(name):
        user = get_user_model().objects.get(username=reader)
        client.force_login(user)
        has_factor = Authenticator.objects.filter(user=user).exists()
        confirm_identity(client, user, method="mfa" if has_factor else "password")
    return client


def account_addresses() -> dict[str, str]:
    """Return the paths of the pages by name."""
    of_ann = {"organisation__handle": "acme"}
    claim = DeveloperVerification.objects.get(**of_ann)
    proposal = ModelProposal.objects.get().public_id
    review = Submission.objects.get(state="PENDING_REVIEW")
    mail = MailSubscription.objects.get()
    passkey = Authenticator.objects.get(user__username="owner", type=Authenticator.Type.WEBAUTHN)
    return {name: reverse(url) for name, url in (ACCOUNT_PAGES | SECOND_FACTOR_PAGES).items()} | {
        "account-endpoint": reverse("account_endpoint", args=["ann--lab"]),
        **{name: reverse(url, args=[passkey.pk]) for name, url in PASSKEY_PAGES.items()},
        "account-invitation": reverse("account_invitation_link", args=[LINK_SECRET]),
        "account-organisation": reverse("account_organisation", args=["acme"]),
        "account-organisation-delete": reverse("account_organisation_delete", args=["acme"]),
        "account-proposal": reverse("pages:proposal", args=[proposal]),
        "account-webhook": reverse("webhook", args=[Webhook.objects.get().public_id]),
        "mail-confirm": reverse("mail-confirm", args=[confirmation_token(mail)]),
        "mail-unsubscribe": reverse("mail-unsubscribe", args=[mail.key]),
        "moderation": reverse("pages:moderation"),
        "moderation-claim": reverse("pages:claim-review", args=[claim.pk]),
        "moderation-proposal": reverse("pages:review", args=[proposal]),
        "moderation-submission": reverse("pages:submission", args=[review.public_id]),
    }
