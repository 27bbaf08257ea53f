"""Reads of policies and of who has accepted them."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from leaderboard.models import ACCEPTED_POLICIES, POLICY_TEXTS, PolicyAcceptance, PolicyVersion, SignUp

TEXTS = [f"version__{name}" for name in POLICY_TEXTS.values()]


def policy_versions(kind: str) -> QuerySet[PolicyVersion]:
    """Return the versions of a policy, newest first."""
    return PolicyVersion.objects.filter(kind=kind).order_by("-number")


def current_policies() -> list[PolicyVersion]:
    """Return the newest version of each policy that people accept."""
    rows = PolicyVersion.objects.filter(kind__in=ACCEPTED_POLICIES).order_by("number").only("kind", "number")
    newest = {row.kind: row for row in rows}
    return [newest[kind] for kind in ACCEPTED_POLICIES if kind in newest]


def policies_to_accept(account: Any) -> list[PolicyVersion]:
    """Return what an account must accept before it may submit; one that an operator made accepts nothing."""
    if not SignUp.objects.filter(account_id=account.pk).exists():
        return []
    accepted = set(
        PolicyAcceptance.objects.filter(account_id=account.pk).values_list("version_id", flat=True)
    )
    return [version for version in current_policies() if version.pk not in accepted]


def accepted_policies(account: Any) -> QuerySet[PolicyAcceptance]:
    """Return what an account has accepted, newest first."""
    rows = PolicyAcceptance.objects.filter(account_id=account.pk)
    return rows.select_related("version").defer(*TEXTS).order_by("-accepted_at", "-pk")
