"""Text of CSV cells that no spreadsheet runs as a formula, and back; docs/data.md explains it to readers.

A spreadsheet runs a cell that starts with =, +, - or @. It may also split a cell: at a semicolon, tab or line
break, if its language separates columns by semicolons. An apostrophe goes before each such start. A start
that already has apostrophes gets another, so that `restore_cell` returns the original text.
"""

from __future__ import annotations

import re

_CELL_START = r"(?:^|(?<=[\t\n\r;]))"
_FORMULA = r"'*(?:[^\S\t\n\r]|[\x00-\x08\u200b\ufeff])*[=+\-@＝＋－＠]"
_FORMULA_START = re.compile(f"{_CELL_START}(?={_FORMULA})")
_NEUTRAL_START = re.compile(f"{_CELL_START}'(?={_FORMULA})")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)


def neutralise_cell(text: str) -> str:
    """Return text with an apostrophe before all that a spreadsheet would run; a number stays as it is."""
    return text if _NUMBER.fullmatch(text) else _FORMULA_START.sub("'", text)


def restore_cell(text: str) -> str:
    """Return the text that was neutralised; other text without such an apostrophe stays as it is."""
    return _NEUTRAL_START.sub("", text)
