"""Render a spec as inline SVG: no script, no style attribute, no external address."""

from __future__ import annotations

import re
from typing import Any

from leaderboard.charts.palette import FONT

# What draws takes any face at all, one with serifs say, for words with a sign that its first one lacks.
CHINESE_OR_VIETNAMESE = re.compile("[\u01a0-\u01b0\u1e00-\u1eff\u2e80-\uffef]")
FACES_WITH_BOTH = "Noto Sans CJK SC, PingFang SC, Microsoft YaHei"
STYLE_ATTRIBUTE = re.compile(r' style="[^"]*"')
VEGAS_ENGLISH = re.compile(
    r' aria-(?:roledescription="(?:[a-z]+ mark container|title)"|label="Title text [^"]*")'
)


def render_svg(spec: dict[str, Any]) -> str:
    """Render a spec. The first call takes 180 MB: for workers, not for the web process."""
    import vl_convert

    drawn: str = vl_convert.vegalite_to_svg(spec)
    return VEGAS_ENGLISH.sub("", STYLE_ATTRIBUTE.sub("", drawn))


def render_png(drawing: str, *, scale: float = 2) -> bytes:
    """Render an SVG as a PNG of `scale` times its size, with the fonts of this machine.

    It does not run Vega: the first call takes 10 MB.
    """
    import vl_convert

    if CHINESE_OR_VIETNAMESE.search(drawing):
        drawing = drawing.replace(FONT, f"{FACES_WITH_BOTH}, {FONT}")
    picture: bytes = vl_convert.svg_to_png(drawing, scale=scale)
    return picture
