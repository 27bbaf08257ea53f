"""Functions for the service of the environment or of the last login: each is the method of `Client`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Unpack

from lagline.client import Client
from lagline.downloads import LATEST, Progress
from lagline.filters import (
    BenchmarkFilters,
    ClaimFilters,
    Day,
    DeveloperFilters,
    EndpointFilters,
    LagFilters,
    Listing,
    ModelFilters,
    PriceFilters,
    ScoreFilters,
    SubmissionFilters,
    SuiteFilters,
)
from lagline.rows import Row, Rows


def scores(**filters: Unpack[ScoreFilters]) -> Rows:
    """Return scores with standard error, n, provenance and source."""
    with Client() as client:
        return client.scores(**filters)


def lags(**filters: Unpack[LagFilters]) -> Rows:
    """Return the newest published lag of each pair of cohorts, on each benchmark and over all."""
    with Client() as client:
        return client.lags(**filters)


def models(**filters: Unpack[ModelFilters]) -> Rows:
    """Return models with developer, country, openness and release date."""
    with Client() as client:
        return client.models(**filters)


def benchmarks(**filters: Unpack[BenchmarkFilters]) -> Rows:
    """Return benchmarks."""
    with Client() as client:
        return client.benchmarks(**filters)


def developers(**filters: Unpack[DeveloperFilters]) -> Rows:
    """Return developers."""
    with Client() as client:
        return client.developers(**filters)


def countries(**filters: Unpack[Listing]) -> Rows:
    """Return countries with their developers, models and share of open weights."""
    with Client() as client:
        return client.countries(**filters)


def suites(**filters: Unpack[SuiteFilters]) -> Rows:
    """Return suites, in their current versions unless `current` is False."""
    with Client() as client:
        return client.suites(**filters)


def endpoints(**filters: Unpack[EndpointFilters]) -> Rows:
    """Return the endpoints that models can be evaluated at."""
    with Client() as client:
        return client.endpoints(**filters)


def claims(**filters: Unpack[ClaimFilters]) -> Rows:
    """Return published statements of the lag."""
    with Client() as client:
        return client.claims(**filters)


def prices(**filters: Unpack[PriceFilters]) -> Rows:
    """Return every list price."""
    with Client() as client:
        return client.prices(**filters)


def adoption(**filters: Unpack[Listing]) -> Rows:
    """Return published figures of use."""
    with Client() as client:
        return client.adoption(**filters)


def exports(**filters: Unpack[Listing]) -> Rows:
    """Return the exports with their manifests, newest first."""
    with Client() as client:
        return client.exports(**filters)


def submissions(**filters: Unpack[SubmissionFilters]) -> Rows:
    """Return submissions with their progress, newest first."""
    with Client() as client:
        return client.submissions(**filters)


def compare(*models: str, **filters: Unpack[Listing]) -> Rows:
    """Return two to six models on every shared benchmark, with the difference from the first."""
    with Client() as client:
        return client.compare(*models, **filters)


def headline(follower: str = "CN", leader: str = "US", *, domain: str = "", as_of: Day | None = None) -> Row:
    """Return the newest lag over all benchmarks, or those of a domain. Raises NotFound."""
    with Client() as client:
        return client.headline(follower, leader, domain=domain, as_of=as_of)


def estimate(*, suite: str, model: str | None = None, endpoint: str | None = None) -> Row:
    """Return what a submission would cost; nothing is submitted."""
    with Client() as client:
        return client.estimate(suite=suite, model=model, endpoint=endpoint)


def submit(
    *,
    suite: str,
    model: str | None = None,
    endpoint: str | None = None,
    owner: str | None = None,
    budget_usd: Decimal | float | str | None = None,
    budget_calls: int | None = None,
    embargo_until: datetime | str | None = None,
    idempotency_key: str | None = None,
) -> Row:
    """Submit a model with one endpoint, or an endpoint, to a suite; a budget is never exceeded."""
    with Client() as client:
        return client.submit(
            suite=suite,
            model=model,
            endpoint=endpoint,
            owner=owner,
            budget_usd=budget_usd,
            budget_calls=budget_calls,
            embargo_until=embargo_until,
            idempotency_key=idempotency_key,
        )


def cancel(public_id: object) -> Row:
    """End a submission at once; answers that were paid for are kept."""
    with Client() as client:
        return client.cancel(public_id)


def fetch_export(
    *names: str, folder: str = LATEST, to: Path | str = ".", progress: Progress | None = None
) -> list[Path]:
    """Download files of an export, all without names, verify their hashes, and return their paths."""
    with Client() as client:
        return client.fetch_export(*names, folder=folder, to=to, progress=progress)


def follow(public_id: object) -> Iterator[Row]:
    """Yield each state of a submission until it has ended, the current one first."""
    with Client() as client:
        yield from client.follow(public_id)
