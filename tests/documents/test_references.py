"""What documents and code refer to exists: links, make targets, protocols, capabilities, the method."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from evals.engine.capabilities import NAMES as CAPABILITIES
from evals.engine.presets import KINDS as PRESET_LINES
from evals.engine.protocols import PROTOCOLS
from tests.documents.inventory import OURS, ROOT

DOCUMENTS = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "evals/**/*.md", "clients/*/*.md")
    for path in ROOT.glob(pattern)
)
CITATION = re.compile(r"(?:METHOD|METHOD §[\d.]+ and) §(\d+(?:\.\d+)?)")
ANCHOR = re.compile(r"\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)")
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")


def sources() -> list[Path]:
    return [path for package in (*OURS, "tests") for path in (ROOT / package).rglob("*.py")]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_to_a_file(document: Path):
    missing = [link for link in LINK.findall(document.read_text()) if not (document.parent / link).exists()]
    assert not missing


def anchors(document: Path) -> set[str]:
    """Return the anchors of a document's headings, as Markdown viewers make them."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_to_a_heading_leads_to_one(document: Path):
    links = ANCHOR.findall(document.read_text())
    targets = [(document.parent / path if path else document, anchor) for path, anchor in links]
    assert [(str(target), anchor) for target, anchor in targets if anchor not in anchors(target)] == []


def test_every_test_that_a_document_names_exists():
    named = {
        (path, name)
        for document in DOCUMENTS
        for path, name in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", document.read_text())
    }
    assert named
    missing = [
        f"{path}::{name}"
        for path, name in sorted(named)
        if not (ROOT / path).exists() or f"def {name}(" not in (ROOT / path).read_text()
    ]
    assert missing == []


def test_the_readme_leads_to_every_document():
    linked = {(ROOT / link).resolve() for link in LINK.findall((ROOT / "README.md").read_text())}
    assert {*ROOT.glob("docs/*.md"), *ROOT.glob("evals/**/*.md"), *ROOT.glob("clients/*/*.md")} <= linked


def test_every_make_command_of_the_documents_is_a_target():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {name for document in DOCUMENTS for name in re.findall(r"`make ([a-z]+)", document.read_text())}
    assert named
    assert named <= targets


def test_every_protocol_and_capability_is_documented():
    text = (ROOT / "docs" / "providers.md").read_text()
    rows = re.findall(r"^\| (`[^|]*) \|", text, re.MULTILINE)
    documented = {name for row in rows for name in re.findall(r"`([a-z_-]+)`", row)}
    assert {*PROTOCOLS, *CAPABILITIES, *PRESET_LINES} <= documented


def test_no_file_names_a_package_registry():
    registries = re.compile(rb"(pypi|pythonhosted|npmjs|deb\.debian)" + rb"\.(org|com)")
    files = [
        path for folder in ("requirements", "deploy", "clients", ".ci") for path in (ROOT / folder).rglob("*")
    ]
    named = [path for path in [*files, ROOT / "Makefile", ROOT / "pyproject.toml"] if path.is_file()]
    assert len(named) > 8
    assert not [path for path in named if registries.search(path.read_bytes())]


def test_every_section_of_the_method_that_the_code_cites_exists():
    method = (ROOT / "docs" / "method.md").read_text()
    sections = re.findall(r"^## (\d+)\. ", method, re.MULTILINE)
    rules = re.findall(
        r"^(\d+)\. \*\*", method.split("## 1. Data rules\n")[1].split("\n## ")[0], re.MULTILINE
    )
    cited = {number for path in sources() for number in CITATION.findall(path.read_text())}
    assert len(cited) > 8
    assert cited <= {*sections, *(f"1.{rule}" for rule in rules)}
