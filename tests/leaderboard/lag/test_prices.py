"""What capability costs, worked by hand."""

from __future__ import annotations

from datetime import date

from leaderboard.lag.prices import (
    Offer,
    build_price_frontier,
    find_price_drops,
    select_offers_in_force,
    select_past_levels,
)

A = Offer("a", date(2025, 1, 1), 10.0, "one")
A_CUT = Offer("a", date(2025, 6, 1), 4.0, "one")
A_ELSEWHERE = Offer("a", date(2025, 3, 1), 6.0, "two")
B = Offer("b", date(2025, 2, 1), 2.0, "one")
C = Offer("c", date(2025, 2, 1), 5.0, "one")
OFFERS = [A, A_CUT, A_ELSEWHERE, B, C]
LEVELS = {"a": 3.0, "b": 1.0, "c": 0.5, "unpriced": 9.0}


def test_a_models_price_is_the_cheapest_in_force_whoever_asks_it():
    assert select_offers_in_force(OFFERS, date(2025, 1, 31)) == {"a": A}
    assert select_offers_in_force(OFFERS, date(2025, 4, 1))["a"] == A_ELSEWHERE
    assert select_offers_in_force(OFFERS, date(2025, 7, 1))["a"] == A_CUT


def test_a_rise_in_price_replaces_what_the_same_provider_asked_before():
    risen = Offer("b", date(2025, 5, 1), 3.0, "one")
    assert select_offers_in_force([*OFFERS, risen], date(2025, 7, 1))["b"] == risen


def test_the_frontier_leaves_out_what_is_beaten_by_something_as_cheap():
    offers = build_price_frontier(LEVELS, OFFERS, date(2025, 7, 1))
    assert [(offer.offer.model, offer.offer.usd) for offer in offers] == [("b", 2.0), ("a", 4.0)]
    dearer = build_price_frontier(
        LEVELS, OFFERS, date(2025, 4, 1)
    )  # a costs 6 then, and c, worse than b, costs 5
    assert [offer.offer.model for offer in dearer] == ["b", "a"]


def test_a_level_becomes_cheaper_step_by_step_and_never_dearer():
    released = dict.fromkeys(("a", "b", "c"), date(2025, 1, 1))
    steps = find_price_drops(2.0, LEVELS, released, [*OFFERS, Offer("a", date(2025, 9, 1), 20.0, "one")])
    assert [(drop.on, drop.offer.usd) for drop in steps] == [
        (date(2025, 1, 1), 10.0),
        (date(2025, 3, 1), 6.0),
        (date(2025, 6, 1), 4.0),
    ]
    assert find_price_drops(9.0, LEVELS, released, OFFERS) == []


def test_an_offer_counts_from_the_models_release():
    (first, *_) = find_price_drops(2.0, LEVELS, {"a": date(2025, 1, 20)}, OFFERS)
    assert first.on == date(2025, 1, 20)


def test_the_levels_are_those_of_the_records_that_stood():
    records = [(date(2024, 1, 1), "old", 1.0), (date(2025, 1, 1), "new", 2.0)]
    assert select_past_levels(records, date(2026, 1, 1), (24, 18, 12, 6)) == [("new", 2.0), ("old", 1.0)]
    assert select_past_levels(records, date(2023, 1, 1), (6,)) == []


def test_of_equal_prices_the_better_model_counts_and_an_equal_one_never():
    offers = [Offer(name, date(2025, 1, 1), 2.0) for name in "abc"]
    frontier = build_price_frontier({"a": 1.0, "b": 3.0, "c": 3.0}, offers, date(2025, 1, 1))
    assert [priced.offer.model for priced in frontier] == ["b"]
    dearer = [Offer("a", date(2025, 1, 1), 1.0), Offer("b", date(2025, 1, 1), 2.0)]
    frontier = build_price_frontier({"a": 3.0, "b": 3.0}, dearer, date(2025, 1, 1))
    assert [(priced.offer.model, priced.level) for priced in frontier] == [("a", 3.0)]
    assert build_price_frontier({"a": 3.0}, dearer, date(2024, 12, 31)) == []


def test_of_one_day_the_cheapest_offer_is_a_drop_and_an_equal_price_is_none():
    released = dict.fromkeys("ab", date(2025, 1, 1))
    day = date(2025, 2, 1)
    offers = [Offer("a", date(2025, 1, 1), 9.0), Offer("a", day, 5.0), Offer("b", day, 4.0)]
    offers += [Offer("b", date(2025, 3, 1), 4.0), Offer("a", day, 4.0)]
    drops = find_price_drops(1.0, {"a": 1.0, "b": 2.0}, released, offers)
    assert [(drop.on, drop.offer.model, drop.offer.usd) for drop in drops] == [
        (date(2025, 1, 1), "a", 9.0),
        (day, "a", 4.0),
    ]
    assert find_price_drops(1.5, {"a": 1.0, "b": 2.0}, released, offers)[0].offer.model == "b"
    assert find_price_drops(1.0, {"a": 1.0}, {}, offers) == []


def test_a_past_level_counts_months_of_a_twelfth_of_a_year():
    records = [(date(2025, 7, 2), "new", 2.0)]
    # Six months before 1 January 2026 are 182.625 days, rounded to 183: 2 July 2025.
    assert select_past_levels(records, date(2026, 1, 1), (6,)) == [("new", 2.0)]
    assert select_past_levels(records, date(2025, 12, 31), (6,)) == []
    two = [(date(2024, 1, 1), "best", 3.0), (date(2025, 1, 1), "worse", 1.0)]
    assert select_past_levels(two, date(2026, 1, 1), (1, 18)) == [("best", 3.0), ("worse", 1.0)]
