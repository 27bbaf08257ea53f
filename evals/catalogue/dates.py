"""Dates that are unlikely to be release dates: before the base model's, or the date of a run."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import chain

from evals.catalogue.columns import as_date
from evals.catalogue.duplicates import normalised
from evals.catalogue.files import Problem, Row, Tables

DATED_SUFFIX = re.compile(r"[-_ .]?(20\d\d-\d\d-\d\d|20\d{6}|\d{4})$")
FULL_DATE = re.compile(r"(?<!\d)(20\d\d)-?(0[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01])(?!\d)")
NAMED_DATE_TOLERANCE_DAYS = 62


@dataclass(frozen=True, slots=True)
class Release:
    """A model and its release date according to some source."""

    name: str
    developer: str
    released_on: date


class Reason(StrEnum):
    """The reason why a date is doubtful."""

    BEFORE_NAMESAKE = "before the model whose name it carries"
    BEFORE_DEVELOPER = "before the developer's first model"
    BEFORE_RELEASE = "before the release on record"
    AFTER_RELEASE = "after the release on record: the date of a run or a submission?"


@dataclass(frozen=True, slots=True)
class Doubt:
    """A date that a person should check, with the date that contradicts it."""

    release: Release
    reason: Reason
    against: date


def before_namesake(releases: Sequence[Release]) -> list[Doubt]:
    """Doubt a dated version (Kimi-K2-Instruct-0905) that is older than the model it is a version of."""
    days = {normalised(release.name): release.released_on for release in releases}
    doubts = []
    for release in releases:
        stem = DATED_SUFFIX.sub("", release.name)
        plain = days.get(normalised(stem)) if stem != release.name else None
        if plain and release.released_on < plain:
            doubts.append(Doubt(release, Reason.BEFORE_NAMESAKE, plain))
    return doubts


def doubts_against_record(*, known: Sequence[Release], releases: Sequence[Release]) -> list[Doubt]:
    """Doubt dates of another list that differ from the record, or precede the developer's first model."""
    days = {normalised(release.name): release.released_on for release in known}
    first: dict[str, date] = {}
    for release in known:
        day = first.get(release.developer, release.released_on)
        first[release.developer] = min(day, release.released_on)
    doubts = (_doubt(release, days.get(normalised(release.name)), first) for release in releases)
    return [doubt for doubt in doubts if doubt]


def _doubt(release: Release, on_record: date | None, first: Mapping[str, date]) -> Doubt | None:
    developer_first = first.get(release.developer)
    if developer_first and release.released_on < developer_first:
        return Doubt(release, Reason.BEFORE_DEVELOPER, developer_first)
    if on_record and release.released_on < on_record:
        return Doubt(release, Reason.BEFORE_RELEASE, on_record)
    if on_record and release.released_on > on_record:
        return Doubt(release, Reason.AFTER_RELEASE, on_record)
    return None


def check_dates(tables: Tables) -> Iterator[Problem]:
    """Yield each date that contradicts another cell of the catalogue."""
    models = tables["models.csv"]
    released = {row["slug"]: day for row in models if (day := as_date(row["released_on"]))}
    for row in models:
        yield from _precision(row)
        yield from _after_its_base(row, released)
        yield from _named_date(row)
    yield from _namesakes(models)
    for row, field in chain(
        ((row, "observed_on") for row in tables["scores.csv"]),
        ((row, "in_force_on") for row in tables["prices.csv"]),
    ):
        day, release = as_date(row[field]), released.get(row["model"])
        if day and release and day < release:
            yield row.problem(field, f"is {day}, before the model's release on {release}")


def _precision(row: Row) -> Iterator[Problem]:
    if row["release_precision"] == "month" and not row["released_on"].endswith("-01"):
        yield row.problem("released_on", "is known to the month only, so it must be the first of that month")
    if row["announced_on"] and row["announced_on"] == row["released_on"]:
        yield row.problem("announced_on", "is written only where it differs from released_on")
    if row["weights_opened_on"] and row["openness"] != "open":
        yield row.problem("weights_opened_on", "is written only for a model whose weights are open")
    elif row["weights_opened_on"] and row["weights_opened_on"] <= row["released_on"]:
        yield row.problem("weights_opened_on", "is written only where the weights came after the release")


def _after_its_base(row: Row, released: Mapping[str, date]) -> Iterator[Problem]:
    day = released.get(row["slug"])
    for field in ("base_model", "variant_of"):
        other = released.get(row[field])
        if day and other and day < other and not (row["release_precision"] == "month" and _same(day, other)):
            yield row.problem("released_on", f"is {day}, before its {field} {row[field]!r} of {other}")


def _same(day: date, other: date) -> bool:
    return (day.year, day.month) == (other.year, other.month)


def _named_date(row: Row) -> Iterator[Problem]:
    day = as_date(row["released_on"])
    for name in (row["slug"], row["name"], *row.names()):
        for year, month, number in FULL_DATE.findall(name):
            named = as_date(f"{year}-{month}-{number}")
            if day and named and abs((day - named).days) > NAMED_DATE_TOLERANCE_DAYS:
                yield row.problem("released_on", f"is {day}, but the name {name!r} says {named}")


def _namesakes(models: Sequence[Row]) -> Iterator[Problem]:
    lines: dict[str, Row] = {}
    releases = []
    for row in models:
        if day := as_date(row["released_on"]):
            for name in (row["slug"], *row.names()):
                lines.setdefault(name, row)
                releases.append(Release(name, row["developer"], day))
    for doubt in before_namesake(releases):
        yield lines[doubt.release.name].problem(
            "released_on", f"is {doubt.release.released_on}, {doubt.reason} ({doubt.against})"
        )
