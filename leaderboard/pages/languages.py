"""The same page in every language: each has an address of its own, told by the first part of its path."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language_from_path


@dataclass(frozen=True)
class Language:
    """One language of a page; `tag` as a page's head names it, `address` with what the reader chose."""

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
    """Return a language as browsers write it: "zh-Hans"."""
    language, _, script = code.partition("-")
    return f"{language}-{script.title()}" if script else language
