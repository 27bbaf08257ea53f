"""The steps of signing in by a provider, as a browser takes them."""

from __future__ import annotations

from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import User
from django.test import Client
from django.utils.html import escape

from tests.support.openid_provider import OpenIDProvider

FORM = {"username": "newlab", "email": "lab@mail.example", "accept_policies": "on"}


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
