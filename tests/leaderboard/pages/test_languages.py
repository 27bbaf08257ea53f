"""Every text of a page is in the page's language, or is marked as English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import RequestFactory
from django.utils.translation import override
from lxml import html

from evals.models import Benchmark, Claim, Developer, Endpoint, Limit, Model, Owner, Suite, Task
from evals.operations.endpoints.own import protocols, public_presets
from leaderboard.models import ApiToken, Chart
from leaderboard.pages.languages import page_languages
from tests.leaderboard.pages.account_pages import reader_of
from tests.leaderboard.pages.all_pages import addresses, make_everything

SPOKEN = ("alt", "title", "aria-label", "placeholder")
SILENT = {"script", "style", "code", "pre"}
WORD = re.compile(r"[^\W\d_]{2,}")
ENGLISH = re.compile(r"[A-Za-z]{2,}(?:[ ,.]+[a-z]{2,})+")
# Names, units and signs that every language writes alike.
ALIKE = re.compile(
    r"https?://\S+|\b(Lagline|Epoch AI|Artificial Analysis|CC BY 4\.0|API|JSON|CSV|PNG|SVG|BibTeX|APA|USD"
    r"|Redis|SQLite|PostgreSQL|lm-eval|llama\.cpp|localhost|openai-chat|SHA-256|Ed25519|CRPS|ms|[\w.-]+@[\w.]+"
    r"|Singapore|Canada|Israel|Brazil|Web|exact_match|extract|(?:light|dark)-(?:wide|narrow)"
    r"|(?:[\w-]+\.)+example|Webhook|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|model:o3,developer:openai)\b"
)
DRAWN = re.compile(r">([^<>]+)</t(?:ext|span)>|aria-(?:label|roledescription)=\"([^\"]*)\"")


def spoken_texts(markup: str) -> Iterator[str]:
    """Yield each text and spoken attribute of a page that is marked as the page's own language."""
    page = html.fromstring(markup)

    def walk(element: html.HtmlElement, language: str) -> Iterator[str]:
        if not isinstance(element.tag, str) or element.tag in SILENT or element.get("id") == "id_fact":
            return  # the options of facts quote the record
        language = element.get("lang", language)
        own = language == page.get("lang")
        texts = [element.text, *(element.get(name) for name in SPOKEN)] if own else []
        yield from (" ".join(text.split()) for text in texts if text)
        for child in element:
            yield from walk(child, language)
            if own and child.tail:
                yield " ".join(child.tail.split())

    yield from walk(page, page.get("lang"))


@cache
def names() -> re.Pattern[str]:
    """Return a pattern of the names in the record, longest first."""
    kinds: dict[type[Any], tuple[str, ...]] = {
        Model: ("name", "slug", "weights_licence"),
        Developer: ("name", "slug", "headquarters"),
        Benchmark: ("name", "slug"),
        Suite: ("name", "slug"),
        Task: ("name",),
        Endpoint: ("slug", "provider", "api_model"),
        Claim: ("claimant",),
        Limit: ("name",),
        Owner: ("handle", "name"),
        ApiToken: ("name",),
        get_user_model(): ("username",),
    }
    values = {
        value for kind, fields in kinds.items() for row in kind.objects.values_list(*fields) for value in row
    }
    values |= {preset.name for preset in public_presets()} | set(protocols())
    values |= {name.partition(" (")[0] for name in values}  # as charts shorten them
    longest = sorted((name for name in values if len(name) > 1), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest)))


def english_in(texts: dict[str, set[str]], code: str) -> list[str]:
    """Return texts that equal the English ones and are no names; in Chinese, also mixed texts."""
    alike = {text for text in texts[code] & texts["en"] if WORD.search(unnamed(text))}
    mixed = {text for text in texts[code] if ENGLISH.search(text) and ENGLISH.search(unnamed(text))}
    return sorted(alike | (mixed if code == "zh-hans" else set()))


@cache
def unnamed(text: str) -> str:
    """Return a text without the names in it."""
    return names().sub(" ", ALIKE.sub(" ", text))


@pytest.mark.django_db
@pytest.mark.timeout(400)
def test_every_page_is_told_in_its_own_language() -> None:
    names.cache_clear()
    unnamed.cache_clear()
    make_everything()
    untranslated: dict[str, list[str]] = {}
    for name, address in addresses().items():
        path, _mark, query = address.partition("?")
        with override("en"):
            paths = {
                language.code: language.address for language in page_languages(RequestFactory().get(path))
            }
        client = reader_of(name)
        pages = {
            code: client.get(language + (f"?{query}" if query else "")) for code, language in paths.items()
        }
        texts = {code: set(spoken_texts(page.content.decode())) for code, page in pages.items()}
        for code in texts.keys() - {"en"}:
            for text in english_in(texts, code):
                untranslated.setdefault(text, []).append(f"{name} {code}")
    assert not untranslated, "\n".join(f"{text!r}: {where}" for text, where in untranslated.items())
    drawn = Chart.objects.values_list("language", "svg")
    words: dict[str, set[str]] = {code: set() for code, _svg in drawn}
    for code, drawing in drawn:
        words[code] |= {text or label for text, label in DRAWN.findall(drawing)}
    for code in words.keys() - {"en"}:
        assert english_in(words, code) == []
