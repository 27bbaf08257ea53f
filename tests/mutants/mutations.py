"""Sample the mutants of modules."""

from __future__ import annotations

import ast
import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

# `is` depends on interning, shifts and bit operators mostly raise, and dotted exceptions break cosmic-ray.
LEFT_OUT = re.compile(
    r"Variable|Exception|_Is(Not)?$|(Shift|BitAnd|BitXor|BitOr)$|Operator_\w*Shift_|Operator_Bit"
)
OPERATORS = {name: get_operator(name)() for name in operator_names() if not LEFT_OUT.search(name)}
SEED = "13"


@dataclass(frozen=True)
class Mutant:
    """A change of one module. No line number identifies it, so that other edits leave it its name."""

    module: str
    function: str
    mutation: str
    code: str


def sample(sources: dict[str, str], size: int) -> list[Mutant]:
    """Take mutants at random, the same for the same seed and text, at most one for each line of source."""
    ranked = sorted(spot for module, source in sources.items() for spot in spots(module, source))
    mutants: list[Mutant] = []
    used: set[tuple[str, int]] = set()
    for _, _, module, line, name, occurrence in ranked:
        if len(mutants) == size:
            break
        if (module, line) not in used and (mutant := apply(module, sources[module], name, occurrence)):
            mutants.append(mutant)
            used.add((module, line))
    return mutants


def spots(module: str, source: str) -> Iterator[tuple[str, str, str, int, str, int]]:
    """Yield each place that an operator can change, with the ranks of its line and of the change."""
    lines = source.splitlines()
    seen: Counter[str] = Counter()
    for node in ast_nodes(get_ast(source)):
        for name, operator in OPERATORS.items():
            for (line, _), _ in operator.mutation_positions(node):
                text = f"{module} {lines[line - 1]}"
                yield rank(text), rank(f"{text} {name}"), module, line, name, seen[name]
                seen[name] += 1


def rank(text: str) -> str:
    """Order texts at random."""
    return hashlib.sha256(f"{SEED} {text}".encode()).hexdigest()


def apply(module: str, source: str, name: str, occurrence: int) -> Mutant | None:
    """Make a mutant, unless it changes nothing that runs or does not compile."""
    code = mutate_code(source, OPERATORS[name], occurrence)
    try:
        if runtime_code(code) == runtime_code(source):
            return None
    except SyntaxError:
        return None
    line, before, after = next(
        (number, before, after)
        for (number, before), (_, after) in zip(numbered(source), numbered(code), strict=False)
        if before != after
    )
    return Mutant(module, enclosing(source, line), f"{name.removeprefix('core/')}: {before} → {after}", code)


def numbered(source: str) -> list[tuple[int, str]]:
    """Return the lines that hold text, with their numbers."""
    return [(number, line.strip()) for number, line in enumerate(source.splitlines(), 1) if line.strip()]


def runtime_code(source: str) -> str:
    """Dump the syntax tree without its annotations, which never run."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.AnnAssign):
            node.annotation = ast.Constant(None)
        elif isinstance(node, ast.FunctionDef):
            node.returns = None
    return ast.dump(tree)


def enclosing(source: str, line: int) -> str:
    """Return the dotted name of the classes and functions around a line."""
    scopes = [
        node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef | ast.ClassDef)
    ]
    around = [node for node in scopes if first_line(node) <= line <= (node.end_lineno or 0)]
    return ".".join(node.name for node in sorted(around, key=first_line)) or "<module>"


def first_line(node: ast.FunctionDef | ast.ClassDef) -> int:
    """Return the line where a definition or its first decorator begins."""
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
