"""A comparison: two cohorts, on what, by which rule, on which day; its text is the query of its address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from evals.queries import LagBenchmark, LagInput, LagModel
from leaderboard.comparisons.cohort import SLUG, Cohort
from leaderboard.comparisons.unclear import InvalidComparison
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
    """What is asked of the lag; every part has a default, and equal questions are equal objects.

    `benchmarks` names some, else `domain`, `language` and `visibility` filter them; `without` leaves out
    models, developers and benchmarks ("model:o3"); `on`, in the text `date`, is the day on which the lag is
    asked for, with the scores known now, None the newest. `reading` is which figure is told, "" our own.
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
        """Return the one benchmark that it is on, "" where it is over several."""
        return self.benchmarks[0] if len(self.benchmarks) == 1 else ""

    @property
    def narrowed(self) -> bool:
        """Tell whether it asks more than two cohorts over every benchmark by the usual rule."""
        return bool(self._told(FIELDS[2:-1]))

    def __str__(self) -> str:
        """Return the one text of this comparison: the query of its address, without what is usual."""
        return "&".join(f"{name}={value}" for name, value in self._told(FIELDS).items())

    @property
    def scope(self) -> str:
        """Return the text of what an estimate has no column for."""
        named = ("benchmarks",) if not self.benchmark else ()
        return "&".join(
            f"{name}={value}"
            for name, value in self._told(("language", "visibility", *named, "without", "date")).items()
        )

    @property
    def columns(self) -> dict[str, Any]:
        """Return the lookups of its estimates."""
        pair = self.pair
        on = {"benchmark__slug": self.benchmark} if self.benchmark else {"benchmark": None}
        names = {"domain": self.domain, "attribution": self.attribution, "reading": self.reading}
        return {"follower": pair.follower, "leader": pair.leader, "scope": self.scope} | names | on

    def _told(self, fields: tuple[str, ...]) -> dict[str, str]:
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
    def read(cls, query: Mapping[str, str]) -> Comparison:
        """Read a query, in which other names are not looked at; raises UnclearComparison."""
        asked = {name: query[name].strip() for name in FIELDS if query.get(name, "").strip()}
        usual = cls()
        found = cls(
            follower=_cohort(asked, "follower", usual.follower),
            leader=_cohort(asked, "leader", usual.leader),
            attribution=_one_of(asked, "attribution", Attribution.values) or HEADQUARTERS,
            domain=_word(asked, "domain"),
            language=_word(asked, "language"),
            visibility=_one_of(asked, "visibility", VISIBILITIES),
            benchmarks=_names(asked, "benchmarks"),
            without=_names(asked, "without", kinds=KINDS),
            on=_day(asked),
            reading=_one_of(asked, "reading", READINGS),
        )
        if found.follower == found.leader:
            raise InvalidComparison("leader", str(found.leader), _("another cohort than the follower's"))
        if found.benchmarks and (filters := found._told(("domain", "language", "visibility"))):
            name = next(iter(filters))
            raise InvalidComparison(name, filters[name], _("nothing where benchmarks are named"))
        return found

    @classmethod
    def read_text(cls, text: str) -> Comparison:
        """Read the text of a comparison; raises UnclearComparison."""
        return cls.read(dict(part.partition("=")[::2] for part in text.split("&") if part))

    @classmethod
    def of(cls, pair: Pair, attribution: str = HEADQUARTERS) -> Comparison:
        """Return the comparison of two cohorts by their texts, over every benchmark."""
        query = {"follower": pair.follower, "leader": pair.leader, "attribution": attribution}
        return cls.read(query)

    @classmethod
    def of_estimate(cls, estimate: LagEstimate) -> Comparison:
        """Return the comparison that an estimate answers."""
        scope = dict(part.partition("=")[::2] for part in estimate.scope.split("&") if part)
        named = {
            name: str(getattr(estimate, name))
            for name in ("follower", "leader", "attribution", "domain", "reading")
        }
        on = {"benchmarks": estimate.benchmark.slug} if estimate.benchmark else {}
        return cls.read(named | scope | on)

    def country(self, row: LagModel) -> str:
        """Return whose a model is, by the rule of attribution."""
        if self.attribution == Attribution.HOST:
            return row.host_country or row.country
        return row.base_country if self.attribution == Attribution.BASE_MODEL else row.country

    def placed(self, row: LagModel, model: Model) -> Model:
        """Return a model in its cohort, dated from when it belonged there.

        One that passes both filters, or neither, is in none: it only helps to place the benchmarks, and
        keeps its release date and the name of its country.
        """
        model = replace(model, **self._dated(row))
        own = self.country(row)
        sides = [
            (str(cohort), cohort.since(row, model)) if cohort.has(row, own) else ("", None)
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

    def of_record(self, found: LagInput) -> LagInput:
        """Return what of the record it is about: its benchmarks, without what it leaves out."""
        out = {kind: {name for k, _colon, name in map(_parted, self.without) if k == kind} for kind in KINDS}
        benchmarks = tuple(
            row for row in found.benchmarks if self._is_on(row) and row.slug not in out["benchmark"]
        )
        models = tuple(
            row
            for row in found.models
            if row.slug not in out["model"]
            and row.variant_of not in out["model"]
            and row.developer not in out["developer"]
        )
        if (len(benchmarks), len(models)) == (len(found.benchmarks), len(found.models)):
            return found
        kept = {row.slug for row in benchmarks}, {row.slug for row in models}
        scores = tuple(row for row in found.scores if row.benchmark in kept[0] and row.model in kept[1])
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


def _parted(name: str) -> tuple[str, str, str]:
    return name.partition(":")


def _cohort(asked: Mapping[str, str], field: str, usual: Cohort) -> Cohort:
    return Cohort.read(asked[field], field=field) if field in asked else usual


def _one_of(asked: Mapping[str, str], field: str, allowed: Any) -> str:
    value = asked.get(field, "")
    if value and value not in allowed:
        raise InvalidComparison(field, value, ", ".join(allowed), allowed=list(allowed))
    return value


def _word(asked: Mapping[str, str], field: str) -> str:
    value = asked.get(field, "")
    if value and not WORD.fullmatch(value):
        raise InvalidComparison(field, value, _("a word of small letters, digits and hyphens"))
    return value


def _names(asked: Mapping[str, str], field: str, kinds: tuple[str, ...] = ()) -> tuple[str, ...]:
    names = tuple(sorted({part.strip() for part in asked.get(field, "").split(",") if part.strip()}))
    if len(names) > MOST_NAMED:
        raise InvalidComparison(field, len(names), _("at most %(n)d names") % {"n": MOST_NAMED})
    for name in names:
        kind, colon, slug = _parted(name) if kinds else ("", "", name)
        if not SLUG.fullmatch(slug) or (kinds and not (colon and kind in kinds)):
            forms = ", ".join(f"{kind}:SLUG" for kind in kinds) or "SLUG"
            raise InvalidComparison(field, name, _("%(forms)s, by commas") % {"forms": forms})
    return names


def _day(asked: Mapping[str, str]) -> date | None:
    text = asked.get("date", "")
    if not text:
        return None
    try:
        if DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass  # such as 30 February
    raise InvalidComparison("date", text, _("a day as YYYY-MM-DD"))
