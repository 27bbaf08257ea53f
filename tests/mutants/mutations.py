"""List the mutants of a module and sample them."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

# `is` depends on interning, and shifts and bit operators mostly raise on floats, which proves little.
LEFT_OUT = re.compile(r"Variable|_Is(Not)?$|(Shift|BitAnd|BitXor|BitOr)$|Operator_\w*Shift_|Operator_Bit")


@dataclass(frozen=True)
class Mutant:
    """A change of one module. No line number identifies it, so that other edits leave it its name."""

    module: str
    function: str
    mutation: str
    line: int = field(compare=False)
    code: str = field(compare=False, repr=False)

    @property
    def rank(self) -> str:
        """Order mutants at random, the same way for the same seed and text."""
        return hashlib.sha256(f"13 {self.module} {self.function} {self.mutation}".encode()).hexdigest()


def list_mutants(module: str, source: str) -> Iterator[Mutant]:
    """Yield every mutant that compiles and differs in more than annotations."""
    original = runtime_code(source)
    for name in operator_names():
        if LEFT_OUT.search(name):
            continue
        for occurrence in count():
            code = mutate_code(source, get_operator(name)(), occurrence)
            if code is None:
                break
            try:
                is_equal = runtime_code(code) == original
            except SyntaxError:
                continue
            if not is_equal:
                yield describe(module, source, code, name.removeprefix("core/"))


def runtime_code(source: str) -> str:
    """Dump the syntax tree without its annotations, which never run."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.arg | ast.AnnAssign):
            node.annotation = ast.Constant(None)
        elif isinstance(node, ast.FunctionDef):
            node.returns = None
    return ast.dump(tree)


def describe(module: str, source: str, code: str, operator: str) -> Mutant:
    """Name a mutant by its function, its operator and the text of the line before and after."""
    lines = list(zip(source.splitlines(), code.splitlines(), strict=False))
    index = next(number for number, (before, after) in enumerate(lines) if before != after)
    before, after = (line.strip() for line in lines[index])
    return Mutant(module, enclosing(source, index + 1), f"{operator}: {before} → {after}", index + 1, code)


def enclosing(source: str, line: int) -> str:
    """Return the dotted name of the innermost class or function around a line."""
    scopes = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, scopes)]
    around = [node for node in nodes if first_line(node) <= line <= (node.end_lineno or 0)]
    return ".".join(node.name for node in sorted(around, key=first_line)) or "<module>"


def first_line(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> int:
    """Return the line where a definition or its first decorator begins."""
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def sample(mutants: list[Mutant], size: int) -> list[Mutant]:
    """Take the mutants of lowest rank, at most one for each line of source."""
    by_line: dict[tuple[str, int], Mutant] = {}
    for mutant in sorted(mutants, key=lambda mutant: mutant.rank):
        by_line.setdefault((mutant.module, mutant.line), mutant)
    # A line with many mutants must not come first for that: lines are ordered by a rank of their own.
    return sorted(by_line.values(), key=line_rank)[:size]


def line_rank(mutant: Mutant) -> str:
    """Order lines at random by their text."""
    line = mutant.mutation.partition(": ")[2].partition(" → ")[0]
    return hashlib.sha256(f"13 {mutant.module} {mutant.function} {line}".encode()).hexdigest()
