"""Operators see how accounts are protected, and help owners who lost a device."""

from __future__ import annotations

from io import StringIO

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.test import Client

from evals.models import AuditEvent
from evals.operations.audit import pseudonym_of
from leaderboard.accounts.second_factors import has_second_factor
from leaderboard.accounts.tokens import issue_token
from leaderboard.queries import valid_token
from tests.support.accounts import PASSWORD, add_totp, staff_client
from tests.support.record import NOW, make_user

pytestmark = pytest.mark.django_db


def run(*words: str) -> str:
    out = StringIO()
    call_command("account", *words, stdout=out)
    return out.getvalue()


def test_staff_without_a_second_factor_are_shown() -> None:
    staff_client("root")
    make_user("mod", is_staff=True)
    make_user("ann")
    assert run().splitlines() == [
        "mod: is_active is_staff; no second factor; 0 sessions, 0 tokens",
        "root: is_active is_staff is_superuser; TOTP Authenticator; 0 sessions, 0 tokens",
    ]


def test_an_owner_who_lost_the_device_gets_rid_of_it() -> None:
    operator = staff_client("root")
    user = get_user_model().objects.get(username="root")
    secret = issue_token(user=user, name="laptop", now=NOW).secret
    assert run("root", "--reset-factors").startswith("1 second factors removed\nroot: ")
    assert not has_second_factor(user)
    assert operator.get("/admin/")["Location"] == "/account/security/"
    assert valid_token(secret, now=NOW) is not None
    assert "1 tokens revoked" in run("root", "--revoke-tokens")
    assert valid_token(secret, now=NOW) is None
    assert AuditEvent.objects.filter(action__in=["factor.remove", "token.revoke"]).count() == 2


def test_sessions_that_an_operator_ends_are_recorded() -> None:
    user, browser = get_user_model().objects.create_user("ann", password=PASSWORD), Client()
    browser.post("/login/", {"login": "ann", "password": PASSWORD})
    browser.get("/account/")
    assert run("ann", "--end-sessions").startswith("1 sessions ended\n")
    event = AuditEvent.objects.get(action="account.sessions")
    assert (event.object_id, event.after) == (pseudonym_of(user.pk), {"sessions": 1})
    run("ann", "--end-sessions")
    assert AuditEvent.objects.filter(action="account.sessions").count() == 1


def test_secrets_are_encrypted_anew_and_an_unknown_account_is_refused() -> None:
    add_totp(make_user())
    assert run("--encrypt-anew") == "1 secrets encrypted by the present SECRET_KEY\n"
    with pytest.raises(CommandError, match="There is no user 'nobody'"):
        run("nobody", "--end-sessions")
