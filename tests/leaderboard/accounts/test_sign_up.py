"""Signing up: an address is confirmed before the first login, and nobody learns who has an account."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.core import mail
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from evals.models import AuditEvent
from leaderboard.accounts import adapters
from tests.support.accounts import PASSWORD, confirm_identity
from tests.support.record import make_organisation, make_user

pytestmark = pytest.mark.django_db
FORM = {
    "username": "newlab",
    "email": "lab@mail.example",
    "password1": PASSWORD,
    "password2": PASSWORD,
    "accept_policies": "on",
}


@pytest.fixture
def sent() -> Callable[[], list[Any]]:
    """Return a function that waits for the mail thread, and returns what was sent."""

    def messages() -> list[Any]:
        adapters._mail_thread().submit(lambda: None).result(timeout=10)
        return mail.outbox

    return messages


def sign_up(client: Client | None = None, **fields: str) -> Any:
    return (client or Client()).post("/account/sign-up/", FORM | fields)


def link_in(message: Any) -> str:
    link = re.search(r"http\S+(/account/email/confirm/\S+)", message.body)
    assert link
    return link[1]


def log_in(client: Client) -> Any:
    return client.post("/login/", {"login": "newlab", "password": PASSWORD})


def is_logged_in(client: Client) -> bool:
    return client.get("/account/tokens/").status_code == 200


def test_a_lab_signs_up_confirms_its_address_and_is_logged_in(sent: Callable[[], list[Any]]) -> None:
    browser = Client()
    assert sign_up(browser)["Location"] == "/account/email/sent/"
    assert not is_logged_in(browser)
    link = link_in(sent()[0])
    assert "newlab" in browser.get(link).content.decode()
    browser.post(link)
    assert is_logged_in(browser)
    assert User.objects.get(username="newlab").has_perm("evals.add_submission")


def test_the_link_of_the_mail_is_not_logged(
    sent: Callable[[], list[Any]], caplog: pytest.LogCaptureFixture
) -> None:
    browser = Client()
    sign_up(browser)
    link = link_in(sent()[0])
    browser.post(link)
    assert is_logged_in(browser)
    assert link not in caplog.text


def test_nobody_logs_in_before_the_address_is_confirmed(sent: Callable[[], list[Any]]) -> None:
    sign_up()
    browser = Client()
    assert log_in(browser)["Location"] == "/account/email/sent/"
    assert not is_logged_in(browser)
    assert [message.to for message in sent()] == [["lab@mail.example"]] * 2
    Client().post(link_in(sent()[1]))
    log_in(browser)
    assert is_logged_in(browser)


def test_a_link_works_once_and_only_on_the_public_address(
    sent: Callable[[], list[Any]], settings: Settings
) -> None:
    settings.PUBLIC_URL = "https://lagline.example"
    sign_up()
    message = sent()[0]
    assert "https://lagline.example/account/email/confirm/" in message.body
    Client().post(link_in(message))
    assert "expired, was used" in Client().get(link_in(message)).content.decode()


def test_an_account_that_an_operator_made_needs_no_address() -> None:
    User.objects.create_user("newlab", password=PASSWORD)
    browser = Client()
    log_in(browser)
    assert is_logged_in(browser)


def test_the_answer_does_not_tell_whether_an_address_has_an_account(sent: Callable[[], list[Any]]) -> None:
    known = User.objects.create_user("ann", email="lab@mail.example", password=PASSWORD)
    EmailAddress.objects.create(user=known, email="lab@mail.example", verified=True, primary=True)
    first, second = sign_up(), sign_up(username="other-lab", email="new@mail.example")
    assert (first.status_code, first["Location"]) == (second.status_code, second["Location"])
    assert not User.objects.filter(username="newlab").exists()
    assert "It has one already" in sent()[0].body
    assert sent()[0].to == ["lab@mail.example"]


def test_an_address_gets_no_flood_of_mails(sent: Callable[[], list[Any]]) -> None:
    sign_up()
    for _ in range(8):
        log_in(Client())
    assert len(sent()) == 5


def test_a_network_creates_five_accounts_a_day_and_others_still_can() -> None:
    for number in range(5):
        assert sign_up(username=f"lab-{number}", email=f"lab{number}@mail.example").status_code == 302
    refused = sign_up()
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0
    assert "5 new accounts" in refused.content.decode()
    assert not User.objects.filter(username="newlab").exists()
    assert sign_up(Client(REMOTE_ADDR="198.51.100.9")).status_code == 302


@pytest.mark.parametrize("name", ["acme", "ACME", "deleted-1", "admin", "né", "a b c", "x"])
def test_a_name_that_is_taken_reserved_or_unclear_is_refused(name: str) -> None:
    make_organisation("acme", owner=make_user("ann"))
    assert sign_up(username=name).status_code == 200
    assert not User.objects.filter(username=name).exists()


def test_a_site_whose_operator_creates_the_accounts_takes_none(settings: Settings) -> None:
    settings.SIGN_UP = False
    assert "created by the operator" in sign_up().content.decode()
    assert not User.objects.filter(username="newlab").exists()


def test_without_a_mail_server_the_page_says_who_passes_the_link_on_and_a_command_lists_it(
    settings: Settings,
) -> None:
    sign_up()
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    assert "operator gets the link" in Client().get("/account/email/sent/").content.decode()
    out = StringIO()
    call_command("account", "--links", stdout=out)
    name, address, link = out.getvalue().split()
    assert (name, address) == ("newlab", "lab@mail.example:")
    Client().post(link.removeprefix("http://127.0.0.1:8000"))
    assert EmailAddress.objects.get().verified
    out = StringIO()
    call_command("account", "--links", stdout=out)
    assert out.getvalue() == ""


def test_addresses_are_added_made_the_main_one_and_removed_and_it_is_recorded() -> None:
    ann = User.objects.create_user("ann", email="old@mail.example", password=PASSWORD)
    EmailAddress.objects.create(user=ann, email="old@mail.example", verified=True, primary=True)
    browser = Client()
    browser.force_login(ann)
    confirm_identity(browser, ann, method="password")
    browser.post("/account/email/", {"action_add": "", "email": "new@mail.example"})
    EmailAddress.objects.filter(email="new@mail.example").update(verified=True)
    browser.post("/account/email/", {"action_remove": "", "email": "old@mail.example"})
    assert EmailAddress.objects.count() == 2, "the main address stays"
    browser.post("/account/email/", {"action_primary": "", "email": "new@mail.example"})
    browser.post("/account/email/", {"action_remove": "", "email": "old@mail.example"})
    ann.refresh_from_db()
    assert ann.email == EmailAddress.objects.get().email == "new@mail.example"
    events = AuditEvent.objects.filter(action="account.address").order_by("pk")
    assert [event.after["kind"] for event in events] == ["added", "main", "removed"]
    assert "mail.example" not in str(list(events.values()))
