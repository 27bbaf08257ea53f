"""Draw the standing lag over time with its interval as a band, and its forecast as a fan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from leaderboard.charts.lettering import Layer, estimate_width, format_decimal, layer_texts
from leaderboard.charts.palette import LIGHT, Palette, Size, build_config
from leaderboard.charts.plane import Plane, format_day
from leaderboard.lag.intervals import DatedLag, Interval

HEIGHT = 0.72  # of the other charts'


@dataclass(frozen=True, slots=True)
class LagPath:
    """The data of the chart; `fan` is the forecast after `as_of`, empty without one."""

    path: Sequence[DatedLag]
    fan: Sequence[DatedLag]
    as_of: date
    value_title: str
    end: str
    fan_end: str
    titles: dict[str, str]


def spec(data: LagPath, *, size: Size, palette: Palette = LIGHT) -> dict[str, Any]:
    """Return the Vega-Lite spec of the chart."""
    plane = _plane(data, size)
    layers = [
        *_band(data.path, plane, palette.shade),
        *_band(data.fan, plane, palette.line),
        _zero(plane, palette),
        _line(data.path, palette, [1, 0]),
        _line(data.fan, palette, [4, 4]),
        *_ends(data, palette, plane),
        _points(data, palette),
    ]
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": size.width,
        "height": plane.size.height,
        "config": build_config(palette, size),
        "encoding": {"x": plane.dates(), "y": plane.values(data.value_title)},
        "layer": [layer for layer in layers if layer["data"]["values"]],
    }


def _plane(data: LagPath, size: Size) -> Plane:
    known = _known([*data.path, *data.fan])
    levels = [end for _, lag in known for end in (lag.median, lag.lo, lag.hi) if end is not None]
    low, high = min([0.0, *levels]), max([1.0, *levels])
    first = min((on for on, _ in known), default=data.as_of)
    last = max([data.as_of, *(point.on for point in data.fan)])
    days = max((last - first).days, 60)
    behind = max(size.end_room, 16 + estimate_width(max(data.end, data.fan_end, key=len), size.font))
    right = timedelta(days=days * behind / (size.width - behind))
    own = Size(size.name, size.width, round(size.height * HEIGHT), size.font, size.end_room)
    room = (high - low) * 0.08
    return Plane(first - timedelta(days=days // 60), last, last + right, low - room, high + room, own)


def _known(lags: Sequence[DatedLag]) -> list[tuple[date, Interval]]:
    return [(point.on, point.lag) for point in lags if point.lag.median is not None]


def _band(lags: Sequence[DatedLag], plane: Plane, color: str) -> list[Layer]:
    # An open end goes to the plot's edge.
    rows = [
        {
            "date": format_day(on),
            "value": plane.low if lag.lo is None else lag.lo,
            "high": plane.high if lag.hi is None else lag.hi,
        }
        for on, lag in _known(lags)
    ]
    mark = {"type": "area", "color": color, "opacity": 0.75, "aria": False}
    return [{"data": {"values": rows}, "mark": mark, "encoding": {"y2": {"field": "high"}}}]


def _zero(plane: Plane, palette: Palette) -> Layer:
    return {
        "data": {"values": [{"date": format_day(plane.first), "end": format_day(plane.as_of), "value": 0}]},
        "mark": {"type": "rule", "color": palette.ink, "strokeWidth": 1, "aria": False},
        "encoding": {"x2": {"field": "end"}},
    }


def _line(lags: Sequence[DatedLag], palette: Palette, dash: list[int]) -> Layer:
    rows = [{"date": format_day(on), "value": lag.median} for on, lag in _known(lags)]
    mark = {"type": "line", "color": palette.follower, "strokeWidth": 2, "strokeDash": dash, "aria": False}
    return {"data": {"values": rows}, "mark": mark}


def _ends(data: LagPath, palette: Palette, plane: Plane) -> list[Layer]:
    layers = []
    for lags, text, weight in ((data.path, data.end, "bold"), (data.fan, data.fan_end, "normal")):
        known = _known(lags)
        if not (known and text):
            continue
        # With a fan, the last value stands above the fan's start; without one, right of its point.
        above = lags is data.path and len(data.fan) > 1
        tops = [point.lag.hi for point in data.fan[:2] if point.lag.hi is not None] if above else []
        on, last = known[-1]
        level = max([last.median or 0.0, *tops])
        where = plane.beside(on, level, 4 if above else 8, -1.1 * plane.size.font if above else 0)
        look = {"align": "left", "fontSize": plane.size.font, "fontWeight": weight}
        layers += layer_texts([where | {"text": text}], look | {"color": palette.ink}, palette.paper)
    return layers


def _points(data: LagPath, palette: Palette) -> Layer:
    rows = [
        {"date": format_day(on), "value": lag.median, "told": text, "said": f"{on}: {text}"}
        for on, lag in _known([*data.path, *data.fan])
        for text in [f"{format_decimal(lag.median or 0.0)} ({format_ends(lag)})"]
    ]
    tooltip = [
        {"field": "date", "type": "temporal", "title": data.titles["date"], "format": "%Y-%m-%d"},
        {"field": "told", "type": "nominal", "title": data.titles["lag"]},
    ]
    mark = {"type": "point", "filled": True, "size": 14, "opacity": 1, "color": palette.follower}
    return {
        "data": {"values": rows},
        "mark": mark,
        "encoding": {"tooltip": tooltip, "description": {"field": "said", "type": "nominal"}},
    }


def format_ends(interval: Interval) -> str:
    """Write the two ends of an interval in figures; an open end is blank."""
    low, high = ("" if end is None else format_decimal(end) for end in (interval.lo, interval.hi))
    return f"{low}–{high}"
