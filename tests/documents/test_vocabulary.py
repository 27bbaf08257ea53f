"""Names follow docs/vocabulary.md: its words, no name that describes nothing, no public name twice."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from tests.documents.inventory import OURS, ROOT

TEXT = (ROOT / "docs" / "vocabulary.md").read_text()
API_FIELD = ("leaderboard/api/serializers/progress.py", "what")
Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def section(heading: str) -> str:
    return TEXT.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]


def code_spans(heading: str) -> set[str]:
    return set(re.findall(r"`(\w+)`", section(heading)))


def words_to_avoid() -> set[str]:
    cells = re.findall(r"^\|[^|]+\|[^|]+\| ([^|,]+(?:, [^|,]+)*?)(?:, except[^|]*)? \|$", TEXT, re.MULTILINE)
    return {word for cell in cells for word in cell.split(", ") if word not in ("not", "beat")}


def modules() -> Iterator[tuple[Path, ast.Module]]:
    for folder in (*OURS, "tests"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            # The files of a suite's tasks are fixed: runs record their hash.
            if "migrations" not in path.parts and not path.parent.name.startswith("lagline-"):
                yield path.relative_to(ROOT), ast.parse(path.read_text())


def public(tree: ast.Module) -> list[Definition]:
    return [node for node in tree.body if isinstance(node, Definition) and not node.name.startswith("_")]


def bindings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield every name that the module binds, with its line."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield node.lineno, name
            case ast.arg(arg=name) | ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                yield node.lineno, name
            case ast.alias(asname=str(name)):
                yield node.lineno, name
            case ast.ExceptHandler(name=str(name)):
                yield node.lineno, name


def words(name: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}


def test_no_name_describes_nothing():
    empty = code_spans("Names that describe nothing")
    assert len(empty) > 10
    assert [
        f"{path}:{line} {name}"
        for path, tree in modules()
        for line, name in bindings(tree)
        if name in empty and (str(path), name) != API_FIELD
    ] == []


def test_public_names_use_the_words_of_the_vocabulary():
    avoided = words_to_avoid()
    assert {"purse", "situation", "crossing"} <= avoided
    named = [
        (path, name)
        for path, tree in modules()
        if path.parts[0] != "tests" and path.parts[:2] != ("leaderboard", "api")  # its names are the schema's
        for name in [path.stem, *(node.name for node in public(tree))]
    ]
    assert [f"{path}: {name}" for path, name in named if words(name) & avoided] == []


def is_entry_point(path: Path) -> bool:
    """Whether users or Django call the module's functions: they are named after their page, tag or job."""
    return bool({"views", "templatetags", "management"} & set(path.parts)) or path.stem == "jobs"


def test_no_public_name_has_two_meanings():
    places = defaultdict(list)
    for path, tree in modules():
        if path.parts[0] != "tests" and not is_entry_point(path):
            for node in public(tree):
                places[node.name].append(str(path))
    shared = code_spans("Names that several modules share")
    assert {name: where for name, where in places.items() if len(where) > 1 and name not in shared} == {}
    assert shared <= {name for name, where in places.items() if len(where) > 1}
