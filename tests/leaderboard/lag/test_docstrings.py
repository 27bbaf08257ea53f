"""Docstrings of the lag statistics state the shapes of arrays and the exceptions raised."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from leaderboard import lag

ARRAYS = {"Floats", "Ints", "Bools", "Halves", "NDArray", "ndarray"}
SHAPE = re.compile(r"\((?:[A-Za-z0-9_]+(?: [-+*] \w+)?(?: or \w+)?,)(?: ?[A-Za-z0-9_]+(?: [-+*] \w+)?,?)*\)")
PUBLIC = [
    (f"{path.stem}.{node.name}", node)
    for path in sorted(Path(lag.__path__[0]).rglob("*.py"))
    for parent in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    if isinstance(parent, ast.Module | ast.ClassDef)
    if not getattr(parent, "name", "").startswith("_")
    for node in parent.body
    if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
]


def annotated(node: ast.FunctionDef | ast.ClassDef) -> set[str]:
    """Return the names in the annotations of a function, or of the fields of a class."""
    if isinstance(node, ast.ClassDef):
        parts = [field.annotation for field in node.body if isinstance(field, ast.AnnAssign)]
    else:
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        parts = [part for part in (*(argument.annotation for argument in arguments), node.returns) if part]
    return {getattr(name, "id", getattr(name, "attr", "")) for part in parts for name in ast.walk(part)}


def raised(node: ast.FunctionDef | ast.ClassDef) -> set[str]:
    """Return the names of the exceptions that a function's body raises."""
    if isinstance(node, ast.ClassDef):
        return set()
    raises = [part.exc for part in ast.walk(node) if isinstance(part, ast.Raise) and part.exc]
    return {ast.unparse(error.func if isinstance(error, ast.Call) else error) for error in raises}


@pytest.mark.parametrize("node", [node for _, node in PUBLIC], ids=[name for name, _ in PUBLIC])
def test_a_public_function_or_class_of_arrays_states_their_shapes(
    node: ast.FunctionDef | ast.ClassDef,
) -> None:
    if annotated(node) & ARRAYS:
        assert SHAPE.search(ast.get_docstring(node) or "")


@pytest.mark.parametrize("node", [node for _, node in PUBLIC], ids=[name for name, _ in PUBLIC])
def test_a_public_function_names_the_exceptions_it_raises(node: ast.FunctionDef | ast.ClassDef) -> None:
    assert not {name for name in raised(node) if name not in (ast.get_docstring(node) or "")}


def test_the_shapes_and_exceptions_are_looked_for_where_they_are() -> None:
    nodes = [node for _, node in PUBLIC]
    assert sum(bool(annotated(node) & ARRAYS) for node in nodes) > 50
    assert {"ValueError", "FileRefusedError"} <= {name for node in nodes for name in raised(node)}
