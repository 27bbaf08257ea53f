"""Every page in Chromium, narrow and wide, light and dark: sound, accessible, and nothing sticks out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import product
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Browser, ConsoleMessage, Page
from pytest_django.live_server_helper import LiveServer

from evals.models import Run

Theme = Literal["light", "dark"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

WIDTHS = (390, 1440)
EXTREMES = (320, 2560)
THEMES: tuple[Theme, ...] = ("light", "dark")
BUILD = Path(settings.BASE_DIR) / "build"


@dataclass
class Look:
    """What was seen of one page at one width in one theme."""

    page: str
    width: int
    theme: Theme
    language: str = ""
    axe_violations: list[str] = field(default_factory=list)
    console_errors: list[str] = field(default_factory=list)
    sideways: int = 0


def addresses() -> dict[str, str]:
    run = Run.objects.filter(state="finished", endpoint__simulated=False).latest("pk")
    other = Run.objects.filter(state="finished").exclude(endpoint=run.endpoint).latest("pk")
    waiting = Run.objects.filter(state="calling").latest("pk")
    return {
        "home": "/",
        "models": "/models/",
        "model": "/models/kimi-k3/",
        "developer": "/developers/deepseek/",
        "benchmarks": "/benchmarks/",
        "benchmark": "/benchmarks/gpqa-diamond/",
        "run": f"/runs/{run.pk}/",
        "diff": f"/runs/{run.pk}/diff/{other.pk}/",
        "compare": "/compare/?models=kimi-k3,gpt-5-4-pro,deepseek-r1",
        "choose": "/compare/",
        "claims": "/claims/",
        "claim": "/claims/epoch-us-china-2026-01/",
        "open-closed": "/open-closed/",
        "price": "/price/",
        "adoption": "/adoption/",
        "countries": "/countries/",
        "country": "/countries/cn/",
        "suites": "/suites/",
        "suite": "/suites/mini/",
        "queue": "/queue/",
        "submission": f"/submissions/{waiting.submission.public_id}/",
        "disputes": "/disputes/",
        "dispute-new": "/disputes/new?fact=model:kimi-k3:released_on",
        "method": "/method/",
        "explore": "/explore/",
        "why": "/why/",
        "what-if": "/what-if/",
        "missing": "/models/no-such-model/",
    }


@contextmanager
def opened(browser: Browser, url: str, look: Look, **options: Any) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": look.width, "height": 900}, color_scheme=look.theme, **options
    )
    page = context.new_page()

    def heard(message: ConsoleMessage) -> None:
        expected = look.page == "missing" and "404" in message.text
        if message.type in ("error", "warning") and not expected:
            look.console_errors.append(message.text)

    page.on("console", heard)
    page.on("pageerror", lambda error: look.console_errors.append(str(error)))
    page.goto(url)
    look.language = page.locator("html").get_attribute("lang") or ""
    look.sideways = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    yield page
    context.close()


def settle(page: Page) -> None:
    """Wait until each chart, if there is one, has been seen and drawn again by its script."""
    for figure in page.locator("figure[data-specs]").all():
        figure.scroll_into_view_if_needed()
        figure.locator(".live svg").wait_for()
    page.evaluate("scrollTo(0, 0)")


def test_every_page_is_sound_in_every_theme(
    live_server: LiveServer, record: None, interactive: None, browser: Browser
) -> None:
    (BUILD / "screens").mkdir(parents=True, exist_ok=True)
    looks = []
    for (name, address), width, theme in product(addresses().items(), WIDTHS, THEMES):
        look = Look(name, width, theme)
        with opened(browser, live_server.url + address, look) as page:
            settle(page)
            found = Axe().run(page).response["violations"]
            look.axe_violations = [f"{one['id']}: {one['nodes'][0]['html']}" for one in found]
            page.screenshot(path=BUILD / "screens" / f"{name}-{width}-{theme}.png", full_page=True)
        looks.append(look)
    (BUILD / "browser.json").write_text(json.dumps([asdict(look) for look in looks], indent=1))
    unsound = [look for look in looks if look.axe_violations or look.console_errors or look.sideways]
    assert not unsound
    assert {look.language for look in looks} == {"en"}


def test_nothing_sticks_out_at_the_narrowest_and_the_widest(
    live_server: LiveServer, record: None, browser: Browser
) -> None:
    for (name, address), width in product(addresses().items(), EXTREMES):
        look = Look(name, width, "light")
        with opened(browser, live_server.url + address, look) as page:
            page.screenshot(path=BUILD / "screens" / f"{name}-{width}-light.png", full_page=True)
        assert (look.page, look.sideways, look.console_errors) == (name, 0, [])
