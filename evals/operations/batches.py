"""Split a long series, so that transactions stay short and statements small."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def chunks(values: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield lists of at most `size` values."""
    rest = iter(values)
    while chunk := list(islice(rest, size)):
        yield chunk
