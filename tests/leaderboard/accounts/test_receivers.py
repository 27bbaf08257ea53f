"""The events of accounts: who was created, changed, deleted, and given which role, whoever wrote it."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client

from evals.acting import ActorContext, acting
from evals.models import AccountPseudonym, AuditEvent
from evals.operations.audit import pseudonym_of
from leaderboard.accounts.roles import grant_role, revoke_role
from tests.support.accounts import add_passkey, confirm_identity, totp_code
from tests.support.record import make_user

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


def events_of(account: str) -> list[tuple[str, dict[str, object]]]:
    events = AuditEvent.objects.filter(object_type="account", object_id=account).order_by("pk")
    return [(event.action, event.after) for event in events]


def test_the_life_of_an_account_is_recorded_and_outlives_it() -> None:
    user = make_user("ann")
    account = pseudonym_of(user.pk)
    user.set_password(PASSWORD)
    user.save()
    grant_role(account=user, role="moderator")
    revoke_role(account=user, role="moderator")
    user.is_active = False
    user.save()
    user.delete()
    assert [action for action, _ in events_of(account)] == [
        *("account.create", "account.password", "account.roles", "account.change"),
        *("account.roles", "account.change", "account.change", "account.delete"),
    ]
    assert not AccountPseudonym.objects.exists(), "nothing leads from the events to the account"


def test_no_event_contains_a_name_an_address_a_password_or_a_token() -> None:
    user = User.objects.create_user("ann.example", "ann@mail.example", PASSWORD, first_name="Annabel")
    client = Client(REMOTE_ADDR="192.0.2.77")
    client.post("/login/", {"login": "ann.example", "password": PASSWORD})
    client.post("/logout/")
    call_command("token", "ann.example", "--name", "laptop")
    user.delete()
    events = list(AuditEvent.objects.values())
    assert {"account.login", "account.logout", "token.issue", "account.delete"} <= {
        e["action"] for e in events
    }
    text = json.dumps(events, default=str)
    for secret in ("ann.example", "mail.example", "Annabel", "192.0.2.77", PASSWORD, "lagline_"):
        assert secret not in text


def test_a_login_is_attributed_to_the_account_and_to_a_pseudonym_of_its_network() -> None:
    user = User.objects.create_user("ann", password=PASSWORD)
    for address in ("192.0.2.77", "192.0.2.78", "192.0.2.77"):
        Client(REMOTE_ADDR=address).post("/login/", {"login": "ann", "password": PASSWORD})
    first, second, third = AuditEvent.objects.filter(action="account.login").order_by("pk")
    assert first.actor == first.object_id == pseudonym_of(user.pk)
    assert first.network == third.network != second.network


def test_second_factors_are_recorded_without_their_secrets() -> None:
    user, browser = make_user("ann"), Client()
    browser.force_login(user)
    confirm_identity(browser, user, method="password")
    browser.get("/account/totp/activate/")
    secret = browser.session["mfa.totp.secret"]
    last = AuditEvent.objects.latest("pk").pk
    browser.post("/account/totp/activate/", {"code": totp_code(secret)})
    confirm_identity(browser, user)
    browser.post("/account/recovery-codes/generate/")
    browser.post("/account/totp/deactivate/")
    events = AuditEvent.objects.filter(pk__gt=last).order_by("pk")
    assert [(event.action, event.before, event.after) for event in events] == [
        ("factor.add", {}, {"kind": "totp"}),
        ("factor.add", {}, {"kind": "recovery_codes"}),
        ("factor.remove", {"kind": "recovery_codes"}, {}),
        ("factor.add", {}, {"kind": "recovery_codes"}),
        ("factor.remove", {"kind": "totp"}, {}),
        ("factor.remove", {"kind": "recovery_codes"}, {}),
    ]
    assert (
        {event.actor for event in events} == {event.object_id for event in events} == {pseudonym_of(user.pk)}
    )
    assert secret not in json.dumps(list(events.values()), default=str)


def test_a_factor_that_is_used_or_named_is_not_recorded_as_new() -> None:
    key = add_passkey(make_user("ann"))
    last = AuditEvent.objects.latest("pk")
    key.record_usage()
    assert AuditEvent.objects.latest("pk") == last


def test_signing_out_everywhere_else_is_recorded_if_there_was_another_session() -> None:
    user = User.objects.create_user("ann", password=PASSWORD)
    here, *others = Client(), Client(), Client()
    for browser in (here, *others):
        browser.post("/login/", {"login": "ann", "password": PASSWORD})
        browser.get("/account/")
    for _ in range(2):
        assert here.post("/account/sessions/").status_code == 302
    event = AuditEvent.objects.get(action="account.sessions")
    assert (event.actor, event.object_id, event.after) == (*[pseudonym_of(user.pk)] * 2, {"sessions": 2})


def test_an_account_that_deletes_itself_is_the_actor_of_the_event() -> None:
    user = make_user("ann")
    account, number = pseudonym_of(user.pk), user.pk
    with acting(lambda: ActorContext("account", account_id=number)):
        user.delete()
    event = AuditEvent.objects.latest("pk")
    assert (event.action, event.actor, event.object_id) == ("account.delete", account, account)
