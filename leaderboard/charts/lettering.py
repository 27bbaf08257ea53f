"""Text in a chart, on a halo that keeps it readable over lines and points."""

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
    """Return a long name without its part in brackets."""
    return name if len(name) <= longest else name.split(" (")[0]


def shorten_names(names: Iterable[str]) -> dict[str, str]:
    """Shorten each name unless another one shortens to the same."""
    every = set(names)
    counts = Counter(shorten_name(name) for name in every)
    return {name: shorten_name(name) if counts[shorten_name(name)] == 1 else name for name in every}


def estimate_width(text: str, font: float, *, letter: float = 0.58) -> float:
    """Estimate the width of a text in pixels; `letter` is the ratio of width to height, by default bold.

    Chinese characters are as wide as high.
    """
    return sum(1.0 if sign >= "\u2e80" else letter for sign in text) * font


def format_decimal(value: float, places: int = 1) -> str:
    """Format a number in the active language, with a real minus sign."""
    rounded = Decimal(f"{value:.{places}f}")
    text = number_format(abs(rounded), decimal_pos=places, use_l10n=True)
    return f"\N{MINUS SIGN}{text}" if rounded < 0 else text
