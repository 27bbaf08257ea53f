"""Every read of what is published."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from hashlib import sha256
from secrets import compare_digest
from typing import Any

from django.db.models import Avg, Count, F, OuterRef, Q, QuerySet, Subquery

from evals import queries as record
from evals.models import Claim, Run, Sample
from leaderboard.comparisons import OPEN_AND_CLOSED, Cohort, Comparison
from leaderboard.lag.data import Pair, middle_of_month
from leaderboard.lag.intervals import EstimateState
from leaderboard.models import (
    ApiToken,
    Attribution,
    Chart,
    EstimateChange,
    EstimateData,
    EstimateRequest,
    Export,
    Forecast,
    ForecastOutcome,
    LagEstimate,
    Publication,
)

FOLLOWER, LEADER = "CN", "US"
PAIR = Pair(FOLLOWER, LEADER)
HEADQUARTERS = Attribution.HEADQUARTERS.value
HEADLINE_BENCHMARK = "epoch-capabilities-index"
LATEST = "latest"
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
    *,
    follower: str = "",
    leader: str = "",
    benchmark: str = "",
    domain: str = "",
    reading: str = "",
    attribution: str = HEADQUARTERS,
    scope: str = "",
    as_of: date | None = None,
) -> QuerySet[LagEstimate]:
    """Return the newest published estimate of each pair of cohorts and benchmark, up to a date if given.

    A composite has no benchmark; with a domain it is the composite over that domain's benchmarks. What is
    narrowed further has a scope.
    """
    kind = {"domain": domain, "scope": scope, "reading": reading, "attribution": attribution}
    exact = {"follower": follower, "leader": leader, "benchmark__slug": benchmark}
    return newest_estimates(as_of=as_of).filter(**kind, **record.chosen(exact))


def newest_estimates(*, as_of: date | None = None) -> QuerySet[LagEstimate]:
    """Return the newest estimate of every comparison, over everything that is published."""
    names = ("follower", "leader", "domain", "scope", "reading", "attribution")
    same = LagEstimate.objects.filter(**{name: OuterRef(name) for name in names})
    if as_of:
        same = same.filter(as_of__lte=as_of)
    newest = same.order_by("-as_of", "-published_at", "-pk").values("pk")
    of_benchmark = Q(pk=Subquery(newest.filter(benchmark=OuterRef("benchmark"))[:1]))
    of_all = Q(benchmark__isnull=True, pk=Subquery(newest.filter(benchmark__isnull=True)[:1]))
    return LagEstimate.objects.select_related("benchmark").filter(of_benchmark | of_all)


def _of_published_pairs() -> Q:
    pairs = (Comparison().pair, OPEN_AND_CLOSED.pair)
    return Q(*(Q(follower=pair.follower, leader=pair.leader) for pair in pairs), _connector=Q.OR)


def current_estimates() -> list[LagEstimate]:
    """Return what is published now and has charts: the headline first, the other pair last."""
    found = newest_estimates().filter(_of_published_pairs(), attribution=HEADQUARTERS, reading="", domain="")
    found = found.filter(scope="")
    first = {HEADLINE_BENCHMARK: 0}
    return sorted(
        found,
        key=lambda row: (
            row.follower != FOLLOWER,
            row.benchmark is not None,
            row.benchmark is not None and first.get(row.benchmark.slug, 1),
            row.pk,
        ),
    )


def estimates_of(comparison: Comparison) -> QuerySet[LagEstimate]:
    """Return every published estimate that answers a comparison, newest first."""
    found = LagEstimate.objects.select_related("benchmark").filter(**comparison.columns)
    return found.order_by("-as_of", "-published_at", "-pk")


def reading_of(estimate: LagEstimate, reading: str) -> LagEstimate | None:
    """Return what was published of an estimate under another reading, or None."""
    same = ("follower", "leader", "benchmark", "domain", "scope", "attribution")
    fixed = ("as_of", "method_version", "data_hash")
    columns = {name: getattr(estimate, name) for name in (*same, *fixed)}
    return LagEstimate.objects.filter(**columns, reading=reading).first()


@dataclass(frozen=True, slots=True)
class CompositeReading:
    """One reading of a published composite, without its benchmarks' values; "" has our own figures."""

    pk: int
    attribution: str
    scope: str
    reading: str
    as_of: date
    composite: Any
    values: dict[str, Any]

    @property
    def comparison(self) -> Comparison:
        """Return what it answers."""
        told = f"follower={FOLLOWER}&leader={LEADER}&attribution={self.attribution}"
        return Comparison.read_text(f"{told}&{self.scope}" if self.scope else told)


def composite_readings(*, scopes: Iterable[str] = ()) -> list[CompositeReading]:
    """Return every reading of China's newest lag over all benchmarks: by each rule, and in some scopes."""
    columns = ("pk", "attribution", "scope", "reading", "as_of", "values__composite")
    parts = ("state", "months", "lo", "hi", "n", "at_least")
    found = newest_estimates().filter(follower=FOLLOWER, leader=LEADER, benchmark=None, domain="")
    found = found.filter(scope__in=["", *scopes]).order_by("pk")
    rows: Iterable[tuple[Any, ...]] = found.values_list(*columns, *(f"values__{part}" for part in parts))
    told = (dict(zip((*columns, *parts), row, strict=True)) for row in rows)
    return [
        CompositeReading(
            **{name: row[name] for name in columns[:-1]},
            composite=row[columns[-1]],
            values={part: row[part] for part in parts},
        )
        for row in told
    ]


@dataclass(frozen=True, slots=True)
class CompositeDiagnostics:
    """What the newest composite says of its parts, without its frontiers."""

    pk: int
    as_of: date
    diagnostics: dict[str, Any] | None
    fragility: dict[str, Any] | None


def composite_diagnostics() -> CompositeDiagnostics | None:
    """Return the diagnostics of China's newest lag over all benchmarks, or None."""
    found = lag_estimates(follower=FOLLOWER, leader=LEADER).filter(benchmark=None)
    row = found.values_list("pk", "as_of", "values__diagnostics", "values__fragility").first()
    return CompositeDiagnostics(*row) if row else None


def estimate_request(comparison: str, version: str) -> EstimateRequest | None:
    """Return the request for a comparison's text that was asked of a version of the record, or None."""
    found = EstimateRequest.objects.select_related("estimate__benchmark")
    return found.filter(comparison=comparison, record_version=version).first()


def asked_estimates(*, most: int = 30) -> list[LagEstimate]:
    """Return the estimates that were asked for last."""
    newest = EstimateRequest.objects.filter(estimate__isnull=False).order_by("-ended_at")
    found = newest.select_related("estimate__benchmark")[:most]
    return [request.estimate for request in found if request.estimate]


@dataclass(frozen=True, slots=True)
class DomainLag:
    """A domain's newest composite: its figures, without the frontiers that they were read from."""

    estimate_id: int
    domain: str
    composite: dict[str, Any]


def domain_lags(*, pair: Pair = PAIR) -> list[DomainLag]:
    """Return the newest composite of each domain, those over most benchmarks first."""
    found = newest_estimates().filter(
        follower=pair.follower, leader=pair.leader, reading="", attribution=HEADQUARTERS, benchmark=None
    )
    found = found.filter(scope="")
    rows = found.exclude(domain="").values_list("pk", "domain", "values__composite")
    lags = [DomainLag(*row) for row in rows]
    return sorted(lags, key=lambda lag: (-lag.composite["n_benchmarks"], lag.domain))


def published_lags() -> list[LagEstimate]:
    """Return the newest published lag of China behind the US on each benchmark, by the benchmark's name."""
    found = lag_estimates(follower=FOLLOWER, leader=LEADER).filter(benchmark__isnull=False)
    return list(found.order_by("benchmark__name"))


def lag_estimate(estimate_id: int) -> LagEstimate | None:
    """Return one published estimate, however old, or None."""
    return LagEstimate.objects.select_related("benchmark").filter(pk=estimate_id).first()


def newer_estimate(estimate: LagEstimate) -> LagEstimate | None:
    """Return the newest estimate of the same comparison where that is another one, or None."""
    kept = ("follower", "leader", "benchmark", "domain", "scope", "reading", "attribution")
    same = LagEstimate.objects.filter(**{name: getattr(estimate, name) for name in kept}).defer("values")
    newest = same.order_by("-as_of", "-published_at", "-pk").first()
    return newest if newest and newest.pk != estimate.pk else None


def readings_beside(estimate: LagEstimate) -> list[LagEstimate]:
    """Return what was published of the same data by other readings, the composite itself first."""
    kept = (
        "follower",
        "leader",
        "benchmark",
        "domain",
        "attribution",
        "as_of",
        "method_version",
        "data_hash",
    )
    same = LagEstimate.objects.filter(**{name: getattr(estimate, name) for name in kept}).defer("values")
    return list(same.exclude(pk=estimate.pk).order_by("reading"))


def composite_lag(*, pair: Pair = PAIR) -> LagEstimate | None:
    """Return the newest published lag of a pair over all benchmarks, or None."""
    return lag_estimates(follower=pair.follower, leader=pair.leader).filter(benchmark=None).first()


def first_composite(*, on: date) -> LagEstimate | None:
    """Return the first lag of China behind the US over all benchmarks that is given and goes to a day."""
    return (
        LagEstimate.objects.filter(
            follower=FOLLOWER, leader=LEADER, benchmark=None, domain="", reading="", as_of__gte=on
        )
        .filter(attribution=HEADQUARTERS, scope="", state=EstimateState.OK)
        .order_by("as_of", "published_at", "pk")
        .first()
    )


PARTIES = {"US": "US", "China": "CN", "open models": "open", "closed models": "closed"}
"""How claims call the cohorts that we publish the lag of."""


def comparison_of(claim: Claim) -> Comparison | None:
    """Return what a claim is about: its cohorts on its day, or None where no lag of them is published.

    A month is its middle, a year its first of July.
    """
    follower, leader = PARTIES.get(claim.follower), PARTIES.get(claim.leader)
    if follower is None or leader is None or follower == leader:
        return None
    return replace(Comparison.of(Pair(follower, leader)), on=day_of(claim))


def day_of(claim: Claim) -> date:
    """Return the day that a claim is about."""
    if claim.about_on:
        return claim.about_on
    on: date = claim.claimed_on
    if claim.precision == "month":
        return middle_of_month(on.year, on.month)
    return on.replace(month=7, day=1) if claim.precision == "year" else on


def comparisons_of_claims() -> set[Comparison]:
    """Return what the claims with a figure are about."""
    given = Q(lag_months_low__isnull=False) | Q(lag_months_high__isnull=False)
    found = (comparison_of(claim) for claim in record.claims().filter(given))
    return {comparison for comparison in found if comparison}


PRICE_LIMITS = (0.5, 1.0, 3.0, 10.0)
"""USD per million tokens, blended 3 input : 1 output, at which the lag at equal price is published."""
OPEN_WEIGHTS = Comparison(Cohort(country=FOLLOWER, openness="open"), Cohort(country=LEADER, openness="open"))
"""Chinese against US open weights: what downloads are counted of."""


def at_price(limit: float) -> Comparison:
    """Return the comparison of Chinese and US models from the day that each was offered at a price."""
    return Comparison(Cohort(country=FOLLOWER, price=limit), Cohort(country=LEADER, price=limit))


def of_country(code: str) -> Comparison:
    """Return the comparison of a country's models with those of the US."""
    return Comparison.of(Pair(code, LEADER))


def comparisons_of_pages() -> list[Comparison]:
    """Return what is published over all benchmarks beside the usual: by claims, countries, price, weights."""
    codes = set(record.developers().order_by().values_list("country", flat=True)) - {FOLLOWER, LEADER}
    asked = {*map(of_country, codes), *map(at_price, PRICE_LIMITS), OPEN_WEIGHTS} | comparisons_of_claims()
    return sorted(asked, key=str)


@dataclass(frozen=True, slots=True)
class PublishedComposite:
    """A published lag over all benchmarks: its figures, without what they were read from."""

    estimate_id: int
    as_of: date
    method_version: str
    composite: dict[str, Any]


def composites_of(comparisons: Collection[Comparison]) -> dict[Comparison, PublishedComposite]:
    """Return the newest published composite of each of some comparisons that has one. One query."""
    wanted = {(one.pair.follower, one.pair.leader, one.scope): one for one in comparisons}
    rows = (
        LagEstimate.objects.filter(benchmark=None, domain="", reading="", attribution=HEADQUARTERS)
        .filter(
            follower__in={key[0] for key in wanted},
            leader__in={key[1] for key in wanted},
            scope__in={key[2] for key in wanted},
        )
        .order_by("as_of", "published_at", "pk")
        .values_list("follower", "leader", "scope", "pk", "as_of", "method_version", "values__composite")
    )
    found = {(follower, leader, scope): PublishedComposite(*rest) for follower, leader, scope, *rest in rows}
    return {one: found[key] for key, one in wanted.items() if key in found}


def published_lag(benchmark: str) -> LagEstimate | None:
    """Return the newest published lag of China behind the US on one benchmark, or None."""
    return lag_estimates(follower=FOLLOWER, leader=LEADER, benchmark=benchmark).first()


def headline_facts() -> LagEstimate | None:
    """Return the estimate that the headline tells, without its values: for dates and versions only."""
    whole, index = Q(benchmark=None), Q(benchmark__slug=HEADLINE_BENCHMARK)
    found = lag_estimates(follower=FOLLOWER, leader=LEADER).filter(whole | index).defer("values")
    return found.order_by(F("benchmark").asc(nulls_first=True)).first()


def kept_data(data_hash: str) -> dict[str, Any] | None:
    """Return what a composite was computed from, or None where it was not kept."""
    return EstimateData.objects.filter(data_hash=data_hash).values_list("content", flat=True).first()


def estimate_changes() -> QuerySet[EstimateChange]:
    """Return what moved each composite away from the one before, newest first."""
    found = EstimateChange.objects.select_related("estimate", "former")
    return found.defer("estimate__values", "former__values")


def last_change() -> EstimateChange | None:
    """Return what moved the headline's composite away from the one before, or None."""
    headline = {"estimate__follower": FOLLOWER, "estimate__leader": LEADER, "estimate__scope": ""}
    return estimate_changes().filter(**headline, estimate__attribution=HEADQUARTERS).first()


def forecasts() -> QuerySet[Forecast]:
    """Return every forecast on record with what came of it, newest first."""
    return Forecast.objects.select_related("model", "outcome").order_by(
        "-month", "kind", "model__name", "horizon_months"
    )


@dataclass(frozen=True, slots=True)
class ForecastScores:
    """How the forecasts that have come to their day did, in the mean; None where none of a kind has."""

    n_lags: int
    crps: float | None
    n_matches: int
    brier: float | None

    @property
    def n(self) -> int:
        """Return how many have been scored."""
        return self.n_lags + self.n_matches


def forecast_scores() -> ForecastScores:
    """Return the record of the forecasts."""
    rows = ForecastOutcome.objects.order_by().values_list("forecast__kind")
    found = {kind: (n, mean) for kind, n, mean in rows.annotate(n=Count("pk"), mean=Avg("score"))}
    return ForecastScores(*found.get("lag", (0, None)), *found.get("match", (0, None)))


def due_forecasts(*, on: date) -> list[Forecast]:
    """Return the forecasts whose day has come, and that nobody has scored."""
    return list(forecasts().filter(due_on__lte=on, outcome=None))


def exports() -> QuerySet[Export]:
    """Return the exports that are whole, newest first."""
    return Export.objects.order_by("-made_at")


def export(folder: str) -> Export | None:
    """Return one export by its folder, "latest" for the newest, or None."""
    return exports().first() if folder == LATEST else Export.objects.filter(folder=folder).first()


def last_publication() -> Publication | None:
    """Return the last look at the record by the publisher."""
    return Publication.objects.first()


def chart(*, estimate_id: int, name: str, language: str, size: str) -> Chart | None:
    """Return one drawn chart, in English where it is not drawn in the language yet, or None."""
    found = Chart.objects.filter(estimate_id=estimate_id, name=name, size=size)
    by_language = {row.language: row for row in found.filter(language__in=[language, "en"])}
    return by_language.get(language) or by_language.get("en")


def charts(*, estimate_id: int, language: str) -> list[Chart]:
    """Return an estimate's charts without their drawings, in English where a language's are not drawn."""
    rows = Chart.objects.filter(estimate_id=estimate_id, language__in=[language, "en"]).defer(
        "svg", "png", "spec"
    )
    found = {(row.name, row.size): row for row in sorted(rows, key=lambda row: row.language == language)}
    return list(found.values())


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
    found = record.samples(run_id=run.pk).alias(mark=record.mark_of(run.task))
    right, wrong = Q(mark__gte=1), Q(mark__lt=1)
    counted = found.aggregate(
        n_all=Count("pk"), n_right=Count("pk", filter=right), n_wrong=Count("pk", filter=wrong)
    )
    kept = {Verdict.ALL: Q(), Verdict.RIGHT: right, Verdict.WRONG: wrong}[verdict]
    return RunSamples(chosen=found.filter(kept), **counted)
