"""Reads of the verification of organisations."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from evals.models import DeveloperVerification, Endpoint, Voucher
from evals.queries.endpoints import listed_endpoints
from evals.queries.owners import owners_for


def verifications(*, state: str = "") -> QuerySet[DeveloperVerification]:
    """Return claims of developers by organisations, newest first."""
    rows = DeveloperVerification.objects.select_related("organisation", "developer")
    return rows.filter(state=state) if state else rows


def verifications_of(account: Any) -> QuerySet[DeveloperVerification]:
    """Return the claims of the organisations that an account is a member of."""
    return verifications().filter(organisation__members__account=account)


def endpoints_to_vouch_for(account: Any) -> QuerySet[Endpoint]:
    """Return the endpoints that nobody vouches for, of models of the developers that an account verified.

    Somebody else's endpoint is among them once it has a submission: before, it exists for its owner only.
    """
    verified = verifications_of(account).filter(state="verified").values("developer")
    rows = Endpoint.objects.filter(model__developer__in=verified, vouched_by=Voucher.NOBODY)
    visible = listed_endpoints(rows) | rows.filter(owner__in=owners_for(account))
    return visible.select_related("model", "owner")
