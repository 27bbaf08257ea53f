"""Every language has its own address, and its catalogue is collected from code and templates and compiled."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from django.conf import settings
from django.test import Client, RequestFactory
from django.utils.translation import override

from leaderboard.management import messages
from leaderboard.pages.languages import page_languages
from leaderboard.pages.templatetags import numbers

TEMPLATES = sorted((Path(settings.BASE_DIR) / "leaderboard").rglob("*.html"))
TRANSLATED = re.compile(
    r"{%\s*comment.*?endcomment\s*%}|{%\s*blocktrans(?:late)?\b(?![^%]*asvar).*?endblocktrans(?:late)?\s*%}"
    r"|{%\s*blocktrans(?:late)?\b.*?endblocktrans(?:late)?\s*%}|{#.*?#}|{%.*?%}|{{.*?}}|<!--.*?-->"
    r"|<(script|style|code|svg|pre)\b.*?</\1>",
    re.DOTALL,
)
SPOKEN = re.compile(r"\b(?:alt|title|placeholder|aria-label|content)=\"([^\"]*)\"")
NAMES = re.compile(
    r"\b(Lagline|lm-eval|Epoch AI|JSON|CSV|Parquet|CC BY 4.0|API|SVG|PNG|BibTeX|APA|UTC|ms|light dark"
    r"|website|summary_large_image|width=device-width, initial-scale=1|noindex)\b"
)
WORD = re.compile(r"[A-Za-z]{2,}")


@pytest.mark.django_db
def test_each_language_has_an_address_of_its_own_whatever_the_browser_asks_for(client: Client):
    for path, language in {"/": "en", "/zh-hans/": "zh-hans", "/vi/models/?sort=name": "vi"}.items():
        page = client.get(path, headers={"accept-language": "de, vi;q=0.8"})
        assert page.status_code == 200
        assert f'<html lang="{language}">' in page.content.decode()


@pytest.mark.django_db
def test_a_page_names_itself_in_every_language(client: Client):
    page = client.get("/vi/models/?country=CN&sort=name").content.decode()
    home = settings.PUBLIC_URL
    for tag, path in {"en": "/models/", "zh-Hans": "/zh-hans/models/", "vi": "/vi/models/"}.items():
        assert re.search(rf'rel="alternate"\s+hreflang="{tag}"\s+href="{home}{path}"', page)
        assert f'href="{path}?country=CN&amp;sort=name"' in page
    assert re.search(rf'rel="canonical"\s+href="{home}/vi/models/"', page)
    assert re.search(rf'hreflang="x-default"\s+href="{home}/models/"', page)


def test_a_path_is_led_to_its_language_once():
    languages = page_languages(RequestFactory().get("/zh-hans/zh-hans/"))
    assert [language.address for language in languages] == ["/zh-hans/", "/zh-hans/zh-hans/", "/vi/zh-hans/"]
    assert [language.current for language in languages] == [False, True, False]


@pytest.mark.django_db
def test_the_api_answers_in_one_language(client: Client):
    assert client.get("/vi/api/v1/").status_code == 404
    answer = client.get("/api/v1/lag/?as_of=soon", headers={"accept-language": "vi"})
    assert answer.headers["Content-Language"] == "en"


@pytest.mark.parametrize(
    ("language", "long", "short", "written"),
    [
        ("en", "11 August 2026", "11 Aug 2026", "1,234.5"),
        ("zh-hans", "2026年8月11日", "2026年8月11日", "1,234.5"),
        ("vi", "11 tháng 8 năm 2026", "11/8/2026", "1.234,5"),
    ],
)
def test_dates_and_numbers_are_written_as_the_language_does(
    language: str, long: str, short: str, written: str
):
    with override(language):
        assert numbers.long_day(date(2026, 8, 11)) == long
        assert numbers.short_day(date(2026, 8, 11)) == short
        assert numbers.decimal(1234.5) == written


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_a_word_that_is_not_to_be_translated(path: Path):
    source = path.read_text()
    words = SPOKEN.findall(re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}", "", source, flags=re.DOTALL))
    bare = re.sub(r"<[^>]*>", "\n", TRANSLATED.sub("", source)).splitlines()
    assert not [line.strip() for line in bare + words if WORD.search(NAMES.sub("", line)) and "#" not in line]


def test_messages_of_templates_and_code_are_collected():
    collected = messages.collect_messages()
    assert "Skip to the content" in collected
    assert ("%(n)s model", "%(n)s models") in [message.id for message in collected]
    assert collected.get("US", "before 'models'") is not None


@pytest.mark.parametrize("language", messages.list_languages())
def test_every_message_is_translated_and_none_is_a_guess(language: str):
    assert messages.find_untranslated(messages.read_catalogue(language), messages.collect_messages()) == []


@pytest.mark.parametrize("language", messages.list_languages())
def test_a_translation_keeps_what_is_put_into_it_and_its_markup(language: str):
    for message in messages.read_catalogue(language):
        if not message.id:
            continue
        translation = str(message.string[0] if isinstance(message.string, tuple | list) else message.string)
        meant = message.id[-1] if isinstance(message.id, tuple | list) else message.id
        for part in (re.compile(r"%\(\w+\)[sd]"), re.compile(r"<[^>]+>")):
            assert sorted(part.findall(translation)) == sorted(part.findall(meant)), translation


def test_what_is_untranslated_or_guessed_is_named():
    template, catalog = Catalog(), Catalog(locale="vi")
    for text in ("told", "untold", "guessed"):
        template.add(text)
    template.add(("%(n)s one", "%(n)s many"))
    catalog.add("told", "đã nói")
    catalog.add("guessed", "đoán", flags=["fuzzy"])
    catalog.add(("%(n)s one", "%(n)s many"), ("",))
    assert messages.find_untranslated(catalog, template) == [
        "untold",
        "guessed",
        "('%(n)s one', '%(n)s many')",
    ]
