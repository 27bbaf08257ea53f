"""Texts of the frontier chart: lags, cohorts, and the names of records where they fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest

from leaderboard.charts.frontier_parts import Bracket, Frontiers, Mark, Side
from leaderboard.charts.labels import Anchor, Box, Label, place_labels
from leaderboard.charts.lettering import Layer, estimate_width, layer_texts, shorten_name, shorten_names
from leaderboard.charts.palette import Palette
from leaderboard.charts.plane import Plane

WHERE_NAMES_GO = {
    "leader": ("left", "above-left", "above-right"),
    "follower": ("below-right", "right", "below-left"),
}


def layer_words(data: Frontiers, palette: Palette, plane: Plane) -> list[Layer]:
    """Return the layers of all texts."""
    ends = [layer for role, side in data.sides() for layer in _end(side, role, data, palette, plane)]
    return [*_mean(data, palette, plane), *ends, *_names(data, palette, plane)]


def _end(side: Side, role: str, data: Frontiers, palette: Palette, plane: Plane) -> list[Layer]:
    colors = {"ink": palette.ink, role: getattr(palette, role)}
    return [
        layer
        for line in _end_lines(side, role, data, plane.size.font)
        for layer in layer_texts(
            [plane.beside(data.as_of, side.records[-1].value, 8, line.dy) | {"text": line.text}],
            {"align": "left", "color": colors[line.color], "fontWeight": line.weight}
            | {"fontSize": plane.size.font},
            palette.paper,
        )
    ]


@dataclass(frozen=True, slots=True)
class EndLine:
    """A line of text right of the last day, `dy` pixels below the cohort's level."""

    text: str
    color: str
    weight: str
    dy: float


def _end_lines(side: Side, role: str, data: Frontiers, font: float) -> list[EndLine]:
    """Return the cohort, its newest record, and the standing lag at the level that it is drawn at."""
    if not side.records:
        return []
    up, spacing = role == data.upper(), font * 1.25
    rows = [(side.name, role, "bold"), (_newest(side), role, "normal")]
    first = -1.5 if up else 0.6
    if data.standing is not None and data.standing.level == side.records[-1].value:
        rows.insert(2 if up else 0, (data.standing.text, "ink", "bold"))
        first = -2.0 if up else 0.0
    return [EndLine(*row, dy=(first + place_of) * spacing) for place_of, row in enumerate(rows)]


def _end_boxes(data: Frontiers, plane: Plane) -> list[Box]:
    half, left = plane.size.font * 0.65, plane.x(data.as_of) + 4
    return [
        Box(left, middle - half, left + estimate_width(line.text, plane.size.font), middle + half)
        for role, side in data.sides()
        for line in _end_lines(side, role, data, plane.size.font)
        for middle in [plane.y(side.records[-1].value) + line.dy]
    ]


def _newest(side: Side) -> str:
    return shorten_name(side.records[-1].name, longest=14)


def _mean(data: Frontiers, palette: Palette, plane: Plane) -> list[Layer]:
    if data.mean is None:
        return []
    box = _mean_box(data.mean, data, plane)
    middle = (box.top + box.bottom) / 2 - plane.y(data.mean.level)
    where = plane.beside(data.mean.end, data.mean.level, box.left - plane.x(data.mean.end), middle)
    look = {"align": "left", "color": palette.ink, "fontWeight": "bold", "fontSize": plane.size.font}
    return layer_texts([where | {"text": data.mean.text}], look, palette.paper)


def _mean_box(mean: Bracket, data: Frontiers, plane: Plane) -> Box:
    """Return the box of the mean's text: right of its bracket, or lower if that place is taken."""
    font, length = plane.size.font, estimate_width(mean.text, plane.size.font)
    end, level = plane.x(mean.end) + 9, plane.y(mean.level)
    left = min(end, plane.size.width - length)
    taken = [*_end_boxes(data, plane), *_lines(data, plane)]
    for lower in (0.0, 1.4, 2.8, 4.2, 5.6, 7.0):
        middle = level + lower * font
        box = Box(left, middle - font * 0.65, left + length, middle + font * 0.65)
        if (lower or left == end) and not any(box.meets(other) for other in taken):
            break
    return box


def _names(data: Frontiers, palette: Palette, plane: Plane) -> list[Layer]:
    labels, short_names = _placed(data, plane), _short_names(data)
    layers = []
    for role, side in data.sides():
        named = [
            (mark, labels[f"{role} {mark.model}"])
            for mark in side.records
            if f"{role} {mark.model}" in labels
        ]
        for align in ("left", "right"):
            rows = [
                plane.beside(mark.on, mark.value, label.dx, label.dy) | {"text": short_names[mark.name]}
                for mark, label in named
                if label.align == align
            ]
            look = {"align": align, "color": getattr(palette, role), "fontSize": plane.size.font - 1}
            layers += layer_texts(rows, look, palette.paper)
    return layers


def _short_names(data: Frontiers) -> dict[str, str]:
    return shorten_names(mark.name for _role, side in data.sides() for mark in side.records)


def _placed(data: Frontiers, plane: Plane) -> dict[str, Label]:
    short_names = _short_names(data)
    wanted = [
        [
            Anchor(
                f"{role} {mark.model}",
                short_names[mark.name],
                plane.x(mark.on),
                plane.y(mark.value),
                WHERE_NAMES_GO[role],
            )
            for mark in _by_rise(side.records)
            if mark.on >= plane.first
        ]
        for role, side in data.sides()
    ]
    placed = place_labels(
        [anchor for pair in zip_longest(*wanted) for anchor in pair if anchor is not None],
        width=plane.size.width,
        height=plane.size.height,
        font=plane.size.font - 1,
        taken=[*_lines(data, plane), *_written(data, plane)],
    )
    return {label.key: label for label in placed}


def _by_rise(records: Sequence[Mark]) -> list[Mark]:
    """Return the records that raised the frontier far first; the newest is named at the end of its line."""
    before = [records[0].value, *(mark.value for mark in records)] if records else []
    raised = {mark.model: mark.value - low for mark, low in zip(records, before, strict=False)}
    return sorted(records[:-1], key=lambda mark: -raised[mark.model])


def _lines(data: Frontiers, plane: Plane) -> list[Box]:
    boxes = []
    for _, side in data.sides():
        ends = [(mark.on, mark.value) for mark in side.records]
        ends += [(data.as_of, value) for _, value in ends[-1:]]
        for (on, value), (until, rise) in pairwise(ends):
            left, right, level = plane.x(on), plane.x(until), plane.y(value)
            boxes.append(Box(left, level - 2, right, level + 2))
            boxes.append(Box(right - 1, plane.y(rise), right + 1, level))
    return boxes


def _written(data: Frontiers, plane: Plane) -> list[Box]:
    boxes = _end_boxes(data, plane)
    for bracket in (data.mean, data.standing):
        if bracket is not None:
            level = plane.y(bracket.level)
            boxes.append(Box(plane.x(bracket.start), level - 6, plane.x(bracket.end), level + 6))
    return [*boxes, _mean_box(data.mean, data, plane)] if data.mean else boxes
