"""A login ends after a time, earlier for staff, and can be ended everywhere."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from leaderboard.accounts.sessions import (
    LIFETIME,
    SEEN_AT,
    SEEN_EVERY,
    STAFF_LIFETIME,
    STARTED_AT,
    delete_expired_sessions,
)
from tests.support.accounts import PASSWORD, confirm_address, staff_client

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def ann() -> None:
    get_user_model().objects.create_user("ann", password=PASSWORD)


def logged_in(browser: Client | None = None) -> Client:
    browser = browser or Client()
    assert browser.post("/login/", {"login": "ann", "password": PASSWORD}).status_code == 302
    browser.get("/account/")
    return browser


def is_logged_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def move(client: Client, key: str, time: timedelta) -> None:
    """Let a time of a session be earlier."""
    session = client.session
    session[key] -= time.total_seconds()
    session.save()


def test_a_login_ends_a_while_after_its_last_use() -> None:
    browser = logged_in()
    move(browser, SEEN_AT, LIFETIME.idle - MINUTE)
    assert is_logged_in(browser)
    move(browser, SEEN_AT, LIFETIME.idle + MINUTE)
    assert not is_logged_in(browser)
    assert not Session.objects.filter(pk=browser.cookies["sessionid"].value).exists()


def test_a_login_ends_however_often_it_is_used() -> None:
    browser = logged_in()
    move(browser, STARTED_AT, LIFETIME.absolute - MINUTE)
    assert is_logged_in(browser)
    move(browser, STARTED_AT, 2 * MINUTE)
    assert not is_logged_in(browser)


def test_a_login_of_staff_ends_earlier() -> None:
    for key, time in ((SEEN_AT, STAFF_LIFETIME.idle), (STARTED_AT, STAFF_LIFETIME.absolute)):
        operator = staff_client(f"operator{key}")
        assert is_logged_in(operator)
        move(operator, key, time + MINUTE)
        assert operator.get("/admin/").status_code == 302
        assert not is_logged_in(operator)


def test_a_session_is_written_once_in_a_while_only() -> None:
    browser = logged_in()
    seen_at = browser.session[SEEN_AT]
    browser.get("/account/")
    assert browser.session[SEEN_AT] == seen_at
    move(browser, SEEN_AT, SEEN_EVERY + MINUTE)
    browser.get("/account/")
    assert browser.session[SEEN_AT] >= seen_at


def test_the_id_of_a_session_changes_at_a_login() -> None:
    browser = Client()
    browser.get("/account/webauthn/login/", headers={"Accept": "application/json"})
    former = browser.cookies["sessionid"].value
    logged_in(browser)
    assert browser.cookies["sessionid"].value != former
    assert not Session.objects.filter(pk=former).exists()


def test_all_other_logins_of_an_account_can_be_ended() -> None:
    here, there, elsewhere = logged_in(), logged_in(), logged_in()
    get_user_model().objects.create_user("eve", password=PASSWORD)
    stranger = Client()
    stranger.post("/login/", {"login": "eve", "password": PASSWORD})
    assert here.get("/account/sessions/").content.decode().count("<td>127.0.0.1</td>") == 3
    assert here.post("/account/sessions/").status_code == 302
    browsers = (here, there, elsewhere, stranger)
    assert [is_logged_in(browser) for browser in browsers] == [True, False, False, True]


def test_a_logout_needs_a_post_with_a_token_and_deletes_the_session() -> None:
    browser = logged_in(Client())
    assert browser.get("/logout/").status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = browser.cookies
    assert strict.post("/logout/").status_code == 403
    assert is_logged_in(browser)
    key = browser.cookies["sessionid"].value
    assert browser.post("/logout/")["Location"] == "/queue/"
    assert not Session.objects.filter(pk=key).exists()


def test_expired_sessions_are_deleted_with_what_is_known_of_the_browser() -> None:
    kept, expired = logged_in(), logged_in()
    now: datetime = timezone.now()
    Session.objects.filter(pk=expired.cookies["sessionid"].value).update(expire_date=now - MINUTE)
    assert delete_expired_sessions(now=now) == 1
    assert UserSession.objects.get().session_key == kept.cookies["sessionid"].value


def test_account_pages_are_stored_nowhere() -> None:
    browser = logged_in()
    for address in ("/account/", "/account/password/", "/account/sessions/"):
        assert "no-store" in browser.get(address)["Cache-Control"], address
    assert "no-store" in Client().get("/login/")["Cache-Control"]


@pytest.mark.parametrize("address", ["/account/tokens/", "/account/data/", "/account/delete/"])
def test_who_confirmed_an_address_is_asked_for_the_password_before_a_sensitive_action(address: str) -> None:
    user = get_user_model().objects.create_user("lab", email="lab@mail.example", password=PASSWORD)
    confirm_address(user)
    browser = Client()
    browser.force_login(user)
    response = browser.post(address)
    assert response["Location"].startswith("/account/confirm/")
    browser.post(response["Location"], {"password": PASSWORD})  # repeats the POST
    assert browser.get(address).status_code == 200
