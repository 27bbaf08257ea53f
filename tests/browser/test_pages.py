"""Every page in Chromium: three widths, light and dark, three languages, by keyboard and without scripts."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from tests.browser.walk import IS_SHORT, Look, Walker, forms_of, in_languages
from tests.leaderboard.pages.account_pages import reader_of
from tests.leaderboard.pages.all_pages import addresses, missing

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1800)]

EXTREMES = (320, 2560)
BUILD = Path(settings.BASE_DIR) / "build"


def test_every_page_is_sound_in_every_form(live_server: LiveServer, record: None, browser: Browser) -> None:
    (BUILD / "screens").mkdir(parents=True, exist_ok=True)
    walker, looks = Walker(browser, live_server.url), list[Look]()
    lost: list[tuple[object, ...]] = []
    for number, (name, path) in enumerate(walked().items()):
        walker.become(reader_of(name))
        for language, address in in_languages(path).items():
            if not (forms := forms_of(language, number)):
                continue
            page = walker.open(address)
            for width, theme in forms:
                look = walker.look(name, width, theme)
                looks.append(look)
                if not IS_SHORT and (look.examined or language == "en"):
                    picture = BUILD / "screens" / f"{name}-{language}-{width}-{theme}.png"
                    page.screenshot(path=picture, full_page=(language, theme) == ("en", "light"))
            assert {look.language for look in looks[-len(forms) :]} == {language}, name
            if language == "en":
                lost += [(name, width) for width in EXTREMES if sticks_out(page, width)]
                stops = walker.stops()
                if page.locator("header").count() and not page.locator("[autofocus]").count():
                    lost += [] if 'class="skip"' in stops[0]["where"] else [(name, "no way past the header")]
                lost += [(name, stop) for stop in stops if not (stop["ring"] and stop["inside"])]
        (BUILD / "browser.json").write_text(json.dumps([asdict(look) for look in looks], indent=1))
    assert [look for look in looks if look.unsound] == []
    assert lost == []


def walked() -> dict[str, str]:
    """Return a page of every kind, and one missing page."""
    paths = addresses()
    return {name: path for name, path in paths.items() if path not in [*missing().values()][1:]}


def sticks_out(page, width):
    page.set_viewport_size({"width": width, "height": 900})
    return page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_every_page_is_whole_without_scripts(live_server: LiveServer, record: None, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 900})
    page = context.new_page()
    for name, path in walked().items():
        page.goto(live_server.url + path)
        if name.startswith("embed"):
            continue
        assert page.locator("main h1").count() == 1, name
        page.locator(".menu summary").click()
        assert page.locator(".menu a").first.is_visible(), name
    page.goto(live_server.url)
    drawing = page.locator("figure[data-specs*=frontiers] img")
    assert drawing.is_visible()
    context.close()
