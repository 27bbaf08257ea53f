"""A reset link goes to the owner alone, tells nobody who has an account, and leads to this site."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from axes.models import AccessAttempt
from django.contrib.auth import get_user_model
from django.core import mail
from django.db.models import F
from django.test import Client
from pytest_django.fixtures import Settings

from leaderboard.accounts import adapters
from leaderboard.accounts.login_delays import FREE_FAILURES
from leaderboard.accounts.tokens import issue_token
from leaderboard.queries import valid_token
from tests.leaderboard.pages.reading import words
from tests.support.accounts import PASSWORD, staff_client
from tests.support.record import NOW

pytestmark = pytest.mark.django_db(transaction=True)
NEW = "another long enough password"


@pytest.fixture(autouse=True)
def ann() -> None:
    get_user_model().objects.create_user("ann", email="ann@example.org", password=PASSWORD)


def request_link(email: str, address: str = "198.51.100.1", **headers: str) -> Client:
    browser = Client(REMOTE_ADDR=address)
    answer = browser.post("/account/password/reset/", {"email": email}, headers=headers or None)
    assert (answer.status_code, answer["Location"]) == (302, "/account/password/reset/sent/")
    return browser


def sent() -> list[mail.EmailMessage]:
    """Return the mails, once the thread that sends them has."""
    adapters._mail_thread().submit(lambda: None).result()
    return list(mail.outbox)


def link() -> str:
    (message,) = sent()
    match = re.search(r"http://127\.0\.0\.1:8000(/\S+)", str(message.body))
    assert match
    return match[1]


def test_the_answer_is_the_same_whether_there_is_an_account_or_not() -> None:
    pages = []
    for email in ("ann@example.org", "nobody@example.org"):
        browser = request_link(email)
        pages.append(words(browser.get("/account/password/reset/sent/").content.decode()))
    assert pages[0] == pages[1]
    assert [message.to for message in sent()] == [["ann@example.org"]], "strangers get no mail"


def test_a_wrong_password_and_an_unknown_account_look_alike() -> None:
    pages = set()
    for name in ("ann", "nobody"):
        page = Client().post("/login/", {"login": name, "password": "wrong"}).content.decode()
        page = re.sub(r'value="[^"]{30,}"', "", page)
        pages.add(page.replace(f'value="{name}"', ""))
    assert len(pages) == 1


def test_the_time_of_an_answer_does_not_wait_for_the_mail_server(monkeypatch: pytest.MonkeyPatch) -> None:
    sending: list[str] = []
    monkeypatch.setattr(adapters, "_send", lambda message: sending.append(message.subject))
    request_link("ann@example.org")
    sent()
    assert sending == ["[Lagline] A new password for your account"]


def test_a_link_sets_a_password_once_and_ends_sessions_and_tokens() -> None:
    browser = Client()
    browser.post("/login/", {"login": "ann", "password": PASSWORD})
    secret = issue_token(user=get_user_model().objects.get(), name="laptop", now=NOW).secret
    request_link("ann@example.org")
    address, visitor = link(), Client()
    form_address = visitor.get(address)["Location"]
    assert form_address.endswith("-set-password/"), "the key leaves the address"
    assert visitor.post(form_address, {"password1": NEW, "password2": NEW}).status_code == 302
    assert valid_token(secret, now=NOW) is None
    assert browser.get("/account/").status_code == 302
    assert visitor.get("/account/").status_code == 302, "a reset is no login"
    assert "This link is not valid" in Client().get(address).content.decode()
    assert Client().post("/login/", {"login": "ann", "password": NEW}).status_code == 302


def test_a_former_address_gets_no_link() -> None:
    user = get_user_model().objects.get(username="ann")
    EmailAddress.objects.create(user=user, email=user.email, primary=True)  # as a sign-up does
    operator = staff_client()
    address = f"/admin/auth/user/{user.pk}/change/"
    joined = {"date_joined_0": "2026-11-01", "date_joined_1": "10:00:00"}
    form = {"username": "ann", "email": "ann@example.com", "is_active": "on", **joined}
    assert operator.post(address, form).status_code == 302
    request_link("ann@example.org")
    request_link("ann@example.com")
    assert [message.to for message in sent()] == [["ann@example.com"]]


def test_a_new_password_of_a_link_is_checked_too() -> None:
    request_link("ann@example.org")
    visitor = Client()
    form_address = visitor.get(link())["Location"]
    page = visitor.post(form_address, {"password1": "short", "password2": "short"})
    assert "at least 12 characters" in page.content.decode()


def test_the_link_is_on_the_public_address_whatever_host_was_requested() -> None:
    request_link("ann@example.org", Host="localhost:9999")
    assert link().startswith("/account/password/reset/")


def test_requests_are_limited_for_an_address_in_every_network() -> None:
    for number in range(FREE_FAILURES + 1):
        request_link("ann@example.org", f"203.0.113.{number}")
    refused = Client(REMOTE_ADDR="203.0.113.99").post(
        "/account/password/reset/", {"email": "ANN@example.org"}
    )
    assert refused.status_code == 429
    assert len(sent()) == FREE_FAILURES + 1
    request_link("eve@example.org", "203.0.113.99")
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(seconds=31))
    request_link("ann@example.org", "203.0.113.98")


def test_requests_are_limited_for_a_network_whatever_the_address() -> None:
    for number in range(FREE_FAILURES + 1):
        request_link(f"somebody{number}@example.org")
    browser = Client(REMOTE_ADDR="198.51.100.1")
    refused = browser.post("/account/password/reset/", {"email": "x@example.org"})
    assert refused.status_code == 429


def test_a_service_without_a_mail_server_says_so(settings: Settings) -> None:
    sentence = "This service has no mail server"
    assert sentence not in Client().get("/account/password/reset/sent/").content.decode()
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    assert sentence in Client().get("/account/password/reset/sent/").content.decode()


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "\\\\evil.example",
        "http://localhost/",
        "javascript:alert(1)",
    ],
)
@pytest.mark.parametrize("address", ["/login/", "/admin/login/"])
def test_next_leads_to_this_site_alone(address: str, target: str) -> None:
    browser = Client()
    answer = browser.get(address, {"next": target})
    answer = browser.post("/login/", {"login": "ann", "password": PASSWORD, "next": target})
    assert answer["Location"] == "/account/"
    if address == "/admin/login/":
        assert "evil" not in Client().get(address, {"next": target})["Location"]


@pytest.mark.parametrize(
    "address",
    ["/login/", "/account/password/reset/", "/account/sign-up/", "/account/webauthn/login/", "/logout/"],
)
def test_every_form_needs_a_token(address: str) -> None:
    assert Client(enforce_csrf_checks=True).post(address, {"login": "ann"}).status_code == 403
