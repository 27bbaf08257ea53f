"""Parse JSON within limits on depth and on the number of values, both checked before anything is built."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)
"""A string, or a bracket outside of strings; linear in the length of any text."""


class LimitExceeded(ValueError):
    """A document over a limit; the message names the limit."""


class TooManyValues(LimitExceeded):
    """A document with more values than its reader needs."""


@dataclass(frozen=True, slots=True)
class JsonLimits:
    """The largest depth and number of values of a document.

    Commas in strings count as values too, so that counting them is fast; leave room for texts.
    """

    depth: int
    values: int


def load_json(
    content: str,
    limits: JsonLimits,
    *,
    parse_int: Callable[[str], Any] | None = None,
    parse_constant: Callable[[str], Any] | None = None,
) -> Any:
    """Return the content of a JSON document. Raises LimitExceeded, and ValueError for what is no JSON."""
    check_json(content, limits)
    return json.loads(content, parse_int=parse_int, parse_constant=parse_constant)


def check_json(content: str, limits: JsonLimits) -> None:
    """Check a document that may be JSON. Raises LimitExceeded."""
    brackets = content.count("[") + content.count("{")
    if brackets + content.count(",") > limits.values:
        raise TooManyValues(f"it holds more than {limits.values:,} values")
    if brackets <= limits.depth:
        return
    depth = 0
    for token in TOKEN.finditer(content):
        first = token[0][0]
        if first in "[{":
            depth += 1
            if depth > limits.depth:
                raise LimitExceeded(f"it is nested too deeply: more than {limits.depth} levels")
        elif first != '"':
            depth -= 1
