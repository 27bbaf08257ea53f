"""The comparisons published beside the headline: those of claims, countries, prices and open weights."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from django.db.models import Q

from evals import queries as record
from evals.models import Claim
from leaderboard.comparisons import Cohort, Comparison
from leaderboard.lag.data import Pair, middle_of_month
from leaderboard.queries.estimates import FOLLOWER, LEADER

PARTIES = {"US": "US", "China": "CN", "open models": "open", "closed models": "closed"}
"""The cohorts of claims that have a published lag."""


def claim_comparison(claim: Claim) -> Comparison | None:
    """Return a claim's published comparison on its date (a month: its middle; a year: 1 July), or None."""
    follower, leader = PARTIES.get(claim.follower), PARTIES.get(claim.leader)
    if follower is None or leader is None or follower == leader:
        return None
    return replace(Comparison.from_pair(Pair(follower, leader)), on=claim_day(claim))


def claim_day(claim: Claim) -> date:
    """Return the date that a claim refers to."""
    if claim.about_on:
        return claim.about_on
    on: date = claim.claimed_on
    if claim.precision == "month":
        return middle_of_month(on.year, on.month)
    return on.replace(month=7, day=1) if claim.precision == "year" else on


def claim_comparisons() -> set[Comparison]:
    """Return the comparisons of the claims that give a figure."""
    given = Q(lag_months_low__isnull=False) | Q(lag_months_high__isnull=False)
    comparisons = (claim_comparison(claim) for claim in record.claims().filter(given))
    return {comparison for comparison in comparisons if comparison}


PRICE_LIMITS = (0.5, 1.0, 3.0, 10.0)
"""USD per million tokens, blended 3 input : 1 output, for the lag at equal price."""
OPEN_WEIGHTS = Comparison(Cohort(country=FOLLOWER, openness="open"), Cohort(country=LEADER, openness="open"))
"""Chinese against US open weights: the models whose downloads can be counted."""


def price_comparison(limit: float) -> Comparison:
    """Return the comparison of Chinese and US models, each from the day it was offered at a price."""
    return Comparison(Cohort(country=FOLLOWER, price=limit), Cohort(country=LEADER, price=limit))


def country_comparison(code: str) -> Comparison:
    """Return the comparison of a country's models with those of the US."""
    return Comparison.from_pair(Pair(code, LEADER))


def page_comparisons() -> list[Comparison]:
    """Return the composites published beside the headline: of claims, countries, prices and open weights."""
    codes = set(record.developers().order_by().values_list("country", flat=True)) - {FOLLOWER, LEADER}
    comparisons = {
        *map(country_comparison, codes),
        *map(price_comparison, PRICE_LIMITS),
        OPEN_WEIGHTS,
    } | claim_comparisons()
    return sorted(comparisons, key=str)
