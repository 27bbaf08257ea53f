"""Logins in a real browser: an authenticator app, a passkey as a second factor, and a passkey alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth import get_user_model
from playwright.sync_api import Browser, ConsoleMessage, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tests.support.accounts import PASSWORD, totp_code

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

REFUSED = """() => {
  navigator.credentials.get = () => Promise.reject(new DOMException("", "NotAllowedError"));
}"""


@pytest.fixture(autouse=True)
def _memory(settings: Settings) -> None:
    """Remember used codes without Redis."""
    memory = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    settings.CACHES = settings.CACHES | {"default": memory}


@pytest.fixture
def address(live_server: LiveServer) -> str:
    """The service under the name of this machine: browsers bind a passkey to a name."""
    get_user_model().objects.create_superuser("root", password=PASSWORD)
    return live_server.url.replace("127.0.0.1", "localhost")


def note_error(message: ConsoleMessage, errors: list[str]) -> None:
    """Note an error, but for the icon that the admin has not."""
    if message.type in ("error", "warning") and not message.location["url"].endswith("/favicon.ico"):
        errors.append(message.text)


@contextmanager
def opened(browser: Browser, errors: list[str]) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 900})
    page = context.new_page()
    page.on("console", lambda message: note_error(message, errors))
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()


def add_authenticator(page: Page) -> None:
    """Give the browser a virtual authenticator that keeps passkeys and verifies its user."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options: dict[str, Any] = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def log_in(page: Page, address: str, path: str = "/admin/") -> None:
    page.goto(address + path)
    page.get_by_label("User name").fill("root")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def confirm_password(page: Page) -> None:
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()


def sign_out(page: Page, address: str) -> None:
    page.goto(address + "/account/")
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(address + "/queue/")


def test_staff_set_up_an_app_and_log_in_with_it(address: str, browser: Browser) -> None:
    errors: list[str] = []
    with opened(browser, errors) as page:
        log_in(page, address)
        expect(page.get_by_role("status")).to_contain_text("Set up a second factor")
        page.get_by_role("link", name="Set up an authenticator app").click()
        confirm_password(page)
        assert page.locator(".qr").evaluate("image => image.complete && image.naturalWidth > 0")
        secret = page.get_by_label("Key", exact=True).input_value()
        page.get_by_label("Code from the app").fill(totp_code(secret))
        page.get_by_role("button", name="Set up").click()
        expect(page.locator(".codes li")).to_have_count(10)
        page.goto(address + "/admin/")
        expect(page).to_have_title("Site administration | Django site admin")
        sign_out(page, address)
        log_in(page, address)
        page.get_by_label("Code").fill(totp_code(secret))
        page.get_by_role("button", name="Sign in").click()
        expect(page).to_have_title("Site administration | Django site admin")
    assert errors == []


def test_staff_add_a_passkey_and_log_in_with_it_after_the_password_and_alone(
    address: str, browser: Browser
) -> None:
    errors: list[str] = []
    with opened(browser, errors) as page:
        add_authenticator(page)
        log_in(page, address)
        page.get_by_role("link", name="Add a passkey").click()
        confirm_password(page)
        page.get_by_label("Name").fill("Laptop")
        page.get_by_role("button", name="Add a passkey").click()
        expect(page.locator(".codes li")).to_have_count(10)
        key = Authenticator.objects.get(type="webauthn")
        assert (key.wrap().name, key.wrap().is_passwordless) == ("Laptop", True)

        sign_out(page, address)
        log_in(page, address)
        page.get_by_role("button", name="Use a passkey").click()
        expect(page).to_have_title("Site administration | Django site admin")

        sign_out(page, address)
        page.goto(address + "/login/?next=/admin/")
        page.get_by_role("button", name="Sign in with a passkey").click()
        expect(page).to_have_title("Site administration | Django site admin")
    assert errors == []


def test_a_passkey_that_is_not_used_says_so_and_an_address_without_a_name_has_none(
    address: str, browser: Browser
) -> None:
    errors: list[str] = []
    with opened(browser, errors) as page:
        page.goto(address + "/login/")
        page.evaluate(REFUSED)
        page.get_by_role("button", name="Sign in with a passkey").click()
        expect(page.get_by_role("alert")).to_have_text(
            "The passkey was not used. Try again, or choose another way."
        )
        page.goto(address.replace("localhost", "127.0.0.1") + "/login/")
        expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_disabled()
        expect(page.get_by_role("alert")).to_contain_text("Passkeys do not work at this address.")
    assert errors == []
