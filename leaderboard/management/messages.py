"""Collect the texts that readers see from code and templates, and update and compile the translations."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation import to_locale
from django.utils.translation.template import templatize

from leaderboard.presenters.labels import RECORD_CONTEXT

PACKAGES = ("evals", "leaderboard")
KEYWORDS = DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
RECORD_COLUMNS = {
    "adoption.csv": ("measure", "subject"),
    "benchmarks.csv": ("metric",),
    "claims.csv": ("role", "scope", "leader", "follower"),
}
"""The columns of the catalogue that pages translate."""
UNTRANSLATED = {
    "",
    "Artificial Analysis Intelligence Index",
    "DeepSeek",
    "DeepSeek R1",
    "Epoch Capabilities Index",
    "Gemma",
    "Llama",
    "Moonshot AI",
    "Qwen",
    "o3",
    "opt@1",
    "pass@1",
}
"""Names that every language writes alike."""
WIDTH = 110
BEGUN_AT = datetime(2026, 11, 22, tzinfo=UTC)  # a fixed date, so that equal messages give an equal file


def list_languages() -> list[str]:
    """Return the languages of translations: all but that of the code."""
    return [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]


def locate_catalogue(language: str) -> Path:
    """Return the path of a language's catalogue."""
    return Path(settings.LOCALE_PATHS[0]) / to_locale(language) / "LC_MESSAGES" / "django.po"


def collect_messages() -> Catalog:
    """Return all messages of code and templates, untranslated."""
    catalog = Catalog(project="Lagline", charset="utf-8", creation_date=BEGUN_AT)
    root = Path(settings.BASE_DIR)
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*")):
            if path.suffix in (".py", ".html", ".txt", ".xml") and "migrations" not in path.parts:
                for message, context, lineno in _messages(path):
                    catalog.add(message, None, [(str(path.relative_to(root)), lineno)], context=context)
    for path, text in _record_texts(root / "evals" / "catalogue"):
        catalog.add(text, None, [(str(path.relative_to(root)), 0)], context=RECORD_CONTEXT)
    return catalog


def _record_texts(folder: Path) -> Iterator[tuple[Path, str]]:
    for name, columns in RECORD_COLUMNS.items():
        with (folder / name).open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        for text in sorted({row[column] for row in rows for column in columns} - UNTRANSLATED):
            yield folder / name, text


def _messages(path: Path) -> Iterator[tuple[str | tuple[str, ...], str | None, int]]:
    source = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        if "{%" not in source and "{{" not in source:
            return
        # Only gettext calls are left; their indentation has no meaning.
        source = "\n".join(line.lstrip() for line in templatize(source, origin=str(path)).splitlines())
    for lineno, message, _, context in extract(
        "python", BytesIO(source.encode()), KEYWORDS, options={"encoding": "utf-8"}
    ):
        if message:
            yield message, context, lineno


def read_catalogue(language: str) -> Catalog:
    """Read a language's catalogue; return an empty one if it does not exist."""
    path = locate_catalogue(language)
    locale = to_locale(language)
    if not path.exists():
        return Catalog(locale=locale, project="Lagline", charset="utf-8", creation_date=BEGUN_AT)
    with path.open("rb") as file:
        return read_po(file, locale=locale)


def update_catalogue(language: str, template: Catalog) -> Catalog:
    """Update a catalogue to the template without fuzzy matches, and write it."""
    catalog = read_catalogue(language)
    catalog.update(template, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.revision_date = BEGUN_AT
    catalog.fuzzy = False
    catalog.header_comment = f"# {catalog.locale.english_name if catalog.locale else language}: Lagline."
    catalog.last_translator = catalog.language_team = catalog.msgid_bugs_address = "Lagline"
    path = locate_catalogue(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, width=WIDTH, sort_by_file=True, include_lineno=False)
    return catalog


def compile_catalogue(language: str) -> Path:
    """Compile a catalogue for Django to read; return the file."""
    path = locate_catalogue(language).with_suffix(".mo")
    draft = path.with_suffix(f".{os.getpid()}")  # concurrent processes write different files
    with draft.open("wb") as file:
        write_mo(file, read_catalogue(language))
    return draft.replace(path)


def find_untranslated(catalog: Catalog, template: Catalog) -> list[str]:
    """Return the messages that a catalogue leaves untranslated or fuzzy."""
    untranslated = []
    for message in template:
        if not message.id:
            continue
        kept = catalog.get(message.id, message.context)
        translation = kept.string if kept else ""
        whole = all(translation) if isinstance(translation, tuple | list) else bool(translation)
        if kept is None or not whole or kept.fuzzy:
            untranslated.append(str(message.id))
    return untranslated
