"""The synchronous client."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
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
from lagline.transport import TIMEOUT_S, USER_AGENT, Performer

T = TypeVar("T")


class Client:
    """A Lagline service. It can be used as a context manager, and by several threads.

    Address and token are those given, else LAGLINE_URL and LAGLINE_TOKEN, else those of `lagline login`.
    Reading needs no token. `cache` is the folder for responses, or None for none. Lists take the parameters
    of the API and return the rows of all pages.

    Every method raises ServiceError with the code of a refusal, and Unreachable if the service does not
    answer; requests that can be repeated have been by then.
    """

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        allow_http: bool | None = None,
        cache: Cache | None = Cache.default(),  # noqa: B008 - it is frozen, and opens nothing
        retries: RetryPolicy = RetryPolicy(),  # noqa: B008
        timeout_s: float = TIMEOUT_S,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._access = Access(find_service(url, token, allow_http=allow_http), retries, cache)
        headers = {"user-agent": USER_AGENT}
        self._http = httpx.Client(
            headers=headers, timeout=timeout_s, transport=transport, trust_env=uses_proxies(self.url)
        )
        self._sleep = sleep

    def __repr__(self) -> str:
        """Return the address, without the token."""
        return f"Client({self.url!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def url(self) -> str:
        """The address of the service."""
        return self._access.service.url

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _run(self, flow: Flow[T]) -> T:
        performer, steps = Performer(self._http, self._sleep), Steps(flow)
        try:
            while steps.effect is not None:
                perform(steps, performer)
            return steps.result
        finally:
            steps.close()
            performer.close()

    def _iterate(self, flow: Flow[None]) -> Generator[Any, None, None]:
        performer, steps = Performer(self._http, self._sleep), Steps(flow)
        try:
            while steps.effect is not None:
                if isinstance(steps.effect, Emit):
                    yield steps.effect.value
                    steps.answer(None)
                else:
                    perform(steps, performer)
        finally:
            steps.close()
            performer.close()

    def models(self, **filters: Unpack[ModelFilters]) -> Rows:
        """Return models with developer, country, openness and release date."""
        return self._run(read_list(self._access, "models", filters=filters))

    def scores(self, **filters: Unpack[ScoreFilters]) -> Rows:
        """Return scores with standard error, n, provenance and source."""
        return self._run(read_list(self._access, "scores", filters=filters))

    def lags(self, **filters: Unpack[LagFilters]) -> Rows:
        """Return the newest published lag of each pair of cohorts, on each benchmark and over all."""
        return self._run(read_list(self._access, "lags", filters=filters))

    def benchmarks(self, **filters: Unpack[BenchmarkFilters]) -> Rows:
        """Return benchmarks."""
        return self._run(read_list(self._access, "benchmarks", filters=filters))

    def developers(self, **filters: Unpack[DeveloperFilters]) -> Rows:
        """Return developers."""
        return self._run(read_list(self._access, "developers", filters=filters))

    def countries(self, **filters: Unpack[Listing]) -> Rows:
        """Return countries with their developers, models and share of open weights."""
        return self._run(read_list(self._access, "countries", filters=filters))

    def suites(self, **filters: Unpack[SuiteFilters]) -> Rows:
        """Return suites, in their current versions unless `current` is False."""
        return self._run(read_list(self._access, "suites", filters=filters))

    def endpoints(self, **filters: Unpack[EndpointFilters]) -> Rows:
        """Return the endpoints that models can be evaluated at."""
        return self._run(read_list(self._access, "endpoints", filters=filters))

    def fresh_editions(self, **filters: Unpack[Listing]) -> Rows:
        """Return the months of lagline-fresh with their commitments and seeds."""
        return self._run(read_list(self._access, "fresh-editions", filters=filters))

    def claims(self, **filters: Unpack[ClaimFilters]) -> Rows:
        """Return published statements of the lag."""
        return self._run(read_list(self._access, "claims", filters=filters))

    def judged_claims(self, **filters: Unpack[ClaimFilters]) -> Rows:
        """Return published statements, each compared with the lag of its day."""
        return self._run(read_list(self._access, "claims", "judged", filters=filters))

    def changes(self, **filters: Unpack[Listing]) -> Rows:
        """Return how the estimates changed, and which data changed them."""
        return self._run(read_list(self._access, "changes", filters=filters))

    def forecasts(self, **filters: Unpack[Listing]) -> Rows:
        """Return every forecast with its outcome."""
        return self._run(read_list(self._access, "forecasts", filters=filters))

    def corrections(self, **filters: Unpack[CorrectionFilters]) -> Rows:
        """Return corrections of the data, each with its reason."""
        return self._run(read_list(self._access, "corrections", filters=filters))

    def disputes(self, **filters: Unpack[DisputeFilters]) -> Rows:
        """Return objections to facts with their answers."""
        return self._run(read_list(self._access, "disputes", filters=filters))

    def proposals(self, **filters: Unpack[ProposalFilters]) -> Rows:
        """Return proposed models, and what was decided about them."""
        return self._run(read_list(self._access, "proposals", filters=filters))

    def prices(self, **filters: Unpack[PriceFilters]) -> Rows:
        """Return every list price."""
        return self._run(read_list(self._access, "prices", filters=filters))

    def lags_at_price(self, **filters: Unpack[Listing]) -> Rows:
        """Return the lag at equal price."""
        return self._run(read_list(self._access, "price", "lags", filters=filters))

    def price_frontier(self, **filters: Unpack[Listing]) -> Rows:
        """Return the best model at each price."""
        return self._run(read_list(self._access, "price", "frontier", filters=filters))

    def costs(self, **filters: Unpack[Listing]) -> Rows:
        """Return when a level of capability became cheaper."""
        return self._run(read_list(self._access, "price", "costs", filters=filters))

    def adoption(self, **filters: Unpack[Listing]) -> Rows:
        """Return published figures of use."""
        return self._run(read_list(self._access, "adoption", filters=filters))

    def diffusion(self, **filters: Unpack[Listing]) -> Rows:
        """Return the time from equal capability to equal use."""
        return self._run(read_list(self._access, "adoption", "diffusion", filters=filters))

    def exports(self, **filters: Unpack[Listing]) -> Rows:
        """Return the exports with their manifests, newest first."""
        return self._run(read_list(self._access, "exports", filters=filters))

    def submissions(self, **filters: Unpack[SubmissionFilters]) -> Rows:
        """Return submissions with their progress, newest first."""
        return self._run(read_list(self._access, "submissions", filters=filters))

    def notices(self, **filters: Unpack[Listing]) -> Rows:
        """Return events of yourself and of your organisations."""
        return self._run(read_list(self._access, "account", "notices", filters=filters))

    def compare(self, *models: str, **filters: Unpack[Listing]) -> Rows:
        """Return two to six models on every shared benchmark, with the difference from the first."""
        return self._run(read_list(self._access, "compare", filters={"models": models, **filters}))

    def compare_pairs(self, *models: str, **filters: Unpack[Listing]) -> Rows:
        """Return two to six models head to head."""
        return self._run(read_list(self._access, "compare", "pairs", filters={"models": models, **filters}))

    def samples(self, run_id: int, **filters: Unpack[Listing]) -> Rows:
        """Return the samples of a run with the raw answers."""
        return self._run(read_list(self._access, "runs", run_id, "samples", filters=filters))

    def model(self, slug: str, *, as_of: Day | None = None) -> Row:
        """Return a model with all its scores."""
        return self._run(read_row(self._access, "models", slug, parameters={"as_of": as_of}))

    def benchmark(self, slug: str, *, as_of: Day | None = None) -> Row:
        """Return a benchmark."""
        return self._run(read_row(self._access, "benchmarks", slug, parameters={"as_of": as_of}))

    def country(self, code: str, *, as_of: Day | None = None) -> Row:
        """Return a country with its records and its lag."""
        return self._run(read_row(self._access, "countries", code, parameters={"as_of": as_of}))

    def claim(self, slug: str, *, as_of: Day | None = None) -> Row:
        """Return a published statement of the lag."""
        return self._run(read_row(self._access, "claims", slug, parameters={"as_of": as_of}))

    def lag(self, estimate_id: int, *, as_of: Day | None = None) -> Row:
        """Return an estimate of any age."""
        return self._run(read_row(self._access, "lags", estimate_id, parameters={"as_of": as_of}))

    def run(self, run_id: int, *, as_of: Day | None = None) -> Row:
        """Return a run with its settings, versions and results."""
        return self._run(read_row(self._access, "runs", run_id, parameters={"as_of": as_of}))

    def submission(self, public_id: object, *, as_of: Day | None = None) -> Row:
        """Return a submission with the progress of its runs and its scores."""
        return self._run(read_row(self._access, "submissions", public_id, parameters={"as_of": as_of}))

    def evidence(self, estimate_id: int) -> Row:
        """Return the scores, runs and sources of a published lag, and the command that recomputes it."""
        return self._run(read_row(self._access, "lags", estimate_id, "bill"))

    def headline(
        self, follower: str = "CN", leader: str = "US", *, domain: str = "", as_of: Day | None = None
    ) -> Row:
        """Return the newest lag over all benchmarks, or those of a domain. Raises NotFound."""
        return self._run(read_headline(self._access, follower, leader, domain, as_of))

    def quotas(self) -> Row:
        """Return your quotas and spending caps, and what is used of them."""
        return self._run(read_row(self._access, "account", "quotas"))

    def reliability(self) -> Rows:
        """Return the share of submissions finished and their waiting times."""
        return self._run(read_table(self._access, "reliability"))

    def rows(self, path: str, **parameters: object) -> Rows:
        """Return the rows of any list of the API, such as `price/frontier`, from all its pages."""
        return self._run(read_list(self._access, *split_path(path), filters=parameters))

    def row(self, path: str, **parameters: object) -> Row:
        """Return the row at any address of the API, such as `what-if`."""
        return self._run(read_row(self._access, *split_path(path), parameters=parameters))

    def estimate(self, *, suite: str, model: str | None = None, endpoint: str | None = None) -> Row:
        """Return what a submission would cost; nothing is submitted."""
        return self._run(
            read_row(
                self._access, "estimate", parameters={"suite": suite, "model": model, "endpoint": endpoint}
            )
        )

    def submit(
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
        """Submit a model with one endpoint, or an endpoint, to a suite; a budget is never exceeded.

        Each call has an idempotency key of its own, so that a lost response leads to no second submission.
        Give one yourself to make the same submission from two processes only once.
        """
        fields = {
            "suite": suite,
            "model": model,
            "endpoint": endpoint,
            "owner": owner,
            "budget_usd": budget_usd,
            "budget_calls": budget_calls,
            "embargo_until": embargo_until,
        }
        return self._run(submit(self._access, fields, idempotency_key))

    def rerun(self, public_id: object, *, idempotency_key: str | None = None) -> Row:
        """Create a submission that sends every request of an ended one again."""
        return self._run(rerun(self._access, public_id, idempotency_key))

    def cancel(self, public_id: object) -> Row:
        """End a submission at once; answers that were paid for are kept."""
        return self._run(control(self._access, public_id, "cancel"))

    def pause(self, public_id: object) -> Row:
        """Send no further request of a submission until it is resumed."""
        return self._run(control(self._access, public_id, "pause"))

    def resume(self, public_id: object) -> Row:
        """Go on with a submission that is paused or held."""
        return self._run(control(self._access, public_id, "resume"))

    def retry(self, public_id: object) -> Row:
        """Go on with a submission that failed or was cancelled: only missing answers are requested."""
        return self._run(control(self._access, public_id, "retry"))

    def rescore(self, public_id: object) -> Row:
        """Compute the scores of a submission again from its stored answers, without a call."""
        return self._run(control(self._access, public_id, "rescore"))

    def follow(self, public_id: object) -> Generator[Row, None, None]:
        """Yield each state of a submission until it has ended, the current one first.

        The service sends them when they change. A connection that breaks is opened again. To stop before
        the end, close the generator.
        """
        return self._iterate(follow(self._access, public_id))

    def fetch_export(
        self, *names: str, folder: str = LATEST, to: Path | str = ".", progress: Progress | None = None
    ) -> list[Path]:
        """Download files of an export, all without names, verify their hashes, and return their paths.

        `folder` names the export. Raises WrongHash; then nothing is left under the name of the file.
        """
        return self._run(fetch_export(self._access, names, folder, Path(to), progress))

    def fetch_samples(self, run_id: int, *, to: Path | str = ".") -> Path:
        """Write the samples of a run as JSON Lines into a folder, and return the path."""
        return self._run(fetch_samples(self._access, run_id, Path(to) / f"samples-{run_id}.jsonl"))


def perform(steps: Steps[T], performer: Performer) -> None:
    """Perform the next effect of a flow."""
    assert steps.effect is not None
    try:
        value = performer.perform(steps.effect)
    except LaglineError as error:
        steps.fail(error)
    else:
        steps.answer(value)
