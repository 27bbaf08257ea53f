"""The version of the record, which identifies the data of a response."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from django.db.models import Count, Max, Q, Subquery

from evals.models import CatalogueEdition, Correction, VouchChange
from evals.queries.as_of import last_day_read
from evals.queries.published import published_models, published_scores


@dataclass(frozen=True, slots=True)
class RecordVersion:
    """The date of the newest data, and a hash of the content."""

    as_of: date | None
    version: str


def record_version() -> RecordVersion:
    """Return the version of the record; equal catalogue, published scores and corrections give the same."""
    edition = CatalogueEdition.objects.values_list("content_hash", flat=True).last()
    corrections = Correction.objects.order_by("-pk").values("pk")[:1]
    ours = Q(edition__isnull=True)
    vouches = VouchChange.objects.order_by("-pk").values("pk")[:1]
    scores = published_scores().aggregate(
        retrieved_on=Max("retrieved_on"),
        recorded_at=Max("recorded_at", filter=ours),
        recorded=Count("pk", filter=ours),
        corrected=Max(Subquery(corrections)),
        vouched=Max(Subquery(vouches)),
    )
    dates = [scores["retrieved_on"], scores["recorded_at"] and scores["recorded_at"].date()]
    as_of = max((day for day in dates if day), default=None)
    if as_of and (past := last_day_read()):
        as_of = min(as_of, past)  # a fact known early may have been retrieved later
    models = published_models().aggregate(n=Count("pk"), confirmed_at=Max("confirmed_at"))
    ours_told = scores["recorded"], scores["recorded_at"], scores["corrected"], scores["vouched"]
    content = (edition, *models.values(), *ours_told)
    digest = sha256(repr(content).encode()).hexdigest()[:10]
    return RecordVersion(as_of=as_of, version=f"{as_of or 'empty'}.{digest}")
