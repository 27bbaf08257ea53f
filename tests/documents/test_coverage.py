"""Every setting, command, page, API path, job and import format is documented, and none that is gone."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.documents import inventory
from tests.documents.generated import BLOCKS, block
from tests.documents.inventory import ROOT


def rows(document: str, heading: str = "") -> set[str]:
    """Return every code span in the first column of the tables under a heading."""
    text = (ROOT / "docs" / document).read_text()
    if heading:
        text = re.split(r"^## ", text.split(f"\n## {heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]
    cells = re.findall(r"^\| (`[^|]*) \|", text, re.MULTILINE)
    return {span for cell in cells for span in re.findall(r"`([^`]+)`", cell)}


def documented_commands() -> set[str]:
    return {span.split()[1] for span in rows("operating.md", "Commands") if span.startswith("manage.py ")}


def documented_settings() -> set[str]:
    return {span.removesuffix("<NAME>") for span in rows("operating.md", "Settings")}


@pytest.mark.parametrize(
    ("offered", "documented"),
    [
        (
            inventory.settings_read,
            lambda: {span.removesuffix("<NAME>") for span in rows("operating.md", "Settings")},
        ),
        (inventory.commands, documented_commands),
        (inventory.jobs, lambda: rows("operating.md", "Jobs")),
        (inventory.pages, lambda: rows("pages.md")),
        (inventory.api_paths, lambda: rows("api.md", "Paths")),
        (inventory.import_formats, lambda: rows("importing.md", "Formats")),
        (inventory.import_columns, lambda: rows("importing.md", "Our own CSV")),
        (inventory.import_outcomes, lambda: rows("importing.md", "Report")),
    ],
    ids=["settings", "commands", "jobs", "pages", "API paths", "formats", "columns", "outcomes"],
)
def test_the_documents_list_exactly_what_there_is(
    offered: Callable[[], set[str]], documented: Callable[[], set[str]]
):
    assert len(offered()) > 5
    assert documented() == offered()


@pytest.mark.parametrize(("document", "name", "render"), BLOCKS, ids=["layers", "roles"])
def test_generated_parts_are_up_to_date(document: str, name: str, render: Callable[[], str]):
    assert block((ROOT / document).read_text(), name) == render(), "run `make docs`"
