"""Draw a specification as SVG that stands in a page: no script, no style attribute, no address outside."""

from __future__ import annotations

import re
from typing import Any

from leaderboard.charts.lettering import is_chinese
from leaderboard.charts.palette import FONT

# Named before all others: what draws takes any face at all for a sign that its first one lacks.
CHINESE_FACES = "Noto Sans CJK SC, PingFang SC, Microsoft YaHei"
STYLE_ATTRIBUTE = re.compile(r' style="[^"]*"')


def svg(spec: dict[str, Any]) -> str:
    """Return the drawing. Costs 180 MB in the process at the first call: for workers, not for the web."""
    import vl_convert

    drawn: str = vl_convert.vegalite_to_svg(spec)
    return STYLE_ATTRIBUTE.sub("", drawn)


def png(drawing: str, *, scale: float = 2) -> bytes:
    """Return a drawing as a picture of so many times its size, in the letters that this machine has.

    It runs no Vega: the first call costs 10 MB in the process.
    """
    import vl_convert

    if any(map(is_chinese, drawing)):
        drawing = drawing.replace(FONT, f"{CHINESE_FACES}, {FONT}")
    picture: bytes = vl_convert.svg_to_png(drawing, scale=scale)
    return picture
