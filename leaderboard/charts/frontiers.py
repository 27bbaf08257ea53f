"""Draw two frontiers over time, with names of records and the lag between them as brackets."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from leaderboard.charts.frontier_parts import Frontiers, Mark, Side
from leaderboard.charts.frontier_words import layer_words
from leaderboard.charts.lettering import Layer, format_decimal
from leaderboard.charts.palette import LIGHT, Palette, Size, build_config
from leaderboard.charts.plane import Plane, format_day


def spec(data: Frontiers, *, size: Size, palette: Palette = LIGHT) -> dict[str, Any]:
    """Return the Vega-Lite spec of the chart."""
    plane = _plane(data, size)
    layers = [
        *_bands(data, palette),
        _others(data, palette, plane),
        *(_line(side, role, data, palette, plane) for role, side in data.sides()),
        *_brackets(data, palette),
        *layer_words(data, palette, plane),
        *(_records(side, role, data, palette, plane) for role, side in data.sides()),
    ]
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": size.width,
        "height": size.height,
        "config": build_config(palette, size),
        "encoding": {
            "x": plane.dates(),
            "y": plane.values(data.value_title, ".0%" if data.percent else "", data.turned),
        },
        "layer": [layer for layer in layers if layer["data"]["values"]],
    }


def _plane(data: Frontiers, size: Size) -> Plane:
    starts = [side.records[0].on for _, side in data.sides() if side.records]
    # Leader models long before the follower's first one would squeeze the comparable part.
    first = max(min(starts), max(starts) - timedelta(days=540))
    values = [mark.value for _, side in data.sides() for mark in side.records if mark.on >= first]
    values += [_value_at(side, first) for _, side in data.sides()]
    low, high = min(values), max(values)
    room = (high - low) * 0.07 or 1.0
    days = (data.as_of - first).days
    margin, right = (
        timedelta(days=max(days // 40, 10)),
        timedelta(days=days * size.end_room // size.width + 20),
    )
    return Plane(first - margin, data.as_of, data.as_of + right, low - room, high + room, size)


def _value_at(side: Side, on: date) -> float:
    reached = [mark.value for mark in side.records if mark.on <= on]
    return reached[-1] if reached else side.records[0].value


def _row(mark: Mark, side: Side, data: Frontiers) -> dict[str, Any]:
    shown = -mark.value if data.turned else mark.value
    text = f"{format_decimal(100 * shown)}%" if data.percent else format_decimal(shown)
    row = {
        "date": format_day(mark.on),
        "value": mark.value,
        "name": mark.name,
        "cohort": side.name,
        "shown": shown,
    }
    return row | {"said": f"{mark.name}, {mark.on}: {text}"}


def _bands(data: Frontiers, palette: Palette) -> list[Layer]:
    rows = [
        {"date": format_day(band.start), "end": format_day(band.end), "value": band.low, "high": band.high}
        for band in data.bands
    ]
    return [
        {
            "data": {"values": rows},
            # The stroke closes the seams between neighbours.
            "mark": {"type": "rect", "color": palette.shade, "aria": False}
            | {"stroke": palette.shade, "strokeWidth": 0.7},
            "encoding": {"x2": {"field": "end"}, "y2": {"field": "high"}},
        }
    ]


def _others(data: Frontiers, palette: Palette, plane: Plane) -> Layer:
    rows = [
        _row(mark, side, data) | {"role": role}
        for role, side in data.sides()
        for mark in side.others
        if mark.on >= plane.first and mark.value >= plane.low
    ]
    return {
        "data": {"values": rows},
        "mark": {"type": "point", "filled": True, "size": 12, "opacity": 0.35, "aria": False},
        "encoding": {
            "color": {
                "field": "role",
                "scale": {"domain": ["leader", "follower"], "range": [palette.leader, palette.follower]},
                "legend": None,
            }
        },
    }


def _line(side: Side, role: str, data: Frontiers, palette: Palette, plane: Plane) -> Layer:
    shown = [mark for mark in side.records if mark.on >= plane.first]
    earlier = [mark for mark in side.records if mark.on < plane.first]
    steps = [(plane.first, earlier[-1].value)] if earlier else []
    steps += [(mark.on, mark.value) for mark in shown]
    steps += [(data.as_of, steps[-1][1])] if steps else []
    return {
        "data": {"values": [{"date": format_day(on), "value": value} for on, value in steps]},
        "mark": {
            "type": "line",
            "interpolate": "step-after",
            "color": getattr(palette, role),
            "strokeWidth": 2,
            "strokeDash": [5, 3] if role == "leader" else [1, 0],
            "strokeJoin": "round",
            "aria": False,
        },
    }


def _records(side: Side, role: str, data: Frontiers, palette: Palette, plane: Plane) -> Layer:
    tooltip = [
        {"field": "name", "type": "nominal", "title": data.titles["model"]},
        {"field": "date", "type": "temporal", "title": data.titles["date"], "format": "%Y-%m-%d"},
        {"field": "shown", "type": "quantitative", "title": data.value_title}
        | {"format": ".1%" if data.percent else ".4~g"},
    ]
    return {
        "data": {"values": [_row(mark, side, data) for mark in side.records if mark.on >= plane.first]},
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


def _brackets(data: Frontiers, palette: Palette) -> list[Layer]:
    brackets = [known for known in (data.mean, data.standing) if known is not None]
    spans = [
        {"date": format_day(bracket.start), "end": format_day(bracket.end), "value": bracket.level}
        for bracket in brackets
    ]
    ends = [
        {"date": format_day(on), "value": bracket.level}
        for bracket in brackets
        for on in (bracket.start, bracket.end)
    ]
    stroke = {"color": palette.ink, "aria": False}
    return [
        {
            "data": {"values": spans},
            "mark": {"type": "rule", "strokeWidth": 1.5} | stroke,
            "encoding": {"x2": {"field": "end"}},
        },
        {
            "data": {"values": ends},
            "mark": {"type": "tick", "orient": "vertical", "size": 11, "thickness": 1.5} | stroke,
        },
    ]
