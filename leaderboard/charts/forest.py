"""Draw the lag and its interval in each of several rows; open ends are arrows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from leaderboard.charts.lettering import Layer, layer_texts
from leaderboard.charts.palette import LIGHT, Palette, Size, build_config

ROW_PIXELS = 36


@dataclass(frozen=True, slots=True)
class ForestRow:
    """One row: its name, the lag with its interval, and the same as text, or why there is none.

    An end that is None is open where the row has a value or another end.
    """

    name: str
    months: float | None
    low: float | None
    high: float | None
    text: str
    strong: bool = False

    @property
    def is_drawn(self) -> bool:
        """Tell whether the row has anything to draw."""
        return (self.months, self.low, self.high) != (None, None, None)


@dataclass(frozen=True, slots=True)
class Forest:
    """The rows of the chart from top to bottom, and the title of its axis."""

    rows: Sequence[ForestRow]
    value_title: str


def spec(data: Forest, *, size: Size, palette: Palette = LIGHT) -> dict[str, Any]:
    """Return the Vega-Lite spec of the chart."""
    low, high = _scale(data)
    height = ROW_PIXELS * len(data.rows)
    layers = [
        _zero(data, palette),
        *_intervals(data, palette, low, high),
        *_words(data, palette, size, low, high),
        _points(data, palette),
    ]
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": size.width,
        "height": height,
        "config": build_config(palette, size),
        "encoding": {
            "x": {
                "field": "months",
                "type": "quantitative",
                "scale": {"domain": [low, high], "nice": False, "zero": False},
                "axis": {"title": data.value_title, "grid": True, "tickCount": 6},
            },
            "y": {
                "field": "row",
                "type": "quantitative",
                "scale": {"domain": [len(data.rows) - 0.5, -0.5], "nice": False, "zero": False},
                "axis": None,
            },
        },
        "layer": [layer for layer in layers if layer["data"]["values"]],
    }


def _scale(data: Forest) -> tuple[float, float]:
    ends = [end for row in data.rows for end in (row.months, row.low, row.high) if end is not None]
    low, high = min([0.0, *ends]), max([1.0, *ends])
    room = (high - low) * 0.04
    return low - room, high + room


def _zero(data: Forest, palette: Palette) -> Layer:
    return {
        "data": {"values": [{"months": 0, "row": -0.5, "end": len(data.rows) - 0.5}]},
        "mark": {"type": "rule", "color": palette.ink, "strokeWidth": 1, "aria": False},
        "encoding": {"y2": {"field": "end"}},
    }


def _intervals(data: Forest, palette: Palette, low: float, high: float) -> list[Layer]:
    spans: list[dict[str, Any]] = []
    tips: dict[str, list[dict[str, Any]]] = {"triangle-left": [], "triangle-right": []}
    for place, row in enumerate(data.rows):
        if not row.is_drawn:
            continue
        spans.append(
            {"row": place + 0.2}
            | {"months": low if row.low is None else row.low, "end": high if row.high is None else row.high}
        )
        if row.low is None:
            tips["triangle-left"].append({"row": place + 0.2, "months": low})
        if row.high is None:
            tips["triangle-right"].append({"row": place + 0.2, "months": high})
    ink = {"color": palette.follower, "aria": False}
    rule = {"type": "rule", "strokeWidth": 2} | ink
    arrows: list[Layer] = [
        {
            "data": {"values": rows},
            "mark": {"type": "point", "shape": shape, "filled": True, "size": 60, "opacity": 1} | ink,
        }
        for shape, rows in tips.items()
    ]
    return [{"data": {"values": spans}, "mark": rule, "encoding": {"x2": {"field": "end"}}}, *arrows]


def _words(data: Forest, palette: Palette, size: Size, low: float, high: float) -> list[Layer]:
    layers = []
    for weight, strong in (("bold", True), ("normal", False)):
        rows = [(place, row) for place, row in enumerate(data.rows) if row.strong is strong]
        look = {"color": palette.ink, "fontSize": size.font, "fontWeight": weight}
        names = [{"row": place - 0.18, "months": low, "text": row.name} for place, row in rows]
        texts = [{"row": place - 0.18, "months": high, "text": row.text} for place, row in rows]
        layers += layer_texts(names, look | {"align": "left"}, palette.paper)
        layers += layer_texts(texts, look | {"align": "right"}, palette.paper)
    return layers


def _points(data: Forest, palette: Palette) -> Layer:
    rows = [
        {"row": place + 0.2, "months": row.months, "name": row.name, "told": row.text}
        | {"said": f"{row.name}: {row.text}"}
        for place, row in enumerate(data.rows)
        if row.months is not None
    ]
    tooltip = [{"field": name, "type": "nominal", "title": " "} for name in ("name", "told")]
    mark = {"type": "point", "filled": True, "size": 70, "opacity": 1, "color": palette.follower}
    return {
        "data": {"values": rows},
        "mark": mark | {"stroke": palette.paper, "strokeWidth": 1},
        "encoding": {"tooltip": tooltip, "description": {"field": "said", "type": "nominal"}},
    }
