"""The asynchronous client: the methods of `Client`, to be awaited. They are described there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Self, TypeVar, Unpack

import httpx

from lagline.cache import Cache
from lagline.downloads import LATEST, Progress, fetch_export, fetch_samples
from lagline.errors import LaglineError
from lagline.exchange import Access
from lagline.filters import (
    BenchmarkFilters,
    ClaimFilters,
    CorrectionFilters,
    Day,
    DeveloperFilters,
    DisputeFilters,
    EndpointFilters,
    LagFilters,
    Listing,
    ModelFilters,
    PriceFilters,
    ProposalFilters,
    ScoreFilters,
    SubmissionFilters,
    SuiteFilters,
)
from lagline.flows import Emit, Flow, Steps
from lagline.reading import read_headline, read_list, read_row, read_table, split_path
from lagline.retries import RetryPolicy
from lagline.rows import Row, Rows
from lagline.service import find_service, uses_proxies
from lagline.submissions import control, follow, rerun, submit
from lagline.transport import TIMEOUT_S, USER_AGENT, AsyncPerformer

T = TypeVar("T")


class AsyncClient:
    """A Lagline service, for asyncio: see `Client`."""

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        allow_http: bool | None = None,
        cache: Cache | None = Cache.default(),  # noqa: B008 - it is frozen, and opens nothing
        retries: RetryPolicy = RetryPolicy(),  # noqa: B008
        timeout_s: float = TIMEOUT_S,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._access = Access(find_service(url, token, allow_http=allow_http), retries, cache)
        headers = {"user-agent": USER_AGENT}
        self._http = httpx.AsyncClient(
            headers=headers, timeout=timeout_s, transport=transport, trust_env=uses_proxies(self.url)
        )
        self._sleep = sleep

    def __repr__(self) -> str:
        """Return the address, without the token."""
        return f"AsyncClient({self.url!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def url(self) -> str:
        """The address of the service."""
        return self._access.service.url

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _run(self, flow: Flow[T]) -> T:
        performer, steps = AsyncPerformer(self._http, self._sleep), Steps(flow)
        try:
            while steps.effect is not None:
                await perform(steps, performer)
            return steps.result
        finally:
            steps.close()
            await performer.close()

    async def _iterate(self, flow: Flow[None]) -> AsyncGenerator[Any, None]:
        performer, steps = AsyncPerformer(self._http, self._sleep), Steps(flow)
        try:
            while steps.effect is not None:
                if isinstance(steps.effect, Emit):
                    yield steps.effect.value
                    steps.answer(None)
                else:
                    await perform(steps, performer)
        finally:
            steps.close()
            await performer.close()

    async def models(self, **filters: Unpack[ModelFilters]) -> Rows:
        return await self._run(read_list(self._access, "models", filters=filters))

    async def scores(self, **filters: Unpack[ScoreFilters]) -> Rows:
        return await self._run(read_list(self._access, "scores", filters=filters))

    async def lags(self, **filters: Unpack[LagFilters]) -> Rows:
        return await self._run(read_list(self._access, "lags", filters=filters))

    async def benchmarks(self, **filters: Unpack[BenchmarkFilters]) -> Rows:
        return await self._run(read_list(self._access, "benchmarks", filters=filters))

    async def developers(self, **filters: Unpack[DeveloperFilters]) -> Rows:
        return await self._run(read_list(self._access, "developers", filters=filters))

    async def countries(self, **filters: Unpack[Listing]) -> Rows:
        return await self._run(read_list(self._access, "countries", filters=filters))

    async def suites(self, **filters: Unpack[SuiteFilters]) -> Rows:
        return await self._run(read_list(self._access, "suites", filters=filters))

    async def endpoints(self, **filters: Unpack[EndpointFilters]) -> Rows:
        return await self._run(read_list(self._access, "endpoints", filters=filters))

    async def fresh_editions(self, **filters: Unpack[Listing]) -> Rows:
        return await self._run(read_list(self._access, "fresh-editions", filters=filters))

    async def claims(self, **filters: Unpack[ClaimFilters]) -> Rows:
        return await self._run(read_list(self._access, "claims", filters=filters))

    async def judged_claims(self, **filters: Unpack[ClaimFilters]) -> Rows:
        return await self._run(read_list(self._access, "claims", "judged", filters=filters))

    async def changes(self, **filters: Unpack[Listing]) -> Rows:
        return await self._run(read_list(self._access, "changes", filters=filters))

    async def forecasts(self, **filters: Unpack[Listing]) -> Rows:
        return await self._run(read_list(self._access, "forecasts", filters=filters))

    async def corrections(self, **filters: Unpack[CorrectionFilters]) -> Rows:
        return await self._run(read_list(self._access, "corrections", filters=filters))

    async def disputes(self, **filters: Unpack[DisputeFilters]) -> Rows:
        return await self._run(read_list(self._access, "disputes", filters=filters))

    async def proposals(self, **filters: Unpack[ProposalFilters]) -> Rows:
        return await self._run(read_list(self._access, "proposals", filters=filters))

    async def prices(self, **filters: Unpack[PriceFilters]) -> Rows:
        return await self._run(read_list(self._access, "prices", filters=filters))

    async def lags_at_price(self, **filters: Unpack[Listing]) -> Rows:
        return await self._run(read_list(self._access, "price", "lags", filters=filters))

    async def price_frontier(self, **filters: Unpack[Listing]) -> Rows:
        return await self._run(read_list(self._access, "price", "frontier", filters=filters))

    async def costs(self, **filters: Unpack[Listing]) -> Rows:
        return await self._run(read_list(self._access, "price", "costs", filters=filters))

    async def adoption(self, **filters: Unpack[Listing]) -> Rows:
        return await self._run(read_list(self._access, "adoption", filters=filters))

    async def diffusion(self, **filters: Unpack[Listing]) -> Rows:
        return await self._run(read_list(self._access, "adoption", "diffusion", filters=filters))

    async def exports(self, **filters: Unpack[Listing]) -> Rows:
        return await self._run(read_list(self._access, "exports", filters=filters))

    async def submissions(self, **filters: Unpack[SubmissionFilters]) -> Rows:
        return await self._run(read_list(self._access, "submissions", filters=filters))

    async def notices(self, **filters: Unpack[Listing]) -> Rows:
        return await self._run(read_list(self._access, "account", "notices", filters=filters))

    async def compare(self, *models: str, **filters: Unpack[Listing]) -> Rows:
        return await self._run(read_list(self._access, "compare", filters={"models": models, **filters}))

    async def compare_pairs(self, *models: str, **filters: Unpack[Listing]) -> Rows:
        return await self._run(
            read_list(self._access, "compare", "pairs", filters={"models": models, **filters})
        )

    async def samples(self, run_id: int, **filters: Unpack[Listing]) -> Rows:
        return await self._run(read_list(self._access, "runs", run_id, "samples", filters=filters))

    async def model(self, slug: str, *, as_of: Day | None = None) -> Row:
        return await self._run(read_row(self._access, "models", slug, parameters={"as_of": as_of}))

    async def benchmark(self, slug: str, *, as_of: Day | None = None) -> Row:
        return await self._run(read_row(self._access, "benchmarks", slug, parameters={"as_of": as_of}))

    async def country(self, code: str, *, as_of: Day | None = None) -> Row:
        return await self._run(read_row(self._access, "countries", code, parameters={"as_of": as_of}))

    async def claim(self, slug: str, *, as_of: Day | None = None) -> Row:
        return await self._run(read_row(self._access, "claims", slug, parameters={"as_of": as_of}))

    async def lag(self, estimate_id: int, *, as_of: Day | None = None) -> Row:
        return await self._run(read_row(self._access, "lags", estimate_id, parameters={"as_of": as_of}))

    async def run(self, run_id: int, *, as_of: Day | None = None) -> Row:
        return await self._run(read_row(self._access, "runs", run_id, parameters={"as_of": as_of}))

    async def submission(self, public_id: object, *, as_of: Day | None = None) -> Row:
        return await self._run(read_row(self._access, "submissions", public_id, parameters={"as_of": as_of}))

    async def evidence(self, estimate_id: int) -> Row:
        return await self._run(read_row(self._access, "lags", estimate_id, "bill"))

    async def headline(
        self, follower: str = "CN", leader: str = "US", *, domain: str = "", as_of: Day | None = None
    ) -> Row:
        return await self._run(read_headline(self._access, follower, leader, domain, as_of))

    async def quotas(self) -> Row:
        return await self._run(read_row(self._access, "account", "quotas"))

    async def reliability(self) -> Rows:
        return await self._run(read_table(self._access, "reliability"))

    async def rows(self, path: str, **parameters: object) -> Rows:
        return await self._run(read_list(self._access, *split_path(path), filters=parameters))

    async def row(self, path: str, **parameters: object) -> Row:
        return await self._run(read_row(self._access, *split_path(path), parameters=parameters))

    async def estimate(self, *, suite: str, model: str | None = None, endpoint: str | None = None) -> Row:
        return await self._run(
            read_row(
                self._access, "estimate", parameters={"suite": suite, "model": model, "endpoint": endpoint}
            )
        )

    async def submit(
        self,
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
        fields = {
            "suite": suite,
            "model": model,
            "endpoint": endpoint,
            "owner": owner,
            "budget_usd": budget_usd,
            "budget_calls": budget_calls,
            "embargo_until": embargo_until,
        }
        return await self._run(submit(self._access, fields, idempotency_key))

    async def rerun(self, public_id: object, *, idempotency_key: str | None = None) -> Row:
        return await self._run(rerun(self._access, public_id, idempotency_key))

    async def cancel(self, public_id: object) -> Row:
        return await self._run(control(self._access, public_id, "cancel"))

    async def pause(self, public_id: object) -> Row:
        return await self._run(control(self._access, public_id, "pause"))

    async def resume(self, public_id: object) -> Row:
        return await self._run(control(self._access, public_id, "resume"))

    async def retry(self, public_id: object) -> Row:
        return await self._run(control(self._access, public_id, "retry"))

    async def rescore(self, public_id: object) -> Row:
        return await self._run(control(self._access, public_id, "rescore"))

    def follow(self, public_id: object) -> AsyncGenerator[Row, None]:
        return self._iterate(follow(self._access, public_id))

    async def fetch_export(
        self, *names: str, folder: str = LATEST, to: Path | str = ".", progress: Progress | None = None
    ) -> list[Path]:
        return await self._run(fetch_export(self._access, names, folder, Path(to), progress))

    async def fetch_samples(self, run_id: int, *, to: Path | str = ".") -> Path:
        return await self._run(fetch_samples(self._access, run_id, Path(to) / f"samples-{run_id}.jsonl"))


async def perform(steps: Steps[T], performer: AsyncPerformer) -> None:
    """Perform the next effect of a flow."""
    assert steps.effect is not None
    try:
        value = await performer.perform(steps.effect)
    except LaglineError as error:
        steps.fail(error)
    else:
        steps.answer(value)
