"""The policies that are shipped; an operator reviews them and publishes versions of their own."""

from __future__ import annotations

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "policies"
LANGUAGES = ("en", "zh-hans", "vi")


@cache
def shipped_text(kind: str, language: str) -> str:
    """Return the shipped text of a policy in a language, as Markdown."""
    return (FOLDER / language / f"{kind}.md").read_text().strip()
