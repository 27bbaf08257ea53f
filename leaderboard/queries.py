"""Every read of what is published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from hashlib import sha256
from secrets import compare_digest

from django.db.models import Count, FloatField, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from evals import queries as record
from evals.models import Run, Sample
from leaderboard.models import ApiToken, Chart, LagEstimate

FOLLOWER, LEADER = "CN", "US"
HEADLINE_BENCHMARK = "epoch-capabilities-index"
TOKEN_PREFIX = "lagline_"  # noqa: S105 – how a token starts, so that scanners can find one that leaked


def token_digest(secret: str) -> str:
    """Return what is kept of a token's secret, which has 256 random bits: a plain hash is enough."""
    return sha256(secret.encode()).hexdigest()


def valid_token(secret: str) -> ApiToken | None:
    """Return the token of this secret if it is neither revoked nor its user's account closed."""
    digest = token_digest(secret)
    token = ApiToken.objects.select_related("user").filter(digest=digest).first()
    if token is None or not compare_digest(token.digest, digest):
        return None
    return token if token.revoked_at is None and token.user.is_active else None


def lag_estimates(
    *, follower: str = "", leader: str = "", benchmark: str = "", as_of: date | None = None
) -> QuerySet[LagEstimate]:
    """Return the newest published estimate of each pair of cohorts and benchmark, up to a date if given.

    The composite, over all benchmarks, has no benchmark.
    """
    pair = LagEstimate.objects.filter(follower=OuterRef("follower"), leader=OuterRef("leader"))
    if as_of:
        pair = pair.filter(as_of__lte=as_of)
    newest = pair.order_by("-as_of", "-published_at", "-pk").values("pk")
    of_benchmark = Q(pk=Subquery(newest.filter(benchmark=OuterRef("benchmark"))[:1]))
    of_all = Q(benchmark__isnull=True, pk=Subquery(newest.filter(benchmark__isnull=True)[:1]))
    exact = {"follower": follower, "leader": leader, "benchmark__slug": benchmark}
    found = LagEstimate.objects.select_related("benchmark").filter(of_benchmark | of_all)
    return found.filter(**record.chosen(exact))


def published_lags() -> list[LagEstimate]:
    """Return the newest published lag of China behind the US on each benchmark, by the benchmark's name."""
    found = lag_estimates(follower=FOLLOWER, leader=LEADER).filter(benchmark__isnull=False)
    return list(found.order_by("benchmark__name"))


def lag_estimate(estimate_id: int) -> LagEstimate | None:
    """Return one published estimate, however old, or None."""
    return LagEstimate.objects.select_related("benchmark").filter(pk=estimate_id).first()


def composite_lag() -> LagEstimate | None:
    """Return the newest published lag of China behind the US over all benchmarks, or None."""
    return lag_estimates(follower=FOLLOWER, leader=LEADER).filter(benchmark__isnull=True).first()


def published_lag(benchmark: str) -> LagEstimate | None:
    """Return the newest published lag of China behind the US on one benchmark, or None."""
    return lag_estimates(follower=FOLLOWER, leader=LEADER, benchmark=benchmark).first()


def headline_facts() -> LagEstimate | None:
    """Return the estimate that the headline tells, without its values: for dates and versions only."""
    found = lag_estimates(follower=FOLLOWER, leader=LEADER, benchmark=HEADLINE_BENCHMARK)
    return found.defer("values").first()


def chart(*, estimate_id: int, name: str, theme: str) -> Chart | None:
    """Return one drawn chart, or None."""
    return Chart.objects.filter(estimate_id=estimate_id, name=name, theme=theme).first()


def chart_themes(*, estimate_id: int) -> dict[str, set[str]]:
    """Return the themes that each chart of an estimate was drawn in, by the chart's name."""
    themes: dict[str, set[str]] = {}
    for name, theme in Chart.objects.filter(estimate_id=estimate_id).values_list("name", "theme"):
        themes.setdefault(name, set()).add(theme)
    return themes


class Verdict(StrEnum):
    """Whether a sample was answered right by its task's own metric."""

    ALL = ""
    RIGHT = "right"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class RunSamples:
    """A run's samples of one verdict, and how many there are of each."""

    chosen: QuerySet[Sample]
    n_all: int
    n_right: int
    n_wrong: int


def run_samples(*, run: Run, verdict: Verdict = Verdict.ALL) -> RunSamples:
    """Return a run's samples: right means full marks, wrong means scored and less than that."""
    value = Cast(KeyTextTransform(f"{run.task.metric},{run.task.filter}", "metrics"), FloatField())
    found = record.samples(run_id=run.pk).alias(mark=value)
    right, wrong = Q(mark__gte=1), Q(mark__lt=1)
    counted = found.aggregate(
        n_all=Count("pk"), n_right=Count("pk", filter=right), n_wrong=Count("pk", filter=wrong)
    )
    kept = {Verdict.ALL: Q(), Verdict.RIGHT: right, Verdict.WRONG: wrong}[verdict]
    return RunSamples(chosen=found.filter(kept), **counted)
