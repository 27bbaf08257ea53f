"""Draw a specification as SVG that stands in a page: no script, no style attribute, no address outside."""

from __future__ import annotations

import re
from typing import Any

STYLE_ATTRIBUTE = re.compile(r' style="[^"]*"')


def svg(spec: dict[str, Any]) -> str:
    """Return the drawing. Costs 180 MB in the process at the first call: for workers, not for the web."""
    import vl_convert

    drawn: str = vl_convert.vegalite_to_svg(spec)
    return STYLE_ATTRIBUTE.sub("", drawn)


def png(drawing: str) -> bytes:
    """Return a drawing as a picture of twice its size, for places that take no SVG."""
    import vl_convert

    picture: bytes = vl_convert.svg_to_png(drawing, scale=2)
    return picture
