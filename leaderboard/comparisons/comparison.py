"""A comparison: two cohorts, benchmarks, a rule of attribution and a day; its text is a query string."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from evals.queries import LagBenchmark, LagInput, LagModel
from leaderboard.comparisons.cohort import SLUG, Cohort
from leaderboard.comparisons.errors import InvalidComparison
from leaderboard.lag.data import Model, Pair, Precision, middle_of_month
from leaderboard.lag.readings import READINGS
from leaderboard.models import Attribution, LagEstimate

HEADQUARTERS = Attribution.HEADQUARTERS.value
VISIBILITIES = ("public", "private", "partial")
CHINESE, US = Cohort(country="CN"), Cohort(country="US")
KINDS = ("model", "developer", "benchmark")
WORD = re.compile(r"[a-z][a-z0-9-]{0,59}")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
MOST_NAMED = 60
FIELDS = (
    *("follower", "leader", "attribution", "domain", "language", "visibility"),
    *("benchmarks", "without", "date", "reading"),
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two cohorts and the data to compare them on; every field has a default.

    `benchmarks` names some, else `domain`, `language` and `visibility` filter them. `without` leaves out
    models, developers and benchmarks ("model:o3"). `on` (in the text: `date`) is the day of the lag, computed
    from the scores known now; None is the newest day. `reading` names the figure, "" is our own.
    """

    follower: Cohort = CHINESE
    leader: Cohort = US
    attribution: str = HEADQUARTERS
    domain: str = ""
    language: str = ""
    visibility: str = ""
    benchmarks: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    on: date | None = None
    reading: str = ""

    @property
    def pair(self) -> Pair:
        """Return the names of the two cohorts."""
        return Pair(str(self.follower), str(self.leader))

    @property
    def benchmark(self) -> str:
        """Return the slug of its only benchmark, "" if there are several."""
        return self.benchmarks[0] if len(self.benchmarks) == 1 else ""

    @property
    def is_narrowed(self) -> bool:
        """Tell whether it differs from the default in more than the two cohorts and the reading."""
        return bool(self._non_defaults(FIELDS[2:-1]))

    def __str__(self) -> str:
        """Return the canonical text of this comparison: a query string without default values."""
        return "&".join(f"{name}={value}" for name, value in self._non_defaults(FIELDS).items())

    @property
    def scope(self) -> str:
        """Return the text of the fields that an estimate has no column for."""
        named = ("benchmarks",) if not self.benchmark else ()
        return "&".join(
            f"{name}={value}"
            for name, value in self._non_defaults(
                ("language", "visibility", *named, "without", "date")
            ).items()
        )

    @property
    def columns(self) -> dict[str, Any]:
        """Return the lookups that find its estimates."""
        pair = self.pair
        on = {"benchmark__slug": self.benchmark} if self.benchmark else {"benchmark": None}
        names = {"domain": self.domain, "attribution": self.attribution, "reading": self.reading}
        return {"follower": pair.follower, "leader": pair.leader, "scope": self.scope} | names | on

    def _non_defaults(self, fields: tuple[str, ...]) -> dict[str, str]:
        values = {
            "follower": str(self.follower),
            "leader": str(self.leader),
            "attribution": "" if self.attribution == HEADQUARTERS else self.attribution,
            "domain": self.domain,
            "language": self.language,
            "visibility": self.visibility,
            "benchmarks": ",".join(self.benchmarks),
            "without": ",".join(self.without),
            "date": self.on.isoformat() if self.on else "",
            "reading": self.reading,
        }
        return {name: values[name] for name in fields if values[name]}

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Comparison:
        """Parse a query and ignore unknown names; raise InvalidComparison."""
        values = {name: query[name].strip() for name in FIELDS if query.get(name, "").strip()}
        default = cls()
        comparison = cls(
            follower=_parse_cohort(values, "follower", default.follower),
            leader=_parse_cohort(values, "leader", default.leader),
            attribution=_parse_choice(values, "attribution", Attribution.values) or HEADQUARTERS,
            domain=_parse_word(values, "domain"),
            language=_parse_word(values, "language"),
            visibility=_parse_choice(values, "visibility", VISIBILITIES),
            benchmarks=_parse_names(values, "benchmarks"),
            without=_parse_names(values, "without", kinds=KINDS),
            on=_parse_day(values),
            reading=_parse_choice(values, "reading", READINGS),
        )
        if comparison.follower == comparison.leader:
            raise InvalidComparison("leader", str(comparison.leader), _("another cohort than the follower's"))
        if comparison.benchmarks and (
            filters := comparison._non_defaults(("domain", "language", "visibility"))
        ):
            name = next(iter(filters))
            raise InvalidComparison(name, filters[name], _("nothing where benchmarks are named"))
        return comparison

    @classmethod
    def from_text(cls, text: str) -> Comparison:
        """Parse the text of a comparison; raise InvalidComparison."""
        return cls.from_query(dict(part.partition("=")[::2] for part in text.split("&") if part))

    @classmethod
    def from_pair(cls, pair: Pair, attribution: str = HEADQUARTERS) -> Comparison:
        """Return the comparison of two cohorts by their texts, over every benchmark."""
        query = {"follower": pair.follower, "leader": pair.leader, "attribution": attribution}
        return cls.from_query(query)

    @classmethod
    def from_estimate(cls, estimate: LagEstimate) -> Comparison:
        """Return the comparison that an estimate was computed for."""
        scope = dict(part.partition("=")[::2] for part in estimate.scope.split("&") if part)
        named = {
            name: str(getattr(estimate, name))
            for name in ("follower", "leader", "attribution", "domain", "reading")
        }
        on = {"benchmarks": estimate.benchmark.slug} if estimate.benchmark else {}
        return cls.from_query(named | scope | on)

    def country(self, row: LagModel) -> str:
        """Return the country of a model by the rule of attribution."""
        if self.attribution == Attribution.HOST:
            return row.host_country or row.country
        return row.base_country if self.attribution == Attribution.BASE_MODEL else row.country

    def place_model(self, row: LagModel, model: Model) -> Model:
        """Return a model in its cohort, dated by the day on which it entered it.

        A model that passes both filters, or neither, is in no cohort: it only helps to place the benchmarks,
        and keeps its release date. One that passes neither keeps its country's name as cohort.
        """
        model = replace(model, **self._dated(row))
        own = self.country(row)
        sides = [
            (str(cohort), cohort.date_model(row, model)) if cohort.has(row, own) else ("", None)
            for cohort in (self.follower, self.leader)
        ]
        mine = [(name, dated) for name, dated in sides if dated is not None]
        if len(mine) == 1:
            name, dated = mine[0]
            return replace(dated, cohort=name)
        return replace(model, cohort="" if mine else own)

    def _dated(self, row: LagModel) -> dict[str, Any]:
        announced = row.announced_on
        if self.attribution == Attribution.ANNOUNCEMENT and announced and announced < row.released_on:
            return {"released_on": announced, "precision": Precision.DAY}
        return {
            "released_on": date_in_month(row.released_on, row.precision),
            "precision": Precision(row.precision),
        }

    def select_input(self, record: LagInput) -> LagInput:
        """Return the part of the record that it compares: its benchmarks, without what it leaves out."""
        out = {
            kind: {name for k, _colon, name in map(_split_kind, self.without) if k == kind} for kind in KINDS
        }
        benchmarks = tuple(
            row for row in record.benchmarks if self._is_on(row) and row.slug not in out["benchmark"]
        )
        models = tuple(
            row
            for row in record.models
            if row.slug not in out["model"]
            and row.variant_of not in out["model"]
            and row.developer not in out["developer"]
        )
        if (len(benchmarks), len(models)) == (len(record.benchmarks), len(record.models)):
            return record
        kept = {row.slug for row in benchmarks}, {row.slug for row in models}
        scores = tuple(row for row in record.scores if row.benchmark in kept[0] and row.model in kept[1])
        return LagInput(models, benchmarks, scores)

    def _is_on(self, row: LagBenchmark) -> bool:
        if self.benchmarks:
            return row.slug in self.benchmarks
        return (
            self.domain in ("", row.domain)
            and self.language in ("", row.language)
            and self.visibility in ("", row.visibility)
        )


OPEN_AND_CLOSED = Comparison(Cohort(openness="open"), Cohort(openness="closed"))


def date_in_month(released_on: date, precision: str) -> date:
    """Return the day that stands for a release date of this precision."""
    return middle_of_month(released_on.year, released_on.month) if precision == "month" else released_on


def _split_kind(name: str) -> tuple[str, str, str]:
    return name.partition(":")


def _parse_cohort(values: Mapping[str, str], field: str, default: Cohort) -> Cohort:
    return Cohort.from_text(values[field], field=field) if field in values else default


def _parse_choice(values: Mapping[str, str], field: str, allowed: Any) -> str:
    value = values.get(field, "")
    if value and value not in allowed:
        raise InvalidComparison(field, value, ", ".join(allowed), allowed=list(allowed))
    return value


def _parse_word(values: Mapping[str, str], field: str) -> str:
    value = values.get(field, "")
    if value and not WORD.fullmatch(value):
        raise InvalidComparison(field, value, _("a word of small letters, digits and hyphens"))
    return value


def _parse_names(values: Mapping[str, str], field: str, kinds: tuple[str, ...] = ()) -> tuple[str, ...]:
    names = tuple(sorted({part.strip() for part in values.get(field, "").split(",") if part.strip()}))
    if len(names) > MOST_NAMED:
        raise InvalidComparison(field, len(names), _("at most %(n)d names") % {"n": MOST_NAMED})
    for name in names:
        kind, colon, slug = _split_kind(name) if kinds else ("", "", name)
        if not SLUG.fullmatch(slug) or (kinds and not (colon and kind in kinds)):
            forms = ", ".join(f"{kind}:SLUG" for kind in kinds) or "SLUG"
            raise InvalidComparison(field, name, _("%(forms)s, by commas") % {"forms": forms})
    return names


def _parse_day(values: Mapping[str, str]) -> date | None:
    text = values.get("date", "")
    if not text:
        return None
    try:
        if DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass  # such as 30 February
    raise InvalidComparison("date", text, _("a day as YYYY-MM-DD"))
