"""People in front of Chromium: a lab, a stranger, the operator."""

from __future__ import annotations

import base64
import hmac
import time
from collections.abc import Callable
from typing import Any, Literal

import httpx2
from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.journey.world import World

TIMEOUT_MS = 20_000
PATIENCE_S = 180.0  # a notice waits while its worker draws an edition of lagline-fresh
Theme = Literal["light", "dark"]


class Person:
    """Somebody with a browser of their own and, once they have made one, a token of the API."""

    def __init__(self, world: World, browser: Browser, *, width: int = 1280, theme: Theme = "light") -> None:
        self.world, self.token = world, ""
        self.context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=theme, base_url=world.url
        )
        self.context.set_default_timeout(TIMEOUT_MS)
        self.page: Page = self.context.new_page()
        self.errors: list[str] = []
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and "status of 4" not in message.text:
            place = message.location
            self.errors.append(f"{message.text} ({place['url']}:{place['lineNumber']} on {self.path()})")

    def open(self, path: str) -> str:
        """Open a page, and return its text."""
        self.page.goto(path)
        return self.text()

    def text(self) -> str:
        """Return the text of the open page, with single spaces."""
        return " ".join(self.page.locator("main").inner_text().split())

    def fill(self, **values: str | bool) -> None:
        """Fill in fields of the open page by their names."""
        for name, value in values.items():
            field = self.page.locator(f"main [name='{name}']:visible").first
            if isinstance(value, bool):
                field.set_checked(value)
            elif field.evaluate("field => field.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)

    def press(self, label: str) -> str:
        """Press a button, and return the text of the page that follows."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=label, exact=True).first.click()
        return self.text()

    def follow(self, label: str) -> str:
        """Follow a link of the page's content, and return the text of the page that follows."""
        self.page.get_by_role("main").get_by_role("link", name=label, exact=True).first.click()
        self.page.wait_for_load_state()
        return self.text()

    def path(self) -> str:
        """Return the path of the open page."""
        return self.page.url.removeprefix(self.world.url)

    def log_in(self, name: str, password: str) -> str:
        """Log in with a password."""
        self.open("/login/")
        self.fill(login=name, password=password)
        return self.press("Sign in")

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> httpx2.Response:
        """Call the API with the person's token."""
        with self.world.client(self.token) as client:
            return client.request(method, path, json=body, headers=headers)

    def get(self, path: str) -> Any:
        """Return the data at an address of the API."""
        response = self.call("GET", path)
        assert response.status_code == 200, f"{path}: {response.status_code} {response.text[:300]}"
        return response.json()["data"]

    def code(self, secret: str) -> str:
        """Return what an authenticator app shows now, in the time of the world."""
        return totp_code(secret, int(self.world.clock.now().timestamp()))


def totp_code(secret: str, at_s: int) -> str:
    """Return the code of RFC 6238 at a time: six digits, a new one every 30 seconds."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, (at_s // 30).to_bytes(8), "sha1")
    start = digest[-1] & 0xF
    return f"{(int.from_bytes(digest[start : start + 4]) & 0x7FFFFFFF) % 1_000_000:06}"


def wait_for(condition: Callable[[], Any], describe: str, *, seconds: float = PATIENCE_S) -> Any:
    """Wait until a condition gives something true, and return that. Raises AssertionError."""
    until = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < until, f"not within {seconds:.0f} seconds: {describe}"
        time.sleep(0.25)
    return value
