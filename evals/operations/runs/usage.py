"""The usage of a run: tokens, dollars, and dollars per sample and per right answer."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum

from evals.engine.score import ScoredSample
from evals.models import RequestState, Response, Run, Task

TOKENS = ("input_tokens", "cached_tokens", "reasoning_tokens", "output_tokens")


def run_usage(run: Run, *, samples: int, right: int) -> dict[str, Any]:
    """Sum up the answers that a run uses; `paid_usd` is the cost of the calls that it made itself."""
    answers = Response.objects.filter(
        pk__in=Response.objects.filter(request__samplerequest__run=run).values("pk")
    )
    sums = answers.aggregate(
        **{f"sum_{name}": Sum(name) for name in TOKENS},
        sum_cost=Sum("cost_usd"),
        paid_usd=Sum("cost_usd", filter=Q(paid_by=run)),
        asked_here=Count("pk", filter=Q(paid_by=run)),
        uncounted=Count("pk", filter=Q(output_tokens=None)),
    )
    cost: Decimal | None = sums["sum_cost"]
    return {
        **{name: sums[f"sum_{name}"] for name in TOKENS},
        "asked_here": sums["asked_here"],
        "uncounted": sums["uncounted"],
        "cost_usd": _text(cost),
        "paid_usd": _text(sums["paid_usd"]),
        "possibly_billed_usd": _text(_possibly_billed(run)),
        "canaries": _canaries(run),
        "right": right,
        "usd_per_sample": _text(cost / samples if cost is not None and samples else None),
        "usd_per_right_answer": _text(cost / right if cost is not None and right else None),
    }


def _possibly_billed(run: Run) -> Decimal | None:
    """Sum up the maximum cost of the run's calls whose usage never came back; None if there are none."""
    total: Decimal | None = run.attempts.aggregate(sum=Sum("possibly_billed_usd"))["sum"]
    return total


def _canaries(run: Run) -> dict[str, Any]:
    """Count the answered canary calls of a run, which no sample needs."""
    answered = run.canary_requests.filter(state=RequestState.ANSWERED)
    sums = answered.aggregate(asked=Count("pk"), cost=Sum("response__cost_usd"))
    return {"asked": sums["asked"], "cost_usd": _text(sums["cost"])}


def is_correct(sample: ScoredSample, task: Task) -> bool:
    """Tell whether a sample has the full score of the task's metric."""
    return sample.metrics.get(f"{task.metric},{task.filter}") in (1, 1.0, True)


def _text(dollars: Decimal | None) -> str | None:
    """Return dollars as JSON keeps them without loss."""
    return None if dollars is None else f"{dollars:.8f}"
