"""The parameters of each list, as the API names them (the service's tests compare them with its schema).

Every value may be left out. The service refuses an unknown name or value and says what is allowed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal, TypedDict

Day = date | str


class Listing(TypedDict, total=False):
    """What every list takes."""

    fields: str | Sequence[str]
    """The only fields to return, in this order."""
    ordering: str | Sequence[str]
    """Fields to sort by, each with `-` before it for descending order."""
    as_of: Day
    """What was known on that day."""
    limit: int
    """The most rows to return; all without it. Not a parameter of the API."""


class ModelFilters(Listing, total=False):
    benchmark: str
    country: str
    developer: str
    openness: Literal["open", "closed"]
    released_from: Day
    released_to: Day
    search: str


class ScoreFilters(Listing, total=False):
    benchmark: str
    country: str
    model: str
    provenance: Literal["measured", "imported", "reported"]
    reported_by: Literal["vendor", "independent"]


class LagFilters(Listing, total=False):
    attribution: Literal["headquarters", "base-model", "host-country", "announcement"]
    benchmark: str
    domain: str
    follower: str
    leader: str
    reading: str
    scope: str


class BenchmarkFilters(Listing, total=False):
    domain: str
    kind: Literal["test", "index"]
    language: str


class DeveloperFilters(Listing, total=False):
    country: str


class EndpointFilters(Listing, total=False):
    enabled: bool
    model: str


class SuiteFilters(Listing, total=False):
    current: bool
    slug: str


class ClaimFilters(Listing, total=False):
    follower: str
    leader: str


class PriceFilters(Listing, total=False):
    model: str
    provider: str


class CorrectionFilters(Listing, total=False):
    subject: str
    table: str


class DisputeFilters(Listing, total=False):
    state: Literal["open", "upheld", "rejected", "withdrawn"]
    subject: str
    table: str


class ProposalFilters(Listing, total=False):
    developer: str
    owner: str
    state: Literal["open", "changes_requested", "confirmed", "rejected"]


class SubmissionFilters(Listing, total=False):
    model: str
    owner: str
    state: Literal["PENDING_REVIEW", "PENDING", "RUNNING", "FINISHED", "FAILED", "CANCELLED", "REJECTED"]
    submitter: str
    suite: str
