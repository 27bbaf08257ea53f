"""Reads of proposed models."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from evals.models import ModelProposal
from evals.queries.filters import without_empty_filters


def proposals(*, state: str = "", developer: str = "", owner: str = "") -> QuerySet[ModelProposal]:
    """Return proposals with their models, the last submitted first."""
    exact = {"state": state, "model__developer__slug": developer, "model__proposed_by__handle": owner}
    rows = ModelProposal.objects.select_related(
        "model__developer", "model__proposed_by", "model__base_model", "model__variant_of"
    )
    return rows.filter(**without_empty_filters(exact))


def proposals_of(account: Any) -> QuerySet[ModelProposal]:
    """Return the proposals of an account and of its organisations."""
    mine = Q(model__proposed_by__account=account)
    return proposals().filter(mine | Q(model__proposed_by__members__account=account)).distinct()


def proposal(public_id: Any) -> ModelProposal | None:
    """Return a proposal by id, or None."""
    return proposals().filter(public_id=public_id).first()
