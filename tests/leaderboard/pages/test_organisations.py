"""Organisations: created, joined by invitation, managed by their owners, and never without one."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.utils import timezone

from evals.models import AuditEvent, Member, Owner
from evals.operations.audit import pseudonym_of
from leaderboard.accounts import adapters
from leaderboard.accounts.invitations import VALID_FOR, invite
from leaderboard.accounts.tokens import issue_token
from leaderboard.models import ApiToken, Invitation
from tests.support.accounts import confirm_address
from tests.support.record import NOW, make_organisation, make_user

pytestmark = pytest.mark.django_db
LIST, ACME = "/account/organisations/", "/account/organisations/acme/"


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def ann() -> User:
    return make_user("ann")


@pytest.fixture
def acme(ann: User) -> Owner:
    return make_organisation("acme", owner=ann)


def link_on(page: Any) -> str:
    link = re.search(r"/account/invitations/[\w-]+/", page.content.decode())
    assert link
    return link[0]


def roles(organisation: Owner) -> dict[str, str]:
    rows = Member.objects.filter(organisation=organisation)
    return dict(rows.values_list("account__username", "role"))


def test_an_account_creates_an_organisation_and_owns_it(ann: User) -> None:
    response = browser_of(ann).post(LIST, {"handle": "acme", "name": "Acme Labs"})
    assert response["Location"] == ACME
    assert roles(Owner.objects.get(handle="acme")) == {"ann": "owner"}


@pytest.mark.parametrize("handle", ["taken", "TAKEN", "ann", "deleted-1", "a/b", ""])
def test_a_handle_that_is_taken_or_malformed_is_refused(ann: User, handle: str) -> None:
    make_organisation("taken", owner=ann)
    assert browser_of(ann).post(LIST, {"handle": handle, "name": "X"}).status_code == 400
    assert Owner.objects.filter(kind="organisation").count() == 1


def test_a_link_lets_whoever_an_address_belongs_to_join_once(ann: User, acme: Owner) -> None:
    page = browser_of(ann).post(f"{ACME}invite/", {"invitee": "Ben@mail.example", "role": "submitter"})
    link = link_on(page)
    adapters._mail_thread().submit(lambda: None).result(timeout=10)
    assert mail.outbox[0].to == ["ben@mail.example"]
    assert link in mail.outbox[0].body
    assert link.split("/")[-2] not in str(Invitation.objects.values())
    ben = browser_of(make_user("ben"))
    assert "Acme invites you as submitter" in ben.get(link).content.decode()
    assert ben.post(f"{link}reply/", {"accept": ""})["Location"] == ACME
    assert roles(acme) == {"ann": "owner", "ben": "submitter"}
    assert browser_of(make_user("eve")).post(f"{link}reply/", {"accept": ""}).status_code == 404
    assert "eve" not in roles(acme)


def test_an_invitation_of_an_account_is_for_it_alone(ann: User, acme: Owner) -> None:
    ben, eve = make_user("ben"), make_user("eve")
    link = link_on(browser_of(ann).post(f"{ACME}invite/", {"invitee": "ben", "role": "reader"}))
    number = Invitation.objects.get().pk
    assert "has ended" in browser_of(eve).get(link).content.decode()
    for address in (f"{link}reply/", f"/account/invitations/{number}/answer/"):
        assert browser_of(eve).post(address, {"accept": ""}).status_code == 404
    assert "invites you as reader" in browser_of(ben).get(LIST).content.decode()
    browser_of(ben).post(f"/account/invitations/{number}/answer/", {"accept": ""})
    assert roles(acme)["ben"] == "reader"


def test_an_invited_account_gets_mail_at_a_confirmed_address_only(ann: User, acme: Owner) -> None:
    ben = make_user("ben", email="ben@mail.example")
    browser_of(ann).post(f"{ACME}invite/", {"invitee": "ben", "role": "reader"})
    adapters._mail_thread().submit(lambda: None).result(timeout=10)
    assert not mail.outbox
    confirm_address(ben)
    browser_of(ann).post(f"{ACME}invite/", {"invitee": "ben", "role": "reader"})
    adapters._mail_thread().submit(lambda: None).result(timeout=10)
    assert [message.to for message in mail.outbox] == [["ben@mail.example"]]


@pytest.mark.parametrize("end", ["expired", "withdrawn", "declined"])
def test_an_invitation_that_has_ended_lets_nobody_join(ann: User, acme: Owner, end: str) -> None:
    ben = make_user("ben")
    now = NOW - VALID_FOR if end == "expired" else timezone.now()
    issued = invite(by=ann, handle="acme", invitee="ben", role="owner", now=now)
    if end == "withdrawn":
        browser_of(ann).post(f"{ACME}withdraw/", {"invitation": issued.invitation.pk})
    if end == "declined":
        browser_of(ben).post(f"/account/invitations/{issued.secret}/reply/", {"decline": ""})
    assert browser_of(ben).post(f"/account/invitations/{issued.secret}/reply/").status_code == 404
    assert "ben" not in roles(acme)


def test_owners_change_roles_and_remove_members(ann: User, acme: Owner) -> None:
    acme.members.create(account=make_user("ben"), role="reader", created_at=NOW)
    browser = browser_of(ann)
    browser.post(f"{ACME}role/", {"account": "ben", "role": "submitter"})
    assert roles(acme)["ben"] == "submitter"
    browser.post(f"{ACME}remove/", {"account": "ben"})
    assert roles(acme) == {"ann": "owner"}
    browser.post(f"{ACME}rename/", {"name": "Acme Research"})
    assert Owner.objects.get(handle="acme").name == "Acme Research"


@pytest.mark.parametrize("role", ["submitter", "reader", None])
def test_nobody_but_owners_manages_an_organisation(ann: User, acme: Owner, role: str | None) -> None:
    eve = make_user("eve")
    if role:
        acme.members.create(account=eve, role=role, created_at=NOW)
    browser = browser_of(eve)
    forms = {
        "invite": {"invitee": "eve2@mail.example", "role": "owner"},
        "role": {"account": "eve", "role": "owner"},
        "remove": {"account": "ann"},
        "rename": {"name": "Mine"},
        "withdraw": {"invitation": "1"},
        "revoke-token": {"token": "1"},
    }
    for name, form in forms.items():
        assert browser.post(f"{ACME}{name}/", form).status_code == 403, name
    assert roles(acme)["ann"] == "owner"
    assert roles(acme).get("eve") == role
    assert not Invitation.objects.exists()
    assert browser.get(ACME).status_code == (200 if role else 403)
    assert browser.get("/account/organisations/nobody/").status_code == 403


def test_owners_see_and_revoke_the_tokens_of_members_that_act_for_it_alone(ann: User, acme: Owner) -> None:
    ben = make_user("ben")
    acme.members.create(account=ben, role="submitter", created_at=NOW)
    now = timezone.now()
    theirs = issue_token(user=ben, name="cluster", owner=acme, now=now).token
    private = issue_token(user=ben, name="laptop", now=now).token
    browser = browser_of(ann)
    page = browser.get(ACME).content.decode()
    assert "cluster" in page
    assert "laptop" not in page, "it acts for the account itself, too"
    assert "cluster" not in browser_of(ben).get(ACME).content.decode()
    for number in (theirs.pk, private.pk, "x", "9" * 5_000):
        assert browser.post(f"{ACME}revoke-token/", {"token": number}).status_code == 302
    revoked = ApiToken.objects.filter(revoked_at__isnull=False)
    assert list(revoked) == [theirs]
    assert AuditEvent.objects.filter(action="token.revoke").count() == 1


def test_the_last_owner_neither_leaves_nor_becomes_a_reader(ann: User, acme: Owner) -> None:
    browser = browser_of(ann)
    for name, form in {
        "leave": {},
        "remove": {"account": "ann"},
        "role": {"account": "ann", "role": "reader"},
    }.items():
        assert browser.post(f"{ACME}{name}/", form).status_code == 409
        assert roles(acme) == {"ann": "owner"}
    acme.members.create(account=make_user("ben"), role="owner", created_at=NOW)
    assert browser.post(f"{ACME}leave/")["Location"] == LIST
    assert roles(acme) == {"ben": "owner"}


def test_what_happens_to_members_is_recorded_without_their_names(ann: User, acme: Owner) -> None:
    ben = make_user("ben")
    issued = invite(by=ann, handle="acme", invitee="ben@mail.example", role="reader", now=timezone.now())
    browser_of(ben).post(f"/account/invitations/{issued.secret}/reply/", {"accept": ""})
    browser_of(ann).post(f"{ACME}role/", {"account": "ben", "role": "submitter"})
    browser_of(ben).post(f"{ACME}leave/")
    events = AuditEvent.objects.filter(object_type="organisation", object_id="acme").order_by("pk")
    assert [event.action for event in events] == [
        *("invitation.create", "member.add", "member.role", "member.remove")
    ]
    assert {event.after["account"] for event in events[1:]} == {pseudonym_of(ben.pk)}
    assert "mail.example" not in str(list(events.values()))
