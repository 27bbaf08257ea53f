"""Prove claims by membership of an organisation on Hugging Face, when a member signs in there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser

from evals.models import DeveloperVerification, VerificationMethod
from evals.models.verifications import CHECKED_STATES
from evals.operations.owners.access import acts_for
from evals.operations.verifications.checks import apply_check
from evals.operations.verifications.claims import OWNERS

PROVING_ROLES = frozenset({"admin", "write"})


def prove_by_hub_roles(*, by: AbstractBaseUser, roles: Mapping[str, str], now: datetime) -> int:
    """Prove the claims of the organisations that an account owns, and return how many.

    `roles` has the account's role in each organisation on Hugging Face, by its name in lower case.
    """
    claims = DeveloperVerification.objects.filter(
        method=VerificationMethod.HUB, state__in=CHECKED_STATES, organisation__members__account_id=by.pk
    )
    proven = [
        claim
        for claim in claims.select_related("organisation", "developer")
        if roles.get(claim.hub_organisation.lower()) in PROVING_ROLES
        and acts_for(by, claim.organisation, OWNERS)
    ]
    for claim in proven:
        apply_check(claim=claim, is_proven=True, now=now)
    return len(proven)
