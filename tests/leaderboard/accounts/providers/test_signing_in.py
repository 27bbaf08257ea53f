"""Signing in by another provider, through the real flow with a provider on localhost."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from evals.models import AuditEvent
from leaderboard.models import SignUp
from tests.leaderboard.accounts.providers.flow import (
    FORM,
    address_in,
    connected,
    is_logged_in,
    sign_in,
    signed_up,
    start,
)
from tests.support.accounts import PASSWORD, add_totp, confirm_identity, totp_code
from tests.support.openid_provider import OpenIDProvider

pytestmark = pytest.mark.django_db


def test_without_providers_there_is_no_button_and_no_address() -> None:
    assert "Continue with" not in Client().get("/login/").content.decode()
    assert start(Client()).status_code == 404
    assert Client().get("/account/providers/acme/callback/?code=a&state=b").status_code == 404


def test_a_lab_signs_up_by_a_provider_and_signs_in_again(provider: OpenIDProvider) -> None:
    browser = Client()
    assert "Continue with Acme" in browser.get("/login/").content.decode()
    assert sign_in(browser, provider)["Location"] == "/account/sign-up/provider/"
    page = browser.get("/account/sign-up/provider/").content.decode()
    assert 'value="newlab"' in page
    assert 'value="lab@mail.example"' in page
    browser.post("/account/sign-up/provider/", FORM)
    assert is_logged_in(browser), "the provider has confirmed the address"
    user = User.objects.get(username="newlab")
    assert user.has_perm("evals.add_submission")
    assert not user.has_usable_password()
    assert EmailAddress.objects.get(user=user).verified
    assert SignUp.objects.get().account == user
    again = Client()
    assert sign_in(again, provider)["Location"] == "/account/"
    assert is_logged_in(again)
    assert not SocialToken.objects.exists()
    stored = SocialAccount.objects.get()
    assert (stored.provider, stored.uid, stored.extra_data) == (
        provider.issuer,
        "4711",
        {"username": "newlab"},
    )
    events = AuditEvent.objects.filter(action="provider.connect")
    assert [event.after for event in events] == [{"provider": provider.issuer}]
    assert "4711" not in str(list(AuditEvent.objects.values()))


def test_an_address_that_the_provider_has_not_confirmed_is_confirmed_here(provider: OpenIDProvider) -> None:
    provider.account["email_verified"] = False
    browser = Client()
    sign_in(browser, provider)
    assert browser.post("/account/sign-up/provider/", FORM)["Location"] == "/account/email/sent/"
    assert not is_logged_in(browser)
    assert not EmailAddress.objects.get().verified


def test_an_address_that_differs_from_the_confirmed_one_is_confirmed_here(provider: OpenIDProvider) -> None:
    browser = Client()
    sign_in(browser, provider)
    browser.post("/account/sign-up/provider/", FORM | {"email": "other@mail.example"})
    assert not is_logged_in(browser)
    assert [(row.email, row.verified) for row in EmailAddress.objects.all()] == [
        ("other@mail.example", False)
    ]


def test_an_account_is_not_taken_over_by_an_address_that_a_provider_names(provider: OpenIDProvider) -> None:
    ann = User.objects.create_user("ann", email="lab@mail.example", password=PASSWORD)
    EmailAddress.objects.create(user=ann, email="lab@mail.example", verified=True, primary=True)
    browser = Client()
    assert sign_in(browser, provider)["Location"] == "/account/sign-up/provider/"
    assert browser.post("/account/sign-up/provider/", FORM)["Location"] == "/account/email/sent/"
    assert not is_logged_in(browser)
    assert not SocialAccount.objects.exists()
    assert User.objects.count() == 1


def test_a_logged_in_account_is_connected_and_the_last_way_in_stays(provider: OpenIDProvider) -> None:
    ann = User.objects.create_user("ann", password=PASSWORD)
    browser = Client()
    browser.force_login(ann)
    assert start(browser, process="connect")["Location"].startswith("/account/confirm/")
    confirm_identity(browser, ann, method="password")
    sign_in(browser, provider, process="connect", next="/account/providers/")
    row = SocialAccount.objects.get()
    assert row.user == ann
    assert "Disconnect" in browser.get("/account/providers/").content.decode()
    ann.set_unusable_password()
    ann.save()
    browser.force_login(ann)
    confirm_identity(browser, ann, method="password")
    sign_in(browser, provider, process="confirm")
    refused = browser.post("/account/providers/", {"connection": row.pk})
    assert refused.status_code == 409
    assert "Set a password first" in refused.content.decode()
    ann.set_password(PASSWORD)
    ann.save()
    browser.force_login(ann)
    confirm_identity(browser, ann, method="password")
    assert browser.post("/account/providers/", {"connection": row.pk}).status_code == 302
    assert not SocialAccount.objects.exists()
    assert AuditEvent.objects.filter(action="provider.disconnect").count() == 1


@pytest.mark.parametrize("number", ["", "0", "x", "9" * 400, "-1", "²"])
def test_only_own_connections_are_removed(provider: OpenIDProvider, number: str) -> None:
    others = connected(User.objects.create_user("ben"), provider)
    ann = User.objects.create_user("ann", password=PASSWORD)
    browser = Client()
    browser.force_login(ann)
    confirm_identity(browser, ann, method="password")
    assert browser.post("/account/providers/", {"connection": number or others.pk}).status_code == 404
    assert SocialAccount.objects.count() == 1


def test_an_account_elsewhere_belongs_to_one_account_here(provider: OpenIDProvider) -> None:
    ben = User.objects.create_user("ben")
    connected(ben, provider)
    ann = User.objects.create_user("ann", password=PASSWORD)
    browser = Client()
    browser.force_login(ann)
    confirm_identity(browser, ann, method="password")
    sign_in(browser, provider, process="connect")
    assert SocialAccount.objects.get().user == ben


def test_an_account_without_a_password_confirms_an_action_by_its_provider(provider: OpenIDProvider) -> None:
    browser = Client()
    signed_up(browser, provider)
    question = browser.post("/account/tokens/", {"name": "script"})
    assert question["Location"] == "/account/providers/confirm/?next=%2Faccount%2Ftokens%2F"
    assert "Continue with Acme" in browser.get(question["Location"]).content.decode()
    back = sign_in(browser, provider, process="confirm", next="/account/tokens/")
    assert back["Location"] == "/account/tokens/"
    assert "Copy the token now" in browser.post("/account/tokens/", {"name": "script"}).content.decode()


def test_another_account_there_confirms_nothing(provider: OpenIDProvider) -> None:
    browser = Client()
    signed_up(browser, provider)
    provider.account["sub"] = "666"
    assert sign_in(browser, provider, process="confirm").status_code == 403
    assert browser.post("/account/tokens/", {"name": "script"}).status_code == 302


def test_a_second_factor_is_still_needed_to_sign_in_and_to_confirm(provider: OpenIDProvider) -> None:
    ann = User.objects.create_user("ann")
    connected(ann, provider)
    secret = add_totp(ann)
    browser = Client()
    assert sign_in(browser, provider)["Location"] == "/account/authenticate/"
    assert not is_logged_in(browser)
    browser.post("/account/authenticate/", {"code": totp_code(secret)})
    assert is_logged_in(browser)
    sign_in(browser, provider, process="confirm")
    question = browser.post("/account/tokens/", {"name": "script"})
    assert question["Location"].startswith("/account/reauthenticate/")


def test_a_confirmed_address_needs_no_code_by_mail_for_an_action() -> None:
    ann = User.objects.create_user("ann", email="ann@mail.example", password=PASSWORD)
    EmailAddress.objects.create(user=ann, email="ann@mail.example", verified=True, primary=True)
    browser = Client()
    browser.force_login(ann)
    assert browser.post("/account/tokens/", {"name": "script"})["Location"].startswith("/account/confirm/")
    assert browser.get("/account/confirm/").status_code == 200


def test_a_site_whose_operator_creates_the_accounts_takes_none(
    provider: OpenIDProvider, settings: Settings
) -> None:
    settings.SIGN_UP = False
    assert "created by the operator" in sign_in(Client(), provider).content.decode()
    connected(User.objects.create_user("ann"), provider)
    browser = Client()
    sign_in(browser, provider)
    assert is_logged_in(browser)


def test_a_network_creates_five_accounts_a_day(provider: OpenIDProvider) -> None:
    for number in range(6):
        provider.account |= {"sub": f"{number}", "email": f"lab{number}@mail.example"}
        browser = Client()
        sign_in(browser, provider)
        form = FORM | {"username": f"lab-{number}", "email": f"lab{number}@mail.example"}
        answer = browser.post("/account/sign-up/provider/", form)
    assert answer.status_code == 429
    assert User.objects.count() == 5
    assert browser.post("/account/sign-up/provider/", form).status_code == 429, "the form is still there"


def test_an_account_that_is_switched_off_stays_out(provider: OpenIDProvider) -> None:
    connected(User.objects.create_user("ann", is_active=False), provider)
    browser = Client()
    assert sign_in(browser, provider)["Location"] == "/account/inactive/"
    assert not is_logged_in(browser)


@pytest.mark.parametrize(
    ("target", "reached"),
    [("/submit/", "/submit/"), ("https://evil.example/", "/account/"), ("//evil.example/", "/account/")],
)
def test_next_stays_on_the_site(provider: OpenIDProvider, target: str, reached: str) -> None:
    connected(User.objects.create_user("ann"), provider)
    assert sign_in(Client(), provider, next=target)["Location"] == reached


def test_an_answer_works_once_and_in_its_browser(provider: OpenIDProvider) -> None:
    connected(User.objects.create_user("ann"), provider)
    browser, other = Client(), Client()
    back = provider.authorize(address_in(start(browser)))
    assert other.get(back).status_code == 400, "forged: it started elsewhere"
    assert browser.get(back)["Location"] == "/account/"
    assert browser.get(back).status_code == 400
    assert not is_logged_in(other)


def test_what_the_reader_adds_to_the_address_does_not_reach_the_provider(provider: OpenIDProvider) -> None:
    answer = Client().post(
        "/account/providers/acme/?scope=admin&auth_params=redirect_uri%3Dhttps://evil.example"
    )
    assert "evil" not in address_in(answer)
    assert "admin" not in address_in(answer)


def test_signing_in_starts_by_a_form_of_this_site(provider: OpenIDProvider) -> None:
    browser = Client(enforce_csrf_checks=True)
    assert browser.get("/account/providers/acme/").status_code == 405
    assert start(browser).status_code == 403


def test_the_language_survives_and_the_address_of_the_answer_has_none(provider: OpenIDProvider) -> None:
    browser = Client()
    address = address_in(browser.post("/vi/account/providers/acme/"))
    assert "%2Faccount%2Fproviders%2Facme%2Fcallback%2F" in address
    assert "%2Fvi%2F" not in address
    assert browser.get(provider.authorize(address))["Location"] == "/vi/account/sign-up/provider/"


def test_another_issuer_under_the_same_name_opens_no_account(
    provider: OpenIDProvider, settings: Settings
) -> None:
    SocialAccount.objects.create(
        user=User.objects.create_user("ann"), provider="https://former.example", uid="4711"
    )
    browser = Client()
    assert sign_in(browser, provider)["Location"] == "/account/sign-up/provider/"
    assert not is_logged_in(browser)
