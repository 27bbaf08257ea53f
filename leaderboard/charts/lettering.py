"""Words in a chart: on a halo of paper, so that they can be read over lines and points."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.utils.formats import number_format

Layer = dict[str, Any]


def layer_texts(rows: Iterable[dict[str, Any]], mark: Layer, paper: str) -> list[Layer]:
    """Return the layers that write `text` at each row's place, the halo below.

    They belong under the points of the chart: a text above a point takes its tooltip away.
    """
    layer = {"data": {"values": list(rows)}, "encoding": {"text": {"field": "text", "type": "nominal"}}}
    written = {"type": "text", "baseline": "middle", "aria": False} | mark
    halo = {"color": paper, "stroke": paper, "strokeWidth": 4, "strokeJoin": "round"}
    return [layer | {"mark": written | halo}, layer | {"mark": written}]


def shorten_name(name: str, longest: int = 20) -> str:
    """Return a name without what it has in brackets, where it is long."""
    return name if len(name) <= longest else name.split(" (")[0]


def shorten_names(names: Iterable[str]) -> dict[str, str]:
    """Return each name short, or in full where another one would read the same."""
    every = set(names)
    counts = Counter(shorten_name(name) for name in every)
    return {name: shorten_name(name) if counts[shorten_name(name)] == 1 else name for name in every}


def estimate_width(text: str, font: float, *, letter: float = 0.58) -> float:
    """Return about how many pixels a text takes, bold unless told how wide its letters are to their height.

    A Chinese sign is as wide as it is high.
    """
    return sum(1.0 if sign >= "\u2e80" else letter for sign in text) * font


def format_decimal(value: float, places: int = 1) -> str:
    """Write a number as the language in use does, with a real minus sign."""
    rounded = Decimal(f"{value:.{places}f}")
    text = number_format(abs(rounded), decimal_pos=places, use_l10n=True)
    return f"\N{MINUS SIGN}{text}" if rounded < 0 else text
