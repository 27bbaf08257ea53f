"""Every write of the catalogue: its files, and models that are registered by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.db import transaction

from evals.models import (
    Benchmark,
    CatalogueEdition,
    Claim,
    Developer,
    Model,
    Precision,
    Score,
)
from evals.models.catalog import Sourced
from evals.operations.catalogue_checks import CatalogueError, read_catalogue
from evals.operations.catalogue_files import COLUMNS, Row
from evals.operations.corrections import correct, withdraw
from evals.operations.endpoints import register_endpoint
from evals.operations.founding import date_the_founding
from evals.operations.refusals import Conflict, Refused, refuse_invalid, unknown
from evals.operations.suites import sync_suites

__all__ = [
    "CatalogueError",
    "ModelConflict",
    "UnknownDeveloper",
    "load_catalogue",
    "register_endpoint",
    "register_model",
    "sync_suites",
]


LINKS = frozenset({"developer", "base_model", "variant_of"})  # slugs of other rows, told by their ids
RENAMED = {"licence": "source_licence"}


class UnknownDeveloper(Refused):
    """No developer has this slug."""

    code = "unknown_developer"
    field = "developer"


class ModelConflict(Conflict):
    """A model of this slug is on record with other facts."""

    code = "model_conflict"
    field = "slug"


def load_catalogue(*, folder: Path, now: datetime) -> dict[str, int]:
    """Bring the record in line with the catalogue's files, all of it or nothing; return the rows of each.

    A row that differs from what is on record corrects it, and a score that the files no longer have is
    withdrawn: what was known before stays known.
    """
    rows = read_catalogue(folder)
    with transaction.atomic():
        founding = not CatalogueEdition.objects.exists()
        counts = {name.removesuffix(".csv"): len(found) for name, found in rows.items()}
        edition = _edition(folder, counts, now)
        bring = partial(
            _bring, reason=f"The catalogue of edition {edition.content_hash[:12]} says so.", now=now
        )
        developers = bring(Developer, rows["developers.csv"])
        models = _bring_models(rows["models.csv"], developers, bring)
        benchmarks = bring(Benchmark, rows["benchmarks.csv"])
        bring(Claim, rows["claims.csv"])
        _replace_scores(rows["scores.csv"], models, benchmarks, edition, now)
        if founding:
            date_the_founding(now=now)
    return counts


def register_model(
    *,
    slug: str,
    name: str,
    developer: str,
    openness: str,
    released_on: date | None = None,
    release_precision: str = Precision.DAY,
    source: str = "",
    **facts: Any,
) -> Model:
    """Put a model on record that the catalogue does not have; the same facts again change nothing."""
    given = facts | {
        "name": name,
        "openness": openness,
        "released_on": released_on,
        "release_precision": release_precision,
        "source": source,
    }
    with transaction.atomic():
        given["developer_id"] = _developer_id(developer)
        refuse_invalid(Model(slug=slug, **given))
        model, created = Model.objects.get_or_create(slug=slug, defaults=given)
    other = sorted(field for field, value in given.items() if getattr(model, field) != value)
    if not created and other:
        raise ModelConflict(f"Model {slug!r} is on record with another {', '.join(other)}.")
    return model


def register_developer(*, slug: str, name: str, country: str, source: str) -> Developer:
    """Put a developer on record that the catalogue does not have; one that is there stays as it is."""
    given = {"name": name, "country": country, "source": source}
    refuse_invalid(Developer(slug=slug, **given))
    return Developer.objects.get_or_create(slug=slug, defaults=given)[0]


def _developer_id(slug: str) -> int:
    known = dict(Developer.objects.values_list("slug", "id"))
    if slug not in known:
        sentence, allowed = unknown("developer", slug, known)
        raise UnknownDeveloper(sentence, allowed=allowed)
    return known[slug]


def _edition(folder: Path, counts: dict[str, int], now: datetime) -> CatalogueEdition:
    digest = sha256()
    for name in COLUMNS:
        content = (folder / name).read_bytes() if (folder / name).is_file() else b""
        digest.update(f"{name} {len(content)}\n".encode() + content)
    latest = CatalogueEdition.objects.last()
    if latest and latest.content_hash == digest.hexdigest():
        return latest
    return CatalogueEdition.objects.create(content_hash=digest.hexdigest(), counts=counts, loaded_at=now)


def _facts(row: Row, *, without: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Return a line's values by the table's columns."""
    return {RENAMED.get(name, name): v for name, v in row.cells.items() if name not in without}


def _bring(
    table: type[Sourced],
    rows: list[Row],
    links: Callable[[Row], dict[str, int | None]] = lambda row: {},
    *,
    reason: str,
    now: datetime,
) -> dict[str, int]:
    """Write rows that are told by their slug, correcting those on record; return the id of each slug."""
    manager: Any = table._default_manager
    on_record = {row.slug: row for row in manager.filter(slug__in=[row.cells["slug"] for row in rows])}
    wanted = {row.cells["slug"]: _facts(row, without=LINKS) | links(row) for row in rows}
    new = [table(**facts, known_at=now) for slug, facts in wanted.items() if slug not in on_record]
    manager.bulk_create(new, batch_size=500)
    known = ((row, wanted[slug]) for slug, row in on_record.items())
    correct(rows=known, reason=reason, now=now)
    return dict(manager.values_list("slug", "id"))


def _bring_models(
    rows: list[Row], developers: Mapping[str, int], bring: Callable[..., dict[str, int]]
) -> dict[str, int]:
    """Write models, each linked to its developer, its base and the release that it is a variant of."""
    on_record = set(Model.objects.values_list("slug", flat=True))
    new = [row for row in rows if row.cells["slug"] not in on_record]
    ids = bring(Model, new, lambda row: {"developer_id": developers[row.cells["developer"]]})
    created = {model.slug: model for model in Model.objects.filter(slug__in=[r.cells["slug"] for r in new])}
    for row in new:
        model = created[row.cells["slug"]]
        model.base_model_id = ids.get(row.cells["base_model"])
        model.variant_of_id = ids.get(row.cells["variant_of"])
    Model.objects.bulk_update(created.values(), ["base_model", "variant_of"], batch_size=200)
    old = [row for row in rows if row.cells["slug"] in on_record]
    bring(
        Model,
        old,
        lambda row: {
            "developer_id": developers[row.cells["developer"]],
            "base_model_id": ids.get(row.cells["base_model"]),
            "variant_of_id": ids.get(row.cells["variant_of"]),
        },
    )
    return ids


SCORE_FACTS = (
    "model_id",
    "benchmark_id",
    "value",
    "stderr",
    "n",
    "provenance",
    "reported_by",
    "source",
    "source_licence",
    "observed_on",
    "retrieved_on",
)


SAME_FIGURE = ("model_id", "benchmark_id", "reported_by")


def _replace_scores(
    rows: list[Row],
    models: Mapping[str, int],
    benchmarks: Mapping[str, int],
    edition: CatalogueEdition,
    now: datetime,
) -> None:
    """Bring the catalogue's scores in line with its files: new ones, corrected ones, withdrawn ones."""
    read: dict[str, Callable[[Row], Any]] = {
        "model_id": lambda row: models[row.cells["model"]],
        "benchmark_id": lambda row: benchmarks[row.cells["benchmark"]],
        "source_licence": lambda row: row.cells["licence"],
    }
    wanted = Counter(
        tuple(read[fact](row) if fact in read else row.cells[fact] for fact in SCORE_FACTS) for row in rows
    )
    old = []
    for score in Score.objects.filter(edition__isnull=False).select_related("model", "benchmark"):
        facts = tuple(getattr(score, fact) for fact in SCORE_FACTS)
        if facts in wanted:
            del wanted[facts]
        else:
            old.append(score)
    new = [dict(zip(SCORE_FACTS, facts, strict=True)) for facts in wanted]
    pairs, gone, new = _paired(old, new)
    reason = f"The catalogue of edition {edition.content_hash[:12]} "
    withdraw(rows=gone, reason=reason + "has this score no more.", now=now)
    correct(rows=pairs, reason=reason + "says so.", now=now)
    Score.objects.bulk_create(
        (Score(**facts, edition=edition, recorded_at=now, known_at=now) for facts in new), batch_size=500
    )


def _paired(
    old: list[Score], new: list[dict[str, Any]]
) -> tuple[list[tuple[Score, dict[str, Any]]], list[Score], list[dict[str, Any]]]:
    """Return which new line corrects which score on record, the scores with none, the lines with none.

    A line corrects the score of the same model, benchmark and reporter, of the same source if there is one.
    """
    pairs, lines = [], {id(facts): facts for facts in new}
    for key in (*SAME_FIGURE, "source"), SAME_FIGURE:
        of = {tuple(facts[name] for name in key): facts for facts in lines.values()}
        rest = []
        for score in old:
            facts = of.pop(tuple(getattr(score, name) for name in key), None)
            if facts:
                pairs.append((score, facts))
                del lines[id(facts)]
            else:
                rest.append(score)
        old = rest
    return pairs, old, list(lines.values())
