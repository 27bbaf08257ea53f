"""Signing in by another provider, through the real flow with a provider on localhost."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from django.utils.html import escape
from pytest_django import Settings

from evals.models import AuditEvent, DeveloperVerification
from evals.operations import outgoing
from evals.operations.verifications.claims import accept_domain
from leaderboard.models import SignUp
from leaderboard.sign_in_settings import SignInProvider
from tests.support.accounts import PASSWORD, add_totp, confirm_identity, totp_code
from tests.support.openid_provider import CLIENT_ID, CLIENT_SECRET, OTHER_KEY, Answer, OpenIDProvider
from tests.support.record import make_model, make_organisation, make_user

pytestmark = pytest.mark.django_db
FORM = {"username": "newlab", "email": "lab@mail.example", "accept_policies": "on"}
CONFIGURATION, TOKEN, USERINFO = "/.well-known/openid-configuration", "/token", "/userinfo"


@pytest.fixture(autouse=True)
def _codes_are_unused(settings: Settings) -> None:
    local = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    settings.CACHES = settings.CACHES | {"default": local}
    cache.clear()


@pytest.fixture
def provider(settings: Settings) -> Iterator[OpenIDProvider]:
    with OpenIDProvider() as server:
        settings.SIGN_IN_PROVIDERS = (
            SignInProvider("acme", "Acme", server.issuer, CLIENT_ID, CLIENT_SECRET),
        )
        yield server


def start(browser: Client, name: str = "acme", **fields: str) -> Any:
    return browser.post(f"/account/providers/{name}/", fields)


def address_in(response: Any) -> str:
    assert response.status_code == 200, response.content.decode()
    address: str = response["Refresh"].removeprefix("0; url=")
    assert f'href="{escape(address)}"' in response.content.decode(), "without a refresh there is a link"
    return address


def sign_in(browser: Client, provider: OpenIDProvider, name: str = "acme", **fields: str) -> Any:
    return browser.get(provider.authorize(address_in(start(browser, name, **fields))))


def signed_up(browser: Client, provider: OpenIDProvider) -> User:
    sign_in(browser, provider)
    browser.post("/account/sign-up/provider/", FORM)
    return User.objects.get(username="newlab")


def is_logged_in(browser: Client) -> bool:
    return browser.get("/account/tokens/").status_code == 200


def connected(user: User, provider: OpenIDProvider, number: str = "4711") -> SocialAccount:
    row: SocialAccount = SocialAccount.objects.create(user=user, provider=provider.issuer, uid=number)
    return row


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


def test_a_cancelled_sign_in_says_so(provider: OpenIDProvider) -> None:
    browser = Client()
    back = provider.authorize(address_in(start(browser))).replace("code=", "error=")
    answer = browser.get(back)
    assert answer.status_code == 400
    assert "cancelled" in answer.content.decode()


HUGE = Answer(body=b"[" + b"1," * 200_000 + b"1]")
LIES: dict[str, dict[str, Any]] = {
    "another issuer": {"id_token": {"iss": "https://evil.example"}},
    "another client": {"id_token": {"aud": "another"}},
    "several clients, for another": {"id_token": {"aud": [CLIENT_ID, "x"], "azp": "x"}},
    "another login": {"id_token": {"nonce": "another"}},
    "no nonce": {"id_token": {"nonce": None}},
    "expired": {"id_token": {"exp": 1}},
    "without an end": {"id_token": {"exp": None}},
    "of the future": {"id_token": {"iat": 4_000_000_000}},
    "another key": {"key": OTHER_KEY},
    "unknown key": {"header": {"kid": "2"}},
    "no signature": {"key": None, "algorithm": "none"},
    "signed by the public client secret": {"key": CLIENT_SECRET * 2, "algorithm": "HS256"},
    "other account in userinfo": {"userinfo": {"sub": "666"}},
    "no number": {"id_token": {"sub": ""}, "userinfo": {"sub": ""}},
    "long number": {"account": {"sub": "9" * 500}},
    "issuer of the configuration": {"configuration": {"issuer": "https://evil.example"}},
    "token endpoint inside": {"configuration": {"token_endpoint": "https://169.254.169.254/latest"}},
    "token endpoint without https": {"configuration": {"token_endpoint": "http://evil.example/"}},
    "sign-in page is a script": {"configuration": {"authorization_endpoint": "javascript:alert(1)"}},
    "endpoint is no text": {"configuration": {"jwks_uri": 7}},
    "configuration is a list": {"answers": {CONFIGURATION: Answer(body=b"[]")}},
    "configuration is HTML": {"answers": {CONFIGURATION: Answer(body=b"<html>")}},
    "configuration is huge": {"answers": {CONFIGURATION: HUGE}},
    "configuration redirects": {
        "answers": {CONFIGURATION: Answer(status=302, headers={"Location": "http://127.0.0.1:1/"})}
    },
    "token is HTML": {"answers": {TOKEN: Answer(body=b"<html>", headers={"Content-Type": "text/html"})}},
    "token is a number": {"answers": {TOKEN: Answer(body=b"5")}},
    "token is a list": {"answers": {TOKEN: Answer(body=b"[5]")}},
    "token has no type": {"answers": {TOKEN: Answer(body=b"{}", headers={})}},
    "token is an object": {"answers": {TOKEN: Answer(body=b'{"access_token": {}}')}},
    "token splits the header": {"answers": {TOKEN: Answer(body=b'{"access_token": "a\\r\\nb: c"}')}},
    "token fails": {"answers": {TOKEN: Answer(status=500, body=b"oops")}},
    "token is huge": {"answers": {TOKEN: HUGE}},
    "keys are odd": {"answers": {"/jwks": Answer(body=b'{"keys": [{"kid": "1", "kty": "RSA", "n": 5}]}')}},
    "keys are none": {"answers": {"/jwks": Answer(body=b'{"keys": null}')}},
    "keys are deep": {"answers": {"/jwks": Answer(body=b"[" * 5_000)}},
    "userinfo is no JSON": {"answers": {USERINFO: Answer(body=b'"')}},
    "userinfo is not UTF-8": {"answers": {USERINFO: Answer(body=b"\xff\xfe")}},
    "userinfo refuses": {"answers": {USERINFO: Answer(status=401, body=b"{}")}},
}


@pytest.mark.parametrize("lie", LIES)
def test_a_provider_that_lies_gets_a_clear_page_and_nobody_in(
    provider: OpenIDProvider, lie: str, caplog: pytest.LogCaptureFixture
) -> None:
    connected(User.objects.create_user("ann"), provider)
    for name, value in LIES[lie].items():
        setattr(provider, name, value)
    browser = Client()
    with caplog.at_level(logging.INFO):
        answer = start(browser)
        if answer.status_code == 200:
            answer = browser.get(provider.authorize(address_in(answer)))
    assert answer.status_code == 502, lie
    assert "cannot be trusted" in answer.content.decode()
    assert not is_logged_in(browser)
    assert "Signing in by acme failed" in caplog.text
    assert CLIENT_SECRET not in caplog.text
    assert "an access token" not in caplog.text


def deep_token() -> str:
    parts = ['{"alg": "RS256", "kid": "1"}', "[" * 6_000]
    return ".".join(base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts) + ".AA"


@pytest.mark.parametrize("token", ["", "a", "a.b.c", 5, None, "x" * 20_000, deep_token()])
def test_an_odd_id_token_breaks_nothing(provider: OpenIDProvider, token: Any) -> None:
    body = json.dumps({"access_token": "an access token", "id_token": token}).encode()
    provider.answers = {TOKEN: Answer(body=body)}
    assert sign_in(Client(), provider).status_code == 502


def test_a_slow_provider_is_given_up(provider: OpenIDProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "TIMEOUT_S", 0.3)
    provider.answers = {CONFIGURATION: Answer(body=b"{}", wait_s=1.5)}
    assert start(Client()).status_code == 502


ODD_FIELDS = [
    {"preferred_username": "a\x00b", "email": "not an address"},
    {"preferred_username": 5, "email": ["a@mail.example"], "email_verified": "yes"},
    {"preferred_username": "x" * 5_000, "email": "x" * 5_000 + "@mail.example"},
    {"preferred_username": "<script>", "email": None, "orgs": "none"},
]


@pytest.mark.parametrize("fields", ODD_FIELDS)
def test_odd_names_and_addresses_are_left_to_the_form(
    provider: OpenIDProvider, fields: dict[str, Any]
) -> None:
    provider.account |= fields
    browser = Client()
    assert sign_in(browser, provider)["Location"] == "/account/sign-up/provider/"
    page = browser.get("/account/sign-up/provider/")
    assert page.status_code == 200
    assert "<script>" not in page.content.decode().replace("<script ", "")
    browser.post("/account/sign-up/provider/", FORM)
    assert not is_logged_in(browser), "nobody has confirmed the address"


@pytest.mark.parametrize(
    "query", ["", "state=", "state=%00", "state=a&code=" + "b" * 5_000, "error=x&state=" + "y" * 3_000]
)
def test_an_answer_that_nobody_waits_for_is_refused(provider: OpenIDProvider, query: str) -> None:
    answer = Client().get(f"/account/providers/acme/callback/?{query}")
    assert answer.status_code == 400
    assert "Start again" in answer.content.decode()


def test_an_answer_by_another_issuer_is_refused(provider: OpenIDProvider) -> None:
    browser = Client()
    back = provider.authorize(address_in(start(browser)))
    assert browser.get(f"{back}&iss=https://evil.example").status_code == 502


def test_github_is_read_by_its_api(provider: OpenIDProvider, settings: Settings) -> None:
    settings.SIGN_IN_PROVIDERS = (
        SignInProvider("github", "GitHub", provider.issuer, CLIENT_ID, CLIENT_SECRET),
    )
    provider.answers["/login/oauth/access_token"] = Answer(body=b'{"access_token": "an access token"}')
    provider.emails = [
        {"email": "old@mail.example", "primary": False, "verified": True},
        {"email": "lab@mail.example", "primary": True, "verified": True},
    ]
    browser = Client()
    sign_in(browser, provider, "github")
    browser.post("/account/sign-up/provider/", FORM)
    assert is_logged_in(browser)
    assert [row.email for row in EmailAddress.objects.all()] == ["lab@mail.example"]
    assert SocialAccount.objects.get().uid == "4711"
    assert provider.requests[-2:] == ["/api/v3/user", "/api/v3/user/emails"]


@pytest.mark.parametrize("emails", [b"{}", b"[1, null]", b'[{"primary": true}]', b"[" * 50])
def test_odd_answers_of_github_break_nothing(
    provider: OpenIDProvider, settings: Settings, emails: bytes
) -> None:
    settings.SIGN_IN_PROVIDERS = (
        SignInProvider("github", "GitHub", provider.issuer, CLIENT_ID, CLIENT_SECRET),
    )
    provider.answers["/login/oauth/access_token"] = Answer(body=b'{"access_token": "an access token"}')
    provider.answers["/api/v3/user/emails"] = Answer(body=emails)
    assert sign_in(Client(), provider, "github").status_code in (302, 502)


def test_another_issuer_under_the_same_name_opens_no_account(
    provider: OpenIDProvider, settings: Settings
) -> None:
    SocialAccount.objects.create(
        user=User.objects.create_user("ann"), provider="https://former.example", uid="4711"
    )
    browser = Client()
    assert sign_in(browser, provider)["Location"] == "/account/sign-up/provider/"
    assert not is_logged_in(browser)


def test_an_organisation_is_verified_by_hugging_face(provider: OpenIDProvider, settings: Settings) -> None:
    settings.SIGN_IN_PROVIDERS = (
        SignInProvider("huggingface", "Hugging Face", provider.issuer, CLIENT_ID, CLIENT_SECRET),
    )
    make_model()
    ann = make_user("ann", role="submitter")
    ann.set_password(PASSWORD)
    ann.save()
    make_organisation("acme", owner=ann)
    browser = Client()
    browser.force_login(ann)
    confirm_identity(browser, ann, method="password")
    form = {
        "organisation": "acme",
        "developer": "deepseek",
        "method": "hub",
        "hub_organisation": "DeepSeek-AI",
    }
    assert browser.post("/account/verification/", form).status_code == 302
    claim = DeveloperVerification.objects.get()
    accept_domain(claim_id=claim.pk, by=make_user("mod", role="moderator"), now=timezone.now())
    assert "Prove it by Hugging Face" in browser.get("/account/verification/").content.decode()
    for role, state in {"read": "checking", "write": "verified"}.items():
        provider.account["orgs"] = [{"preferred_username": "deepseek-ai", "roleInOrg": role}, None, {"x": []}]
        back = sign_in(browser, provider, "huggingface", process="connect", next="/account/verification/")
        assert back["Location"] == "/account/verification/"
        claim.refresh_from_db()
        assert claim.state == state
    assert "Prove it again" in browser.get("/account/verification/").content.decode()
    assert "orgs" not in str(SocialAccount.objects.get().extra_data)


def test_without_hugging_face_its_proof_is_not_offered() -> None:
    ann = make_user("ann", role="submitter")
    make_organisation("acme", owner=ann)
    browser = Client()
    browser.force_login(ann)
    assert "Hugging Face" not in browser.get("/account/verification/").content.decode()
    form = {
        "organisation": "acme",
        "developer": "deepseek",
        "method": "hub",
        "hub_organisation": "DeepSeek-AI",
    }
    assert browser.post("/account/verification/", form).status_code == 400
