"""A new password ends sessions and tokens, however it is set."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser, User
from django.core.management import call_command
from django.test import Client
from pytest_django.fixtures import Settings

from leaderboard.accounts.tokens import issue_token, revoke_all_tokens
from leaderboard.queries import valid_token
from tests.support.accounts import PASSWORD, staff_client
from tests.support.record import NOW

pytestmark = pytest.mark.django_db
NEW = "another long enough password"


@pytest.fixture
def ann() -> User:
    user: User = get_user_model().objects.create_user("ann", email="ann@example.org", password=PASSWORD)
    return user


def logged_in(password: str = PASSWORD) -> Client:
    client = Client()
    assert client.post("/login/", {"login": "ann", "password": password}).status_code == 302
    return client


def is_logged_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def by_command(user: AbstractBaseUser) -> None:
    with patch("getpass.getpass", return_value=NEW):
        call_command("changepassword", "ann", stdout=StringIO())


def by_the_admin(user: AbstractBaseUser) -> None:
    form = {"password1": NEW, "password2": NEW, "usable_password": "true"}
    answer = staff_client().post(f"/admin/auth/user/{user.pk}/password/", form)
    assert answer.status_code == 302


def in_code(user: Any) -> None:
    user.set_password(NEW)
    user.save()


def on_the_page(user: AbstractBaseUser) -> None:
    form = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert logged_in().post("/account/password/", form).status_code == 302


@pytest.mark.parametrize("change", [by_command, by_the_admin, in_code, on_the_page])
def test_a_new_password_ends_sessions_and_tokens(ann: User, change: Callable[[User], None]) -> None:
    secret, browser = issue_token(user=ann, name="laptop", now=NOW).secret, logged_in()
    assert valid_token(secret, now=NOW) is not None
    assert is_logged_in(browser)
    change(ann)
    assert valid_token(secret, now=NOW) is None
    assert not is_logged_in(browser)
    assert is_logged_in(logged_in(NEW))


def test_the_browser_in_which_the_password_was_changed_stays_logged_in_with_a_new_session(ann: User) -> None:
    browser = logged_in()
    former = browser.cookies["sessionid"].value
    form = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert browser.post("/account/password/", form)["Location"] == "/account/security/"
    assert is_logged_in(browser)
    assert browser.cookies["sessionid"].value != former


def test_the_api_refuses_a_token_of_a_former_password(ann: User) -> None:
    secret = issue_token(user=ann, name="laptop", now=NOW).secret
    api = Client(headers={"Authorization": f"Bearer {secret}"})
    assert api.post("/api/v1/submissions", {}, content_type="application/json").status_code == 400
    in_code(ann)
    assert api.post("/api/v1/submissions", {}, content_type="application/json").status_code == 401


def test_an_older_hash_is_replaced_at_a_login_and_ends_no_token(ann: User, settings: Settings) -> None:
    preferred, older = settings.PASSWORD_HASHERS[-2:]
    settings.PASSWORD_HASHERS = [older]
    ann.set_password(PASSWORD)
    ann.save()
    secret = issue_token(user=ann, name="laptop", now=NOW).secret
    settings.PASSWORD_HASHERS = [preferred, older]
    logged_in()
    ann.refresh_from_db()
    assert ann.password.startswith("scrypt$")
    assert valid_token(secret, now=NOW) is not None
    in_code(ann)
    assert valid_token(secret, now=NOW) is None


def test_a_wrong_password_leaves_the_tokens_of_an_older_hash_alone(ann: User) -> None:
    secret = issue_token(user=ann, name="laptop", now=NOW).secret
    Client().post("/login/", {"login": "ann", "password": "wrong"})
    assert valid_token(secret, now=NOW) is not None


def test_all_tokens_of_one_account_can_be_revoked(ann: User) -> None:
    other = get_user_model().objects.create_user("eve")
    secrets = [issue_token(user=ann, name=name, now=NOW).secret for name in ("laptop", "server")]
    kept = issue_token(user=other, name="laptop", now=NOW).secret
    assert revoke_all_tokens(user=ann, now=NOW) == 2
    assert [valid_token(secret, now=NOW) for secret in secrets] == [None, None]
    assert valid_token(kept, now=NOW) is not None


def test_an_account_that_is_switched_off_loses_sessions_and_tokens_for_good(ann: User) -> None:
    secret, browser = issue_token(user=ann, name="laptop", now=NOW).secret, logged_in()
    operator = staff_client()
    for is_active in ({}, {"is_active": "on"}):
        form = {"username": "ann", "date_joined_0": "2026-11-01", "date_joined_1": "12:00:00"} | is_active
        assert operator.post(f"/admin/auth/user/{ann.pk}/change/", form).status_code == 302
        assert valid_token(secret, now=NOW) is None
        assert not is_logged_in(browser)
    ann.refresh_from_db()
    assert ann.is_active


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("short-pass1", "at least 12 characters"),
        ("1qaz2wsx3edc", "too common"),
        ("907351846220", "entirely numeric"),
        ("annabel-smithers", "too similar"),
    ],
)
def test_a_password_that_can_be_guessed_is_refused(ann: User, password: str, reason: str) -> None:
    ann.first_name = "annabel-smither"
    ann.save()
    form = {"oldpassword": PASSWORD, "password1": password, "password2": password}
    page = logged_in().post("/account/password/", form)
    assert page.status_code == 200
    assert reason in page.content.decode()
    by_admin = {"password1": password, "password2": password, "usable_password": "true"}
    page = staff_client().post(f"/admin/auth/user/{ann.pk}/password/", by_admin)
    assert reason in page.content.decode()


@pytest.mark.parametrize("password", ["all lower case, no digit", "密码可以是任何文字和空格啊啊", "x9" * 500])
def test_a_long_password_needs_no_digits_or_signs(ann: User, password: str) -> None:
    form = {"oldpassword": PASSWORD, "password1": password, "password2": password}
    assert logged_in().post("/account/password/", form).status_code == 302
    assert is_logged_in(logged_in(password))
