"""Estimate the cost of a submission: ranges, their sources, and the unknown inputs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from statistics import fmean

from django.db.models import Avg, QuerySet, Sum
from django.db.models.functions import Length

from evals.engine.limits import CHARACTERS_PER_TOKEN, max_tokens
from evals.engine.outcomes import UNANSWERED
from evals.engine.prices import MILLION, TokenPrice
from evals.models import (
    SUBMITTING_ROLES,
    Endpoint,
    Request,
    RequestState,
    Response,
    Run,
    Submission,
    Suite,
    Task,
)
from evals.operations.clock import database_now
from evals.operations.owners.access import Actor
from evals.operations.runs.budgets import price_in_force
from evals.operations.submissions.targets import resolve_endpoint, resolve_suite
from evals.queries.owners import owners_for
from evals.queries.recorded_pace import SecondsRange, recorded_pace

CHARACTERS_PER_TOKEN_AT_MOST = 6  # a token of common languages is rarely longer


class LearnedFrom(StrEnum):
    """The source of the expected tokens per call, best first."""

    SAME_ENDPOINT = "same_endpoint"
    OTHER_MODELS = "other_models"
    LENGTHS = "lengths_of_the_questions"


class UnknownInput(StrEnum):
    """An unknown input of an estimate."""

    PRICE = "price"
    QUESTIONS = "number_of_questions"
    TOKENS = "tokens_of_a_call"


@dataclass(frozen=True, slots=True)
class CostRange:
    """The least, likely and most of a quantity."""

    low: float
    likely: float
    high: float

    def __add__(self, other: CostRange) -> CostRange:
        return CostRange(self.low + other.low, self.likely + other.likely, self.high + other.high)

    def times(self, factor: float) -> CostRange:
        """Return the range multiplied by a factor."""
        return CostRange(self.low * factor, self.likely * factor, self.high * factor)


NOTHING = CostRange(0, 0, 0)


@dataclass(frozen=True, slots=True)
class CostEstimate:
    """The missing calls, their tokens and USD; `unknown` explains each None."""

    calls: int | None
    input_tokens: CostRange | None
    output_tokens: CostRange | None
    usd: CostRange | None
    learned_from: tuple[LearnedFrom, ...]
    unknown: tuple[UnknownInput, ...]
    seconds: SecondsRange | None = None
    """The time from the first call, as recorded ones took; None if too few are recorded."""


def confirmed_text(estimate: CostEstimate) -> str:
    """Return what a form carries of the estimate that it shows: its upper end."""
    if estimate.usd is not None:
        return f"usd {estimate.usd.high:.8f}"
    return "unknown" if estimate.calls is None else f"calls {estimate.calls}"


def has_grown(shown: str, estimate: CostEstimate) -> bool:
    """Tell whether an estimate exceeds the interval of the one that was shown; an unknown text was not."""
    unit, _, high = shown.partition(" ")
    try:
        if unit == "usd":
            return estimate.usd is None or estimate.usd.likely > float(high)
        if unit == "calls":
            return estimate.usd is not None or (estimate.calls or 0) > int(high)
    except ValueError:
        return True
    return unit != "unknown" or confirmed_text(estimate) != "unknown"


@dataclass(frozen=True, slots=True)
class TaskCost:
    """The calls of one task, and the tokens per call."""

    calls: int | None
    sent: CostRange | None = None
    came: CostRange | None = None
    learned_from: LearnedFrom | None = None


def estimate_cost(*, submission_id: int, today: date) -> CostEstimate:
    """Estimate the cost of a submission's missing calls at today's price."""
    submission = Submission.objects.select_related("endpoint").get(pk=submission_id)
    runs = submission.runs.select_related("task__benchmark", "endpoint")
    return _sum(
        [_part(run.task, run.endpoint, run) for run in runs], price_in_force(submission.endpoint, today)
    )


def estimate_cost_before(
    *,
    suite: str,
    today: date,
    endpoint: str = "",
    model: str = "",
    actor: Actor | None = None,
    now: datetime | None = None,
) -> CostEstimate:
    """Estimate cost and time of a submission before it is created, at an endpoint that the actor may use."""
    called = resolve_endpoint(endpoint, model, owners_for(actor, SUBMITTING_ROLES))
    estimate = estimate_suite(endpoint=called, suite=resolve_suite(suite), today=today)
    per_call = recorded_pace(now=now or database_now()).seconds_per_call(called.pk)
    if per_call is None or estimate.calls is None:
        return estimate
    return replace(estimate, seconds=per_call.times(estimate.calls))


def estimate_suite(*, endpoint: Endpoint, suite: Suite, today: date, fresh: bool = False) -> CostEstimate:
    """Estimate the cost of a suite on an endpoint; a fresh submission repeats the stored answers as well."""
    tasks = suite.tasks.select_related("benchmark")
    parts = [_part(task, endpoint, None, fresh=fresh) for task in tasks]
    return _sum(parts, price_in_force(endpoint, today))


def _part(task: Task, endpoint: Endpoint, run: Run | None, *, fresh: bool = False) -> TaskCost:
    earlier = Run.objects.filter(task=task, n_requests__isnull=False)
    if run is not None:
        earlier = earlier.exclude(pk=run.pk)
    calls = _calls(task, endpoint, run, earlier, fresh=fresh)
    if not calls:
        return TaskCost(calls, NOTHING, NOTHING)
    if own := _averages(earlier.filter(endpoint=endpoint)):
        return TaskCost(calls, *_spread(own, 0.9, 1.1), LearnedFrom.SAME_ENDPOINT)
    if others := _averages(earlier):
        return TaskCost(calls, *_spread(others, 0.5, 2.0), LearnedFrom.OTHER_MODELS)
    if run is not None and run.n_requests is not None:
        return TaskCost(calls, *_bounds(run), LearnedFrom.LENGTHS)
    return TaskCost(calls)


def _calls(
    task: Task, endpoint: Endpoint, run: Run | None, earlier: QuerySet[Run], *, fresh: bool
) -> int | None:
    """Return the number of missing calls: from the plan, an earlier plan, or the benchmark's items."""
    if run is not None and run.n_requests is not None:
        return _missing(run)
    last = earlier.order_by("-planned_at").first()
    if last is None:
        return task.benchmark.items if task.benchmark else None
    same = earlier.filter(endpoint=endpoint).order_by("-planned_at").first()
    fresh = fresh or (run is not None and "fresh" in run.settings)
    return _missing(same) if same is not None and not fresh else last.n_requests


def _missing(run: Run) -> int:
    open_requests = Request.objects.filter(samplerequest__run=run).exclude(state=RequestState.ANSWERED)
    return open_requests.distinct().count()


def _averages(runs: Iterable[Run]) -> list[tuple[float, float]]:
    """Return the mean input and output tokens per call, for each endpoint that answered."""
    responses = Response.objects.filter(request__samplerequest__run__in=runs)
    answers = responses.exclude(output_tokens=None).exclude(outcome__in=UNANSWERED)
    means = answers.values("request__endpoint").annotate(sent=Avg("input_tokens"), came=Avg("output_tokens"))
    return [(row["sent"], row["came"]) for row in means.order_by() if row["sent"] is not None]


def _spread(means: list[tuple[float, float]], least: float, most: float) -> tuple[CostRange, CostRange]:
    sent, came = [mean[0] for mean in means], [mean[1] for mean in means]
    return (
        CostRange(min(sent) * min(least * 1.1, 1), fmean(sent), max(sent) * max(most / 1.1, 1)),
        CostRange(min(came) * least, fmean(came), max(came) * most),
    )


def _bounds(run: Run) -> tuple[CostRange, CostRange]:
    """Return the range of tokens that the lengths of the questions allow, before any answer."""
    requests = Request.objects.filter(samplerequest__run=run)
    sums = requests.aggregate(length=Sum(Length("payload")))
    length = (sums["length"] or 0) / max(1, requests.count())
    first = requests.values_list("payload", flat=True).first() or ""
    most = float(max_tokens(first.encode()))
    sent = CostRange(length / CHARACTERS_PER_TOKEN_AT_MOST, length / 4, length / CHARACTERS_PER_TOKEN)
    return sent, CostRange(1.0, most / 2, most)


def _sum(parts: Sequence[TaskCost], price: TokenPrice | None) -> CostEstimate:
    counted = [part.calls for part in parts if part.calls is not None]
    sent, came = _all([part.sent for part in parts], parts), _all([part.came for part in parts], parts)
    lacks = {
        UnknownInput.PRICE: price is None,
        UnknownInput.QUESTIONS: len(counted) < len(parts),
        UnknownInput.TOKENS: any(part.calls and part.sent is None for part in parts),
    }
    return CostEstimate(
        calls=sum(counted) if len(counted) == len(parts) else None,
        input_tokens=sent,
        output_tokens=came,
        usd=_usd(sent, came, price) if price and sent and came else None,
        learned_from=tuple(sorted({part.learned_from for part in parts if part.learned_from})),
        unknown=tuple(word for word, lacking in lacks.items() if lacking),
    )


def _all(of_a_call: Sequence[CostRange | None], parts: Sequence[TaskCost]) -> CostRange | None:
    """Return the tokens of all calls of all tasks, or None if a task's are unknown."""
    whole = NOTHING
    for span, part in zip(of_a_call, parts, strict=True):
        if span is None or part.calls is None:
            return None
        whole = whole + span.times(part.calls)
    return whole


def _usd(sent: CostRange, came: CostRange, price: TokenPrice) -> CostRange:
    return sent.times(float(price.input_usd_per_mtok / MILLION)) + came.times(
        float(price.output_usd_per_mtok / MILLION)
    )
