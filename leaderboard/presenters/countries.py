"""Countries: developers, models, share of open weights, records, and the lag behind the leader."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from evals import queries as record
from evals.models import Benchmark, Developer, Model, Openness
from leaderboard import queries
from leaderboard.lag.data import Pair
from leaderboard.lag.frontier import Frontier, Point, build_frontier
from leaderboard.models import LagEstimate
from leaderboard.queries import HEADLINE_BENCHMARK, LEADER

YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class OpenShare:
    """The number of models with open weights, of n."""

    n_open: int
    n: int

    @property
    def share(self) -> float | None:
        """Return the share; None without models."""
        return self.n_open / self.n if self.n else None


@dataclass(frozen=True, slots=True)
class CountryRecord:
    """A model that was its country's best on the index at its release; `world`: the best of all countries."""

    model: Model
    value: float
    world: bool


@dataclass(frozen=True, slots=True)
class Country:
    """One row of the list of countries."""

    code: str
    n_developers: int
    n_models: int
    weights: OpenShare
    weights_last_year: OpenShare
    newest_on: date | None


@dataclass(frozen=True, slots=True)
class CountryFacts:
    """The content of a country's page; `lag` is the published lag behind the leader."""

    country: Country
    developers: Sequence[Developer]
    index: Benchmark | None
    records: Sequence[CountryRecord]
    lag: LagEstimate | None

    @property
    def developer_slugs(self) -> list[str]:
        """Return the slugs of its developers."""
        return [developer.slug for developer in self.developers]

    @property
    def lag_id(self) -> int | None:
        """Return the id of its estimate."""
        return self.lag.pk if self.lag else None

    @property
    def n_world(self) -> int:
        """Count its records that were the best of all countries."""
        return sum(row.world for row in self.records)


def list_countries(*, today: date) -> list[Country]:
    """Return every country that has a developer, the one with most models first. Two queries."""
    by_country: dict[str, list[Developer]] = {}
    for developer in record.developers().filter(is_confirmed=True):
        by_country.setdefault(developer.country, []).append(developer)
    models = _plain(None)
    rows = [_country(code, len(own), models.get(code, []), today) for code, own in by_country.items()]
    return sorted(rows, key=lambda row: (-row.n_models, row.code))


def country_facts(code: str, *, today: date) -> CountryFacts | None:
    """Return the facts of a country; None if it has no developer. Seven queries."""
    developers = list(record.developers(country=code).filter(is_confirmed=True))
    if not developers:
        return None
    index = record.benchmark(HEADLINE_BENCHMARK)
    return CountryFacts(
        country=_country(code, len(developers), _plain(code).get(code, []), today),
        developers=sorted(developers, key=lambda row: (-row.n_models, row.name.lower())),  # type: ignore[attr-defined]
        index=index,
        records=_records(code, index),
        lag=queries.composite_lag(pair=Pair(code, LEADER)) if code != LEADER else None,
    )


Facts = tuple[str, date | None]


def _plain(code: str | None) -> dict[str, list[Facts]]:
    rows = record.published_models().filter(variant_of=None)
    rows = rows.filter(developer__country=code) if code else rows
    facts: dict[str, list[Facts]] = {}
    for country, openness, on in rows.values_list("developer__country", "openness", "released_on"):
        facts.setdefault(country, []).append((openness, on))
    return facts


def _country(code: str, n_developers: int, models: Sequence[Facts], today: date) -> Country:
    dated = [on for _, on in models if on]
    return Country(
        code=code,
        n_developers=n_developers,
        n_models=len(models),
        weights=_share(models),
        weights_last_year=_share(facts for facts in models if facts[1] and facts[1] > today - YEAR),
        newest_on=max(dated, default=None),
    )


def _share(models: Iterable[Facts]) -> OpenShare:
    values = [openness for openness, _ in models]
    return OpenShare(values.count(Openness.OPEN.value), len(values))


def _records(code: str, index: Benchmark | None) -> list[CountryRecord]:
    """Return the country's records on the index, newest first."""
    if index is None:
        return []
    cells = queries.selected_scores(benchmarks=[index.slug])
    scored = record.models(benchmark=index.slug).filter(released_on__isnull=False)
    models = {model.slug: model for model in scored}
    places = {slug: cell.value for (slug, _), cell in cells.items() if slug in models}
    mine = _frontier(
        {slug: v for slug, v in places.items() if models[slug].developer.country == code}, models
    )
    world = {point.model for point in _frontier(places, models).records}
    return [
        CountryRecord(models[point.model], point.value, point.model in world)
        for point in reversed(mine.records)
    ]


def _frontier(values: dict[str, float], models: dict[str, Model]) -> Frontier:
    days = {slug: day.toordinal() for slug in values if (day := models[slug].released_on)}
    return build_frontier(
        Point(slug, days[slug], value, days[slug], days[slug]) for slug, value in values.items()
    )
