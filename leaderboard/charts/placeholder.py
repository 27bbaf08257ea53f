"""Draw the image that stands for a chart that does not exist yet."""

from __future__ import annotations

from django.utils.html import escape

from leaderboard.charts.palette import FONT, LIGHT, Palette

WIDTH, HEIGHT = 800, 160


def render_placeholder(title: str, note: str, *, palette: Palette = LIGHT) -> str:
    """Render two lines of text as an SVG of 800 by 160 pixels, as wide as a chart."""
    lines = [(title, 70, 24, "bold", palette.ink), (note, 108, 17, "normal", palette.muted)]
    parts = [
        f'<text x="{WIDTH // 2}" y="{y}" text-anchor="middle" font-family="{FONT}" font-size="{font}" '
        f'font-weight="{weight}" fill="{colour}">{escape(text)}</text>'
        for text, y, font, weight, colour in lines
    ]
    frame = (
        f'<rect x="1" y="1" width="{WIDTH - 2}" height="{HEIGHT - 2}" fill="{palette.paper}" '
        f'stroke="{palette.line}" stroke-width="2"/>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" role="img">'
        f"<title>{escape(title)}</title>{frame}{''.join(parts)}</svg>"
    )
