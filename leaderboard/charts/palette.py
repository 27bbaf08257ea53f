"""Colours, line styles and sizes of the charts: the same names as in the pages' style sheet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.formats import get_format
from django.utils.translation import gettext as _

FONT = "Helvetica Neue, Arial, Liberation Sans, sans-serif"


@dataclass(frozen=True, slots=True)
class Palette:
    """One hexadecimal colour for each role; a drawing is recoloured by exchanging them, so each is unique."""

    paper: str
    ink: str
    muted: str
    line: str
    follower: str
    leader: str
    shade: str


LIGHT = Palette(
    paper="#fdfcfa",
    ink="#1c1d20",
    muted="#5c5f66",
    line="#dedbd4",
    follower="#ae3d17",
    leader="#1f559b",
    shade="#e9d9c8",
)
DARK = Palette(
    paper="#131416",
    ink="#ecebe7",
    muted="#a3a6ad",
    line="#35373c",
    follower="#ff9b6e",
    leader="#8ebaf9",
    shade="#4a3a2f",
)
THEMES = {"light": LIGHT, "dark": DARK}


@dataclass(frozen=True, slots=True)
class Size:
    """The plot of a chart in pixels (without axes), and the size of its letters."""

    name: str
    width: int
    height: int
    font: int
    end_room: int  # right of the last day, for the names of the cohorts and of their newest records


WIDE = Size("wide", width=790, height=420, font=13, end_room=96)
NARROW = Size("narrow", width=318, height=380, font=12, end_room=88)
SIZES = {size.name: size for size in (WIDE, NARROW)}


def recolour(svg: str, palette: Palette) -> str:
    """Return a drawing of the light palette in another palette."""
    for role in Palette.__dataclass_fields__:
        svg = svg.replace(getattr(LIGHT, role), getattr(palette, role))
    return svg


def build_config(palette: Palette, size: Size) -> dict[str, Any]:
    """Return the part of a specification that all charts share."""
    text = {"font": FONT, "fontSize": size.font, "color": palette.ink}
    return {
        "background": palette.paper,
        "locale": {"number": _numbers()},
        "font": FONT,
        "padding": 4,
        "view": {"stroke": None},
        "text": text,
        # Vega's own descriptions are English; the points tell their own, the text below a chart the rest.
        "point": {"ariaRoleDescription": _("point")},
        "axis": {
            "aria": False,
            "labelFont": FONT,
            "labelFontSize": size.font,
            "labelColor": palette.muted,
            "labelPadding": 6,
            "titleFont": FONT,
            "titleFontSize": size.font,
            "titleFontWeight": "normal",
            "titleColor": palette.muted,
            "domain": False,
            "ticks": False,
            "gridColor": palette.line,
            "gridWidth": 1,
        },
        "axisX": {"domain": True, "domainColor": palette.muted, "ticks": True, "tickColor": palette.muted},
    }


def _numbers() -> dict[str, Any]:
    """Return how the axes and tooltips write numbers, as the language in use does."""
    point, comma = str(get_format("DECIMAL_SEPARATOR")), str(get_format("THOUSAND_SEPARATOR"))
    return {"decimal": point, "thousands": comma, "grouping": [3], "currency": ["", ""]}
