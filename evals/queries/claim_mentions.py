"""Find the claims that mention a model or its developer in their text."""

from __future__ import annotations

import re
from collections.abc import Iterable

from evals.models import Claim, Model
from evals.queries.catalogue import claims

WORDS = ("claimant", "role", "scope", "statement")


def claims_naming(model: Model) -> list[Claim]:
    """Return the claims that mention a confirmed model, its family or its developer. One query."""
    if not model.is_confirmed:
        return []
    names = {model.name, model.family, model.developer.name} - {""}
    pattern = re.compile("|".join(map(_pattern, sorted(names))))
    return [claim for claim in claims() if any(pattern.search(text) for text in _texts(claim))]


def _pattern(name: str) -> str:
    """Return a pattern for whole words with any separators; GPT-4 matches neither GPT-4o nor GPT-4.1."""
    words = r"[\s-]+".join(map(re.escape, re.split(r"[\s-]+", name)))
    return rf"(?<![\w-]){words}(?![\w-]|\.\d)"


def _texts(claim: Claim) -> Iterable[str]:
    return (getattr(claim, name) for name in WORDS)
