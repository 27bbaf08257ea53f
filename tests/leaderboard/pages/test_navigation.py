"""Header, footer and sitemap link to one list of pages, without those that have no URL."""

from __future__ import annotations

import re

import pytest
from django.test import Client, RequestFactory
from django.utils.translation import override

from leaderboard.pages.navigation import GROUPS, Entry, Group, build_navigation, searchable_pages
from tests.leaderboard.pages.reading import page

pytestmark = pytest.mark.django_db


def test_every_place_that_is_led_to_is_there() -> None:
    places = [place for _, group in build_navigation(RequestFactory().get("/")).groups for place in group]
    answered = {place.address: Client().get(place.address).status_code for place in places}
    assert set(answered.values()) <= {200, 202, 302}  # 202: a comparison that is being computed
    assert "/models/" in answered


def test_a_page_without_an_address_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    planned = (
        Group("Planned", (Entry("Moon", "pages:moon"),)),
        Group("Here", (Entry("Models", "pages:models"),)),
    )
    monkeypatch.setattr("leaderboard.pages.navigation.GROUPS", planned)
    assert [label for label, _ in build_navigation(RequestFactory().get("/")).groups] == ["Here"]
    assert searchable_pages() == ["pages:models"]


def test_a_page_knows_itself_in_its_language() -> None:
    with override("vi"):
        links = build_navigation(RequestFactory().get("/vi/models/"))
        (current,) = [place for _, group in links.groups for place in group if place.current]
        assert (str(current.label), current.address) == ("Mô hình", "/vi/models/")


def test_the_header_has_the_top_and_the_menu_and_the_footer_have_all():
    markup = page("/method/")
    head, foot = (re.search(rf"<{part} .*?</{part}>", markup, re.DOTALL)[0] for part in ("header", "footer"))
    top = {"/", "/models/", "/benchmarks/", "/trend/", "/method/"}
    assert {path: head.count(f'href="{path}"') for path in top} == dict.fromkeys(top, 2) | {
        "/": 3,
        "/method/": 3,
    }
    assert all(foot.count(f'href="{path}"') >= 1 for path in {*top, "/queue/", "/changes/"})
    assert len(re.findall(r'href="/method/"\s+aria-current="page"', markup)) == 3


def test_names_are_used_once() -> None:
    names = [entry.name for group in GROUPS for entry in group.entries]
    assert len(names) == len(set(names))
