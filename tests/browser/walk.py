"""A walk in Chromium through every page of the navigation and the sitemap."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from django.test import Client, RequestFactory
from django.utils.translation import override
from playwright.sync_api import Browser, ConsoleMessage, Page, Request

from leaderboard.pages.languages import page_languages

Theme = Literal["light", "dark"]
WIDTHS = (390, 768, 1440)
THEMES: tuple[Theme, ...] = ("light", "dark")
# The rows that axe examines: each theme at a narrow and a wide window, each language.
EXAMINED: set[tuple[str, int, Theme]] = {
    ("en", 390, "light"),
    ("en", 1440, "dark"),
    ("zh-hans", 1440, "light"),
    ("vi", 390, "dark"),
}
IS_SHORT = bool(os.environ.get("SHORT"))
FOCUS = """() => {
  const now = document.activeElement, style = getComputedStyle(now), box = now.getBoundingClientRect();
  const seen = box.right > 0 && box.left < innerWidth && box.bottom > 0 && box.top < innerHeight;
  return {
    where: now === document.body ? "" : now.outerHTML.slice(0, 90),
    ring: style.outlineStyle !== "none" || now.id === "content",
    inside: box.width > 0 && seen,
  };
}"""
MOST_STOPS = 30
SCROLL_MS = 300
AXE = {"rules": {"target-size": {"enabled": True}}}  # WCAG 2.2 AA: 24 pixels, or air around it


@dataclass
class Look:
    """The findings on one page at one width, in one theme and language."""

    page: str
    width: int
    theme: Theme
    language: str = ""
    examined: bool = False
    axe_violations: list[str] = field(default_factory=list)
    console_errors: list[str] = field(default_factory=list)
    sideways: int = 0

    @property
    def unsound(self) -> bool:
        """Tell whether it has any finding."""
        return bool(self.axe_violations or self.console_errors or self.sideways)


def forms_of(language: str, number: int) -> list[tuple[int, Theme]]:
    """Return the widths and themes in which a page is looked at in a language.

    With SHORT=1, two of those that axe examines, by the page's number: English at one width, and another
    language at the other.
    """
    if not IS_SHORT:
        return list(product(WIDTHS, THEMES))
    looks = (("en", 390), ("zh-hans", 1440)) if number % 2 else (("en", 1440), ("vi", 390))
    return [(width, theme) for code, width, theme in EXAMINED if code == language and (code, width) in looks]


def in_languages(path: str) -> dict[str, str]:
    """Return a path's address in every language."""
    with override("en"):
        return {language.code: language.address for language in page_languages(RequestFactory().get(path))}


class Walker:
    """A browser window that collects the errors since its last look."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.url = url
        self.context = browser.new_context(viewport={"width": 1440, "height": 900})
        self.page = self.context.new_page()
        self.errors: list[str] = []
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", self._asked)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not self.expected(message):
            self.errors.append(message.text)

    def expected(self, message: ConsoleMessage) -> bool:
        """Tell whether the message only reports the 4xx status of the page itself."""
        return "status of 4" in message.text and message.location["url"] == self.page.url

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.url, "data:", "blob:")):
            self.errors.append(f"asked outside: {request.url}")

    def become(self, client: Client) -> None:
        """Take the place of somebody in another browser, who may be logged in."""
        self.context.clear_cookies()
        if "sessionid" in client.cookies:
            self.context.add_cookies(
                [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": self.url}]
            )

    def open(self, path: str) -> Page:
        """Open a page."""
        self.errors = []
        self.page.goto(self.url + path)
        self.page.mouse.move(1, 1)  # as a reader does: charts become interactive then
        return self.page

    def look(self, name: str, width: int, theme: Theme) -> Look:
        """Examine the open page at a width in a theme."""
        page = self.page
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=theme)
        look = Look(name, width, theme, page.locator("html").get_attribute("lang") or "")
        look.sideways = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if (look.language, width, theme) in EXAMINED:
            look.examined = True
            violations = Axe().run(page, options=AXE).response["violations"]
            look.axe_violations = [
                f"{violation['id']}: {violation['nodes'][0]['html']}" for violation in violations
            ]
        look.console_errors, self.errors = self.errors, []
        return look

    def stops(self) -> list[dict[str, Any]]:
        """Return the Tab stops from the top of the page, up to a maximum."""
        self.page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
        stops: list[dict[str, Any]] = []
        for _ in range(MOST_STOPS):
            self.page.keyboard.press("Tab")
            stop = self.page.evaluate(FOCUS)
            if not stop["inside"]:  # a busy browser may still have to scroll to it
                self.page.wait_for_timeout(SCROLL_MS)
                stop = self.page.evaluate(FOCUS)
            if not stop["where"]:
                break
            stops.append(stop)
        return stops
