"""The axis of dates needs no language, and places are where they should be."""

from __future__ import annotations

from datetime import date

from leaderboard.charts.palette import Size
from leaderboard.charts.plane import Plane, choose_ticks

SIZE = Size("test", width=100, height=50, font=10, end_room=0)


def test_long_spans_are_marked_by_years_and_short_ones_by_quarters() -> None:
    assert choose_ticks(date(2023, 5, 1), date(2026, 8, 1), 4)["format"] == "%Y"
    short = choose_ticks(date(2025, 11, 20), date(2026, 8, 1), 4)
    assert short["format"] == "%Y-%m"
    assert [(tick["year"], tick["month"]) for tick in short["values"]] == [(2026, 1), (2026, 4), (2026, 7)]


def test_of_more_quarters_than_there_is_room_for_every_second_is_marked() -> None:
    ticks = choose_ticks(date(2025, 1, 1), date(2026, 8, 1), 4)["values"]
    assert [(tick["year"], tick["month"]) for tick in ticks] == [(2025, 1), (2025, 7), (2026, 1), (2026, 7)]


def test_a_place_beside_a_point_is_told_in_the_data_s_own_units() -> None:
    plane = Plane(date(2026, 1, 1), date(2026, 4, 11), date(2026, 4, 11), 0.0, 10.0, SIZE)
    # 100 days over 100 pixels, 10 units over 50 pixels.
    assert plane.beside(date(2026, 1, 1), 4.0, 10, -5) == {"date": "2026-01-11T00:00:00Z", "value": 5.0}
    assert (plane.x(date(2026, 1, 11)), plane.y(5.0)) == (10.0, 25.0)
