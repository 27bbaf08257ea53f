"""The parts of the documents that are generated, each between two comments that name it."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.documents.inventory import layer_table, role_table

BLOCKS: tuple[tuple[str, str, Callable[[], str]], ...] = (
    ("docs/architecture.md", "layers", layer_table),
    ("docs/security.md", "roles", role_table),
)


def block(text: str, name: str) -> str:
    """Return the generated block of that name; a document without it is an error."""
    match = re.search(_pattern(name), text, re.DOTALL)
    if match is None:
        raise ValueError(f"The document has no generated block {name!r}.")
    return match[2]


def with_block(text: str, name: str, content: str) -> str:
    """Return the document with the block of that name replaced."""
    block(text, name)
    return re.sub(_pattern(name), lambda match: match[1] + content + match[3], text, flags=re.DOTALL)


def _pattern(name: str) -> str:
    return rf"(<!-- generated: {name} -->\n)(.*?)(<!-- end -->)"
