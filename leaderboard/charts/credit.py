"""The credit line below every chart: source, date, method and amount of data."""

from __future__ import annotations

from typing import Any

from leaderboard.charts.lettering import estimate_width
from leaderboard.charts.palette import Palette, Size


def add_credit(spec: dict[str, Any], parts: list[str], *, size: Size, palette: Palette) -> dict[str, Any]:
    """Return a spec with its credit below, wrapped to its width."""
    font = size.font - 2
    title = {
        "text": _lines(parts, size.width + 30, font),
        "orient": "bottom",
        "anchor": "start",
        "fontSize": font,
        "fontWeight": "normal",
        "color": palette.muted,
        "offset": 10,
    }
    return spec | {"title": title}


def _lines(parts: list[str], width: float, font: int) -> list[str]:
    lines = [parts[0]]
    for part in parts[1:]:
        wider = f"{lines[-1]} · {part}"
        if estimate_width(wider, font) * 0.9 <= width:
            lines[-1] = wider
        else:
            lines.append(part)
    return lines
