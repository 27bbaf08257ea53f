"""The frontier is a running best, and records are what raised it."""

import pytest

from leaderboard.lag.frontier import Point, build_frontier

from .builders import day, line


def names(points):
    return [point.model for point in points]


def test_a_record_is_strictly_above_everything_earlier():
    frontier = line(("2024-01-01", 0.5), ("2024-02-01", 0.5), ("2024-03-01", 0.4), ("2024-04-01", 0.6))
    assert names(frontier.records) == ["m1", "m4"]


def test_of_one_day_only_the_best_counts_and_the_smallest_id_among_equals():
    on = day("2024-01-01")
    frontier = build_frontier(
        Point(name, on, value, on, on) for name, value in [("c", 0.5), ("b", 0.7), ("a", 0.7)]
    )
    assert names(frontier.records) == ["a"]


def test_the_value_steps_on_the_day_of_release_and_not_before():
    frontier = line(("2024-01-01", 0.5), ("2024-04-01", 0.6))
    values = [
        frontier.value_at(day(text)) for text in ("2023-12-31", "2024-01-01", "2024-03-31", "2024-04-01")
    ]
    assert values == [None, 0.5, 0.5, 0.6]


def test_a_tie_counts_as_reached():
    frontier = line(("2024-01-01", 0.5), ("2024-04-01", 0.6))
    assert frontier.first_at_level(0.5 + 5e-10).model == "m1"
    assert frontier.first_at_level(0.5 + 5e-9).model == "m2"
    assert frontier.first_at_level(0.61) is None


def test_a_level_between_two_records_is_interpolated_only_when_asked():
    frontier = line(("2024-01-01", 0.5), ("2024-01-11", 0.6))
    assert frontier.interpolated_day(0.53) == pytest.approx(day("2024-01-04"))
    assert frontier.interpolated_day(0.4) == day("2024-01-01")
    assert frontier.interpolated_day(0.7) is None


def test_a_cohort_without_a_value_has_an_empty_frontier():
    frontier = build_frontier([])
    assert (frontier.records, frontier.last_day, frontier.value_at(1), frontier.first_at_level(0.0)) == (
        (),
        None,
        None,
        None,
    )


def test_month_dates_bound_the_day_a_level_was_reached():
    exact = Point("exact", day("2024-03-20"), 0.6, day("2024-03-20"), day("2024-03-20"))
    month = Point("month", day("2024-03-16"), 0.7, day("2024-03-01"), day("2024-03-31"))
    assert build_frontier([exact, month]).days_at_level(0.6) == (day("2024-03-01"), day("2024-03-20"))


def test_a_record_is_above_the_one_before_by_more_than_a_tie():
    frontier = line(("2024-01-01", 0.0), ("2024-02-01", 1e-9), ("2024-03-01", 3e-9))
    assert names(frontier.records) == ["m1", "m3"]
    assert frontier.first_at_level(1e-9).model == "m1"
    assert frontier.days_at_level(1e-9) == (day("2024-01-01"),) * 2


def test_a_frontier_as_it_was_known_holds_the_models_until_that_day():
    frontier = line(("2024-01-01", 0.5), ("2024-04-01", 0.6), ("2024-05-01", 0.4))
    assert names(frontier.until(day("2024-04-01")).points) == ["m1", "m2"]
    assert names(frontier.until(day("2024-03-31")).records) == ["m1"]
    assert (frontier.first.model, frontier.best.model) == ("m1", "m2")
    assert frontier.last_day == day("2024-05-01")


def test_a_level_of_a_record_is_interpolated_to_its_own_day():
    frontier = line(("2024-01-01", 0.5), ("2024-01-11", 0.6), ("2024-02-10", 0.9))
    assert frontier.interpolated_day(0.6) == day("2024-01-11")
    assert frontier.interpolated_day(0.9) == day("2024-02-10")
    assert frontier.interpolated_day(0.7) == pytest.approx(day("2024-01-21"))
    assert frontier.interpolated_day(0.6 + 1e-10) == day("2024-01-11")
