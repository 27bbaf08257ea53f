"""Draw the standing lag over time as a line, with the lag of each record of the follower."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

from leaderboard.charts.labels import Anchor, Box, Label, place_labels
from leaderboard.charts.lettering import Layer, estimate_width, format_decimal, layer_texts, shorten_names
from leaderboard.charts.palette import LIGHT, Palette, Size, build_config
from leaderboard.charts.plane import Plane, format_day

WHERE_NAMES_GO = ("below-right", "below-left", "above-left", "above-right", "right", "left")
ARROW_PIXELS = 22
YEAR = timedelta(days=365)


class Censoring(StrEnum):
    """Whether a lag is exact, a lower limit, or an upper limit."""

    EXACT = "exact"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"


@dataclass(frozen=True, slots=True)
class EventMark:
    """The lag of one record, at its release date; `match` is the leader's model that had been as good."""

    name: str
    on: date
    months: float
    match: str = ""
    bound: Censoring = Censoring.EXACT


@dataclass(frozen=True, slots=True)
class LagPoint:
    """The standing lag on a day."""

    on: date
    months: float


@dataclass(frozen=True, slots=True)
class LagOverTime:
    """All that the chart shows; each piece of the line is drawn unbroken, `mean` over the last 12 months.

    `standing` is the text at the end of the line: months, a limit, or that the cohorts are level.
    """

    events: Sequence[EventMark]
    pieces: Sequence[Sequence[LagPoint]]
    as_of: date
    value_title: str
    mean: float | None = None
    standing: str = ""
    titles: dict[str, str] = field(
        default_factory=lambda: {"model": "Model", "date": "Released", "match": "As good before"}
    )


def spec(data: LagOverTime, *, size: Size, palette: Palette = LIGHT) -> dict[str, Any]:
    """Return the Vega-Lite spec of the chart."""
    plane = _plane(data, size)
    layers = [
        _zero(plane, palette),
        *_line(data, palette),
        *_mean(data, palette, plane),
        *_arrows(data, palette, plane),
        *_ends(data, palette, plane),
        *_names(data, palette, plane),
        _events(data, palette),
    ]
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": size.width,
        "height": round(size.height * 0.72),
        "config": build_config(palette, size),
        "encoding": {"x": plane.dates(), "y": plane.values(data.value_title)},
        "layer": [layer for layer in layers if layer["data"]["values"]],
    }


def _plane(data: LagOverTime, size: Size) -> Plane:
    moments = [moment for piece in data.pieces for moment in piece]
    first = min([*(event.on for event in data.events), *(moment.on for moment in moments), data.as_of])
    months = [0.0, *(event.months for event in data.events), *(moment.months for moment in moments)]
    months += [] if data.mean is None else [data.mean]
    low, high = min(months), max(months)
    room = (high - low) * 0.09 or 1.0
    days = max((data.as_of - first).days, 60)
    right = timedelta(days=days * size.end_room // size.width + 20)
    own = Size(size.name, size.width, round(size.height * 0.72), size.font, size.end_room)
    margin = timedelta(days=days // 40)
    return Plane(first - margin, data.as_of, data.as_of + right, low - room, high + room, own)


def _zero(plane: Plane, palette: Palette) -> Layer:
    ends = [{"date": format_day(plane.first), "end": format_day(plane.as_of), "value": 0}]
    return {
        "data": {"values": ends},
        "mark": {"type": "rule", "color": palette.ink, "strokeWidth": 1, "aria": False},
        "encoding": {"x2": {"field": "end"}},
    }


def _line(data: LagOverTime, palette: Palette) -> list[Layer]:
    rows = [
        {"date": format_day(moment.on), "value": moment.months, "piece": place_of}
        for place_of, piece in enumerate(data.pieces)
        for moment in piece
    ]
    mark = {"type": "line", "color": palette.follower, "strokeWidth": 1.5, "opacity": 0.6, "aria": False}
    return [{"data": {"values": rows}, "mark": mark, "encoding": {"detail": {"field": "piece"}}}]


def _mean(data: LagOverTime, palette: Palette, plane: Plane) -> list[Layer]:
    if data.mean is None:
        return []
    start = max(data.as_of - YEAR, plane.first)
    span = {"date": format_day(start), "end": format_day(data.as_of), "value": data.mean}
    rule = {"type": "rule", "color": palette.ink, "strokeWidth": 2, "strokeDash": [2, 2], "aria": False}
    return [{"data": {"values": [span]}, "mark": rule, "encoding": {"x2": {"field": "end"}}}]


def _ends(data: LagOverTime, palette: Palette, plane: Plane) -> list[Layer]:
    rows = [
        plane.beside(data.as_of, months, 8, dy) | {"text": text}
        for months, text, dy in _end_lines(data, plane)
    ]
    look = {"align": "left", "color": palette.ink, "fontWeight": "bold", "fontSize": plane.size.font}
    return layer_texts(rows, look, palette.paper)


def _end_lines(data: LagOverTime, plane: Plane) -> list[tuple[float, str, float]]:
    """Return the figures behind the last day: months, words, and how far they are moved apart in pixels."""
    figures = [] if data.mean is None else [(data.mean, _("mean %(n)s") % {"n": format_decimal(data.mean)})]
    if data.standing and data.pieces:
        figures.append((data.pieces[-1][-1].months, data.standing))
    high = max(figures, default=(0.0, ""))
    low = min(figures, default=(0.0, ""))
    near = 1.3 * plane.size.font - (plane.y(low[0]) - plane.y(high[0]))
    apart = max(near, 0.0) / 2 if len(figures) > 1 else 0.0
    return [(months, text, -apart if (months, text) == high else apart) for months, text in figures]


def _arrows(data: LagOverTime, palette: Palette, plane: Plane) -> list[Layer]:
    """Return an arrow from each lag that is only a bound, towards where the true one lies."""
    layers = []
    for bound, up, shape in (
        (Censoring.AT_LEAST, -1, "triangle-up"),
        (Censoring.AT_MOST, 1, "triangle-down"),
    ):
        events = [event for event in data.events if event.bound is bound]
        tips = [plane.beside(event.on, event.months, 0, up * ARROW_PIXELS) for event in events]
        rows = [
            {"date": format_day(event.on), "value": event.months, "tip": tip["value"]}
            for event, tip in zip(events, tips, strict=True)
        ]
        stroke = {"color": palette.follower, "aria": False}
        layers += [
            {
                "data": {"values": rows},
                "mark": {"type": "rule", "strokeWidth": 1.5} | stroke,
                "encoding": {"y2": {"field": "tip"}},
            },
            {
                "data": {"values": tips},
                "mark": {"type": "point", "shape": shape, "filled": True, "size": 44, "opacity": 1} | stroke,
            },
        ]
    return layers


def _events(data: LagOverTime, palette: Palette) -> Layer:
    signs = {Censoring.EXACT: "", Censoring.AT_LEAST: "≥ ", Censoring.AT_MOST: "≤ "}
    rows = [
        {"date": format_day(event.on), "value": event.months, "name": event.name, "match": event.match or "–"}
        | {"lag": lag, "said": f"{event.name}, {event.on}: {lag}"}
        for event in data.events
        for lag in [f"{signs[event.bound]}{format_decimal(event.months)}"]
    ]
    tooltip = [
        {"field": "name", "type": "nominal", "title": data.titles["model"]},
        {"field": "date", "type": "temporal", "title": data.titles["date"], "format": "%Y-%m-%d"},
        {"field": "lag", "type": "nominal", "title": data.value_title},
        {"field": "match", "type": "nominal", "title": data.titles["match"]},
    ]
    return {
        "data": {"values": rows},
        "mark": {"type": "point", "filled": True, "shape": "circle", "size": 54, "opacity": 1}
        | {"color": palette.follower, "stroke": palette.paper, "strokeWidth": 1},
        "encoding": {"tooltip": tooltip, "description": {"field": "said", "type": "nominal"}},
    }


def _names(data: LagOverTime, palette: Palette, plane: Plane) -> list[Layer]:
    labels, short_names = _placed(data, plane), shorten_names(event.name for event in data.events)
    named = [(event, labels[key]) for event in data.events if (key := _key(event)) in labels]
    layers = []
    for align in ("left", "right"):
        rows = [
            plane.beside(event.on, event.months, label.dx, label.dy) | {"text": short_names[event.name]}
            for event, label in named
            if label.align == align
        ]
        look = {"align": align, "color": palette.follower, "fontSize": plane.size.font - 1}
        layers += layer_texts(rows, look, palette.paper)
    return layers


def _key(event: EventMark) -> str:
    return f"{event.on} {event.name}"


def _placed(data: LagOverTime, plane: Plane) -> dict[str, Label]:
    # The newest record first, then the ones that stand out: the longest lags and the shortest.
    middle = sorted(event.months for event in data.events)[len(data.events) // 2] if data.events else 0.0
    newest = max(data.events, key=lambda event: event.on, default=None)
    order = sorted(data.events, key=lambda event: (event is not newest, -abs(event.months - middle)))
    short_names = shorten_names(event.name for event in data.events)
    anchors = [
        Anchor(_key(event), short_names[event.name], plane.x(event.on), plane.y(event.months), WHERE_NAMES_GO)
        for event in order
    ]
    font = plane.size.font - 1
    taken = [*_line_boxes(data, plane), *_word_boxes(data, plane)]
    placed = place_labels(anchors, width=plane.size.width, height=plane.size.height, font=font, taken=taken)
    return {label.key: label for label in placed}


def _line_boxes(data: LagOverTime, plane: Plane) -> list[Box]:
    # A slanting line is covered by boxes between its moments, which are a month apart at most.
    return [
        Box(
            plane.x(start.on) - 1,
            min(plane.y(start.months), plane.y(end.months)) - 1,
            plane.x(end.on) + 1,
            max(plane.y(start.months), plane.y(end.months)) + 1,
        )
        for piece in data.pieces
        for start, end in pairwise(piece)
    ]


def _word_boxes(data: LagOverTime, plane: Plane) -> list[Box]:
    half, left = plane.size.font * 0.65, plane.x(data.as_of) + 4
    boxes = [
        Box(
            left,
            plane.y(months) + dy - half,
            left + estimate_width(text, plane.size.font),
            plane.y(months) + dy + half,
        )
        for months, text, dy in _end_lines(data, plane)
    ]
    boxes += [
        Box(
            plane.x(event.on) - 5,
            plane.y(event.months) - ARROW_PIXELS - 4,
            plane.x(event.on) + 5,
            plane.y(event.months),
        )
        for event in data.events
        if event.bound is Censoring.AT_LEAST
    ]
    if data.mean is not None:
        level = plane.y(data.mean)
        boxes.append(
            Box(plane.x(max(data.as_of - YEAR, plane.first)), level - 2, plane.x(data.as_of), level + 2)
        )
    return boxes
