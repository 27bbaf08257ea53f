"""Draw capability against price: the best model at each price, as a step for each of two cohorts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Any

from leaderboard.charts.labels import Anchor, Box, place_labels
from leaderboard.charts.lettering import Layer, estimate_width, format_decimal, layer_texts, shorten_names
from leaderboard.charts.palette import LIGHT, Palette, Size, build_config

TICKS = (0.03, 0.1, 0.3, 1, 3, 10, 30, 100)


@dataclass(frozen=True, slots=True)
class PriceMark:
    """A model at its price (USD per million tokens) and its capability."""

    name: str
    usd: float
    level: float


@dataclass(frozen=True, slots=True)
class PriceFrontiers:
    """The data of the chart: each cohort's best model at each price, the cheapest first."""

    follower: Sequence[PriceMark]
    leader: Sequence[PriceMark]
    names: tuple[str, str]
    price_title: str
    level_title: str


def spec(data: PriceFrontiers, *, size: Size, palette: Palette = LIGHT) -> dict[str, Any]:
    """Return the Vega-Lite spec of the chart."""
    marks = [*data.follower, *data.leader]
    low, high = min(mark.usd for mark in marks) / 1.5, max(mark.usd for mark in marks) * 1.6
    levels = [mark.level for mark in marks]
    room = (max(levels) - min(levels)) * 0.08 or 1.0
    bottom, top = min(levels) - room, max(levels) + room
    sides = (("leader", data.leader, data.names[1]), ("follower", data.follower, data.names[0]))
    layers = [_steps(role, side, high, palette) for role, side, _ in sides]
    layers += _names(sides, palette, size, (low, high), (bottom, top))
    layers += [_points(role, side, palette, data) for role, side, _ in sides]
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": size.width,
        "height": size.height,
        "config": build_config(palette, size),
        "encoding": {
            "x": {
                "field": "usd",
                "type": "quantitative",
                "scale": {"type": "log", "domain": [low, high], "nice": False},
                "axis": {
                    "title": data.price_title,
                    "grid": True,
                    "values": [tick for tick in TICKS if low <= tick <= high],
                    "format": "~g",
                },
            },
            "y": {
                "field": "level",
                "type": "quantitative",
                "scale": {"domain": [bottom, top], "nice": False, "zero": False},
                "axis": {
                    "title": data.level_title,
                    "titleAngle": 0,
                    "titleAlign": "left",
                    "titleAnchor": "start",
                    "titleBaseline": "bottom",
                    "titleX": 0,
                    "titleY": -12,
                    "tickCount": 6,
                },
            },
        },
        "layer": [layer for layer in layers if layer["data"]["values"]],
    }


def _steps(role: str, side: Sequence[PriceMark], high: float, palette: Palette) -> Layer:
    rows = [{"usd": mark.usd, "level": mark.level} for mark in side]
    if side:
        rows.append({"usd": high, "level": side[-1].level})
    return {
        "data": {"values": rows},
        "mark": {
            "type": "line",
            "interpolate": "step-after",
            "color": getattr(palette, role),
            "strokeWidth": 2,
            "strokeDash": [5, 3] if role == "leader" else [1, 0],
            "aria": False,
        },
    }


SIDES = {"leader": ("above-left", "left", "above-right"), "follower": ("below-right", "right", "below-left")}


def _names(
    sides: Sequence[tuple[str, Sequence[PriceMark], str]],
    palette: Palette,
    size: Size,
    prices: tuple[float, float],
    levels: tuple[float, float],
) -> list[Layer]:
    """Name each line at its right end, and the models where there is room, the best first."""
    wide = log(prices[1] / prices[0])
    high = levels[1] - levels[0]
    marks = {
        f"{role} {mark.name}": (role, mark)
        for role, side, _ in sides
        for mark in sorted(side, key=lambda mark: -mark.level)
    }
    short_names = shorten_names(mark.name for _role, mark in marks.values())
    anchors = [
        Anchor(
            key,
            short_names[mark.name],
            log(mark.usd / prices[0]) / wide * size.width,
            (levels[1] - mark.level) / high * size.height,
            SIDES[role],
        )
        for key, (role, mark) in marks.items()
    ]
    ends = [
        Box(
            size.width - estimate_width(name, size.font), y - size.font * 1.7, size.width, y + size.font * 1.7
        )
        for _, side, name in sides
        if side
        for y in [(levels[1] - side[-1].level) / high * size.height]
    ]
    layers: list[Layer] = []
    for label in place_labels(anchors, width=size.width, height=size.height, font=size.font - 1, taken=ends):
        role, mark = marks[label.key]
        look = {"color": getattr(palette, role), "fontSize": size.font - 1}
        row = {"usd": mark.usd, "level": mark.level, "text": short_names[mark.name]}
        layers += layer_texts(
            [row], look | {"align": label.align, "dx": label.dx, "dy": label.dy}, palette.paper
        )
    for role, side, name in sides:
        rows = [{"usd": prices[1], "level": side[-1].level, "text": name}] if side else []
        look = {"color": getattr(palette, role), "fontSize": size.font, "fontWeight": "bold"}
        dy = -size.font if role == "leader" else size.font
        layers += layer_texts(rows, look | {"align": "right", "dy": dy}, palette.paper)
    return layers


def _points(role: str, side: Sequence[PriceMark], palette: Palette, data: PriceFrontiers) -> Layer:
    tooltip = [
        {"field": "name", "type": "nominal", "title": " "},
        {"field": "usd", "type": "quantitative", "title": data.price_title, "format": ".3~g"},
        {"field": "level", "type": "quantitative", "title": data.level_title, "format": ".2f"},
    ]
    return {
        "data": {
            "values": [
                {"usd": mark.usd, "level": mark.level, "name": mark.name}
                | {"said": f"{mark.name}, {format_decimal(mark.usd, 2)} USD: {format_decimal(mark.level)}"}
                for mark in side
            ]
        },
        "mark": {
            "type": "point",
            "filled": True,
            "shape": "square" if role == "leader" else "circle",
            "size": 46 if role == "leader" else 54,
            "opacity": 1,
            "color": getattr(palette, role),
            "stroke": palette.paper,
            "strokeWidth": 1,
        },
        "encoding": {"tooltip": tooltip, "description": {"field": "said", "type": "nominal"}},
    }
