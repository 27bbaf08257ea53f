"""Names find places where they cover nothing, the first ones first."""

from __future__ import annotations

from leaderboard.charts.labels import Anchor, Box, place_labels

SIDES = ("right", "left")


def test_a_name_goes_to_its_second_side_where_the_first_is_taken() -> None:
    taken = [Box(105, 90, 200, 110)]
    [label] = place_labels(
        [Anchor("a", "Alpha", 100, 100, SIDES)], width=300, height=200, font=12, taken=taken
    )
    assert label.align == "right"  # the text ends at the point: it stands left of it


def test_a_name_that_would_leave_the_plot_is_left_out() -> None:
    assert not place_labels(
        [Anchor("a", "A long name", 290, 100, ("right",))], width=300, height=200, font=12
    )


def test_of_two_names_that_cover_each_other_the_first_is_written() -> None:
    anchors = [
        Anchor("first", "First", 100, 100, ("right",)),
        Anchor("second", "Second", 100, 103, ("right",)),
    ]
    assert [label.key for label in place_labels(anchors, width=300, height=200, font=12)] == ["first"]
