"""Place names beside the points of a chart without overlap."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LETTER_WIDTH = 0.54  # mean width of a letter of Helvetica, in font sizes; wide names are rounded up
GAP = 7.0


@dataclass(frozen=True, slots=True)
class Anchor:
    """A point to label: its position in pixels from the upper left, and the sides to try in order."""

    key: str
    text: str
    x: float
    y: float
    sides: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Label:
    """A placed name: the anchor's key, the alignment of its text, and its offset from the point."""

    key: str
    align: str
    dx: float
    dy: float


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        """Tell whether two rectangles overlap."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


SIDES = {
    "left": ("right", -GAP, 0.0),
    "right": ("left", GAP, 0.0),
    "above-left": ("right", -GAP * 0.6, -GAP * 1.4),
    "below-right": ("left", GAP * 0.6, GAP * 1.5),
    "above-right": ("left", -GAP * 0.4, -GAP * 1.7),
    "below-left": ("right", GAP * 0.4, GAP * 1.7),
}


def place_labels(
    anchors: Sequence[Anchor], *, width: float, height: float, font: float, taken: Iterable[Box] = ()
) -> list[Label]:
    """Place as many names as fit, the most important first.

    Names cover neither points nor the boxes in `taken`.
    """
    frame = Box(-2, -2, width + 2, height + 2)
    boxes = [*taken, *(Box(a.x - 4, a.y - 4, a.x + 4, a.y + 4) for a in anchors)]
    labels = []
    for anchor in anchors:
        for side in anchor.sides:
            align, dx, dy = SIDES[side]
            box = _box(anchor, align, dx, dy, font)
            if _inside(box, frame) and not any(box.meets(other) for other in boxes):
                boxes.append(box)
                labels.append(Label(anchor.key, align, dx, dy))
                break
    return labels


def _box(anchor: Anchor, align: str, dx: float, dy: float, font: float) -> Box:
    long = len(anchor.text) * font * LETTER_WIDTH + 2
    left = anchor.x + dx - (long if align == "right" else 0)
    middle = anchor.y + dy
    return Box(left, middle - font * 0.62, left + long, middle + font * 0.62)


def _inside(box: Box, frame: Box) -> bool:
    return (
        frame.left <= box.left
        and box.right <= frame.right
        and frame.top <= box.top
        and box.bottom <= frame.bottom
    )
