"""The page of the own API tokens."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from leaderboard.accounts.tokens import issue_token
from leaderboard.models import ApiToken
from leaderboard.queries import valid_token
from tests.support.accounts import PASSWORD, confirm_identity
from tests.support.record import NOW, make_organisation, make_user

pytestmark = pytest.mark.django_db
PAGE = "/account/tokens/"


@pytest.fixture
def ann() -> User:
    user = make_user("ann")
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def browser(ann: User) -> Client:
    client = Client()
    client.force_login(ann)
    confirm_identity(client, ann, method="password")
    return client


def secret_on(page: str) -> str:
    match = re.search(r"lagline_[\w-]+", page)
    return match[0] if match else ""


def test_a_new_token_is_shown_once_and_works(browser: Client, ann: User) -> None:
    form = {"name": "laptop", "submit": "on", "lifetime": "30"}
    secret = secret_on(browser.post(PAGE, form).content.decode())
    token = valid_token(secret, now=timezone.now())
    assert token is not None
    assert (token.user, token.scopes) == (ann, ["read", "submit"])
    assert token.expires_at is not None
    assert timedelta(days=29) < token.expires_at - timezone.now() <= timedelta(days=30)
    again = browser.get(PAGE).content.decode()
    assert "laptop" in again
    assert secret_on(again) == ""


def test_a_token_for_an_organisation_needs_a_membership(browser: Client, ann: User) -> None:
    acme = make_organisation("acme", submitter=ann)
    make_organisation("other", owner=make_user("ben"))
    browser.post(PAGE, {"name": "ci", "owner": "acme", "manage": "on"})
    assert ApiToken.objects.get().owner == acme
    refused = browser.post(PAGE, {"name": "spy", "owner": "other"})
    assert refused.status_code == 400
    assert not ApiToken.objects.filter(name="spy").exists()


def test_a_name_in_use_is_refused_on_the_page(browser: Client, ann: User) -> None:
    issue_token(user=ann, name="laptop", now=NOW)
    page = browser.post(PAGE, {"name": "laptop"})
    assert page.status_code == 400
    assert "Choose another name" in page.content.decode()


def test_a_token_is_revoked_by_its_owner_alone(browser: Client, ann: User) -> None:
    mine = issue_token(user=ann, name="laptop", now=NOW).token
    theirs = issue_token(user=make_user("ben"), name="theirs", now=NOW).token
    for token in (mine, theirs):
        assert browser.post(f"{PAGE}{token.pk}/revoke/").status_code == 302
    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert mine.revoked_at is not None
    assert theirs.revoked_at is None
    assert "laptop" not in browser.get(PAGE).content.decode()


def test_a_session_alone_creates_no_token(ann: User) -> None:
    client = Client()
    client.force_login(ann)
    response = client.post(PAGE, {"name": "laptop"})
    assert response.status_code == 302
    assert response["Location"].startswith("/account/confirm/")
    assert not ApiToken.objects.exists()
