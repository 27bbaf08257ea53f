"""The figures of a method version stay as they are: a change of a figure needs a new method version."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from leaderboard.lag import METHOD_VERSION

from .pinned import FILE, compute_figures

PINNED: dict[str, Any] = json.loads(FILE.read_text())


@pytest.fixture(scope="module")
def figures() -> dict[str, Any]:
    return compute_figures()


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each figure of nested JSON with its path."""
    if isinstance(value, dict | list):
        parts = value.items() if isinstance(value, dict) else enumerate(value)
        for key, part in parts:
            yield from leaves(part, f"{path}/{key}")
    else:
        yield path, value


def test_the_pinned_figures_are_of_this_method_version() -> None:
    assert PINNED["method_version"] == METHOD_VERSION, (
        "write them anew: python -m tests.leaderboard.lag.pinned"
    )


@pytest.mark.parametrize("part", PINNED)
def test_the_figures_of_a_small_world_are_the_pinned_ones(part: str, figures: dict[str, Any]) -> None:
    now, pinned = dict(leaves(figures[part])), dict(leaves(PINNED[part]))
    assert list(now) == list(pinned)
    for path, value in pinned.items():
        is_number = isinstance(value, float)
        assert now[path] == (pytest.approx(value, rel=1e-4, abs=1e-4) if is_number else value), path


def test_the_pinned_figures_are_all_of_the_report(figures: dict[str, Any]) -> None:
    assert list(figures) == list(PINNED)
