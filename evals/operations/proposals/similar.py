"""Models on record whose names are like a proposed one, so that nobody proposes a duplicate."""

from __future__ import annotations

from dataclasses import dataclass

from rapidfuzz import fuzz, process, utils

from evals.catalogue.duplicates import normalised
from evals.models import Alias, Model
from evals.queries import listed_models

LEAST_LIKENESS = 88.0
SHOWN = 5


@dataclass(frozen=True, slots=True)
class SimilarModel:
    """A model on record, and how alike its name is, from 0 to 100."""

    slug: str
    name: str
    likeness: float


def similar_models(name: str) -> list[SimilarModel]:
    """Return the models with a name, slug or alias like this one, the most similar first. Two queries."""
    names, spellings = _spellings()
    exact = {slug for spelling, slug in spellings if normalised(spelling) == normalised(name)}
    options = dict(enumerate(utils.default_process(spelling) for spelling, _ in spellings))
    matches = process.extract(
        utils.default_process(name), options, scorer=fuzz.ratio, limit=None, score_cutoff=LEAST_LIKENESS
    )
    likeness: dict[str, float] = dict.fromkeys(sorted(exact), 100.0)
    for _, score, place in matches:
        slug = spellings[place][1]
        likeness[slug] = max(score, likeness.get(slug, 0.0))
    best = sorted(likeness.items(), key=lambda pair: (-pair[1], pair[0]))[:SHOWN]
    return [SimilarModel(slug, names[slug], round(score, 1)) for slug, score in best]


def _spellings() -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Return the names by slug, and every spelling with the slug that it means."""
    names: dict[str, str] = {}
    spellings: list[tuple[str, str]] = []
    rows = listed_models().order_by("slug").values_list("slug", "name", "aliases")
    for slug, name, aliases in rows:
        names[slug] = name
        spellings += [(spelling, slug) for spelling in (slug, name, *aliases)]
    confirmed = Alias.objects.filter(kind=Alias.Kind.MODEL, model__isnull=False)
    for spelling, slug in confirmed.values_list("spelling", "model__slug"):
        spellings += [(spelling, slug)] * (slug in names)
    return names, spellings


def free_slug(base: str) -> str:
    """Return a slug that no model has: this one, or with a number."""
    taken = set(Model.objects.filter(slug__startswith=base).values_list("slug", flat=True)) | RESERVED
    candidates = (base, *(f"{base}-{number}" for number in range(2, len(taken) + 3)))
    return next(slug for slug in candidates if slug not in taken)


RESERVED = frozenset({"propose"})
"""Addresses of pages under /models/."""
