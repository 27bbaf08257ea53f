"""Register models and developers by hand, and load the catalogue's files."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction

from evals.models import AuditAction, Developer, Model, Precision
from evals.operations.audit import record_event
from evals.operations.catalogue.loading import CatalogueError, load_catalogue
from evals.operations.catalogue.suites import sync_suites
from evals.operations.endpoints.registration import register_endpoint
from evals.operations.refusals import Conflict, Refused, describe_unknown, refuse_invalid

__all__ = [
    "CatalogueError",
    "ModelConflict",
    "UnknownDeveloper",
    "load_catalogue",
    "register_endpoint",
    "register_model",
    "sync_suites",
]


class UnknownDeveloper(Refused):
    """No developer has this slug."""

    code = "unknown_developer"
    field = "developer"


class ModelConflict(Conflict):
    """A model with this slug is on record with different facts."""

    code = "model_conflict"
    field = "slug"


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
    """Register a model that the catalogue lacks; repeating the same facts changes nothing."""
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
        if created:
            facts_recorded = {"name": name, "developer": developer, "openness": openness}
            record_event(
                action=AuditAction.MODEL_REGISTER, object_type="model", object_id=slug, after=facts_recorded
            )
    other = sorted(field for field, value in given.items() if getattr(model, field) != value)
    if not created and other:
        raise ModelConflict(f"Model {slug!r} is on record with another {', '.join(other)}.")
    return model


def register_developer(*, slug: str, name: str, country: str, source: str) -> Developer:
    """Register a developer that the catalogue lacks; an existing one is left unchanged."""
    given = {"name": name, "country": country, "source": source}
    refuse_invalid(Developer(slug=slug, **given))
    with transaction.atomic():
        row, created = Developer.objects.get_or_create(slug=slug, defaults=given)
        if created:
            record_event(
                action=AuditAction.DEVELOPER_REGISTER,
                object_type="developer",
                object_id=slug,
                after={"name": name},
            )
    return row


def _developer_id(slug: str) -> int:
    known = dict(Developer.objects.values_list("slug", "id"))
    if slug not in known:
        sentence, allowed = describe_unknown("developer", slug, known)
        raise UnknownDeveloper(sentence, allowed=allowed)
    return known[slug]
