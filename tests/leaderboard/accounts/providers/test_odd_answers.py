"""A provider that lies, or answers oddly, gets a clear page and nobody in."""

from __future__ import annotations

import base64
import json
import logging
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from evals.operations import outgoing
from tests.leaderboard.accounts.providers.flow import (
    FORM,
    address_in,
    connected,
    is_logged_in,
    sign_in,
    start,
)
from tests.support.openid_provider import CLIENT_ID, CLIENT_SECRET, OTHER_KEY, Answer, OpenIDProvider

pytestmark = pytest.mark.django_db
CONFIGURATION, TOKEN, USERINFO = "/.well-known/openid-configuration", "/token", "/userinfo"


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
