"""Draw the preview image of a shared link: title, figure with interval, and site."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.html import escape

from leaderboard.charts.lettering import estimate_width
from leaderboard.charts.palette import FONT, LIGHT, Palette

WIDTH, HEIGHT, EDGE = 1200, 630, 64
ROOM = WIDTH - 2 * EDGE
TITLE, FIGURE, NOTE, FOOT = 54, 112, 34, 28  # sizes of letters in pixels
BOLD, PLAIN = 0.58, 0.52  # how wide letters are to their height
# A Chinese sign may end a line by itself, but none begins with what closes a phrase.
WORD = re.compile(r"(?:[\u2e80-\uffef]|[^\s\u2e80-\uffef]+|\s+)[、。，；：？！”’）》]*")


@dataclass(frozen=True, slots=True)
class Card:
    """The texts of a preview image; without a figure the note has more room."""

    title: str
    figure: str
    note: str


def render_card(card: Card, *, site: str, palette: Palette = LIGHT) -> str:
    """Render the card as an SVG of 1200 by 630 pixels; text that does not fit ends in an ellipsis."""
    parts = [_mark(palette), *_written(["Lagline"], EDGE + 54, 90, 36, palette.ink, bold=True)]
    title = wrap_text(card.title, TITLE, most=3)
    y = 190
    parts += _written(title, EDGE, y, TITLE, palette.ink, bold=True)
    y += round(1.25 * TITLE * (len(title) - 1))
    if card.figure:
        font = min(FIGURE, int(ROOM / max(estimate_width(card.figure, 1), 1)))
        y += font + 40
        parts += _written([card.figure], EDGE, y, font, palette.follower, bold=True)
    y += 62
    most = max(1, (HEIGHT - 110 - y) // round(1.25 * NOTE) + 1)
    parts += _written(wrap_text(card.note, NOTE, most=most, letter=PLAIN), EDGE, y, NOTE, palette.muted)
    rule = f'<path d="M{EDGE} 560 H{WIDTH - EDGE}" stroke="{palette.line}" stroke-width="2"/>'
    parts += [rule, *_written([site], EDGE, 600, FOOT, palette.muted)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{palette.paper}"/>{"".join(parts)}</svg>'
    )


def wrap_text(text: str, font: int, *, most: int, letter: float = BOLD) -> list[str]:
    """Wrap a text into at most `most` lines of the card's width, and cut off the rest."""
    lines = [""]
    for word in WORD.findall(" ".join(text.split())):
        if lines[-1] and estimate_width(lines[-1] + word, font, letter=letter) > ROOM:
            lines.append("")
        lines[-1] = (lines[-1] + word).lstrip()
    kept = [line.rstrip() for line in lines if line][:most]
    return [*kept[:-1], f"{kept[-1][:-1]}…"] if len(lines) > most else kept


def _written(
    words: list[str], x: int, y: int, font: int, colour: str, *, bold: bool = False
) -> Iterator[str]:
    weight = "bold" if bold else "normal"
    for number, line in enumerate(words):
        yield (
            f'<text x="{x}" y="{y + round(1.25 * font) * number}" font-family="{FONT}" font-size="{font}" '
            f'font-weight="{weight}" fill="{colour}">{escape(line)}</text>'
        )


def _mark(palette: Palette) -> str:
    """Return the site's logo, two staircases."""
    leader = f'<path d="M1 17 H7 V9 H15 V2 H27" stroke="{palette.leader}" stroke-width="2"/>'
    follower = f'<path d="M9 18 H15 V13 H22 V7 H27" stroke="{palette.follower}" stroke-width="2.6"/>'
    return f'<g fill="none" transform="translate({EDGE} 60) scale(1.55)">{leader}{follower}</g>'
