"""The addresses of a page in every language; the first part of the path is the language."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language_from_path


@dataclass(frozen=True)
class Language:
    """One language of a page; `tag` is its BCP 47 tag, `address` includes the query."""

    code: str
    tag: str
    name: str
    path: str
    address: str
    current: bool


def page_languages(request: HttpRequest) -> list[Language]:
    """Return a page's address in every language."""
    current = get_language_from_path(request.path_info) or settings.LANGUAGE_CODE
    plain = request.path_info.removeprefix(f"/{current}")
    query = request.META.get("QUERY_STRING", "")
    languages = []
    for code, name in settings.LANGUAGES:
        path = plain if code == settings.LANGUAGE_CODE else f"/{code}{plain}"
        address = f"{path}?{query}" if query else path
        languages.append(Language(code, language_tag(code), name, path, address, code == current))
    return languages


def language_tag(code: str) -> str:
    """Return the BCP 47 tag of a language, such as "zh-Hans"."""
    language, _, script = code.partition("-")
    return f"{language}-{script.title()}" if script else language
