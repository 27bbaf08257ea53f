"""Publish versions of policies, and accept them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from evals.models import AuditAction
from evals.operations.audit import pseudonym_of, record_event
from evals.operations.refusals import Conflict, Refused
from leaderboard.models import POLICY_TEXTS, PolicyAcceptance, PolicyKind, PolicyVersion
from leaderboard.policy_texts import shipped_text
from leaderboard.queries import policies_to_accept, policy_versions


class EmptyPolicy(Refused):
    """A policy has a text in English."""

    code = "empty_policy"
    field = "text_en"


class UnchangedPolicy(Conflict):
    """The newest version has the same texts, or somebody else published one at the same time."""

    code = "unchanged_policy"


@transaction.atomic
def install_policies(*, now: datetime) -> int:
    """Publish the shipped texts as the first versions, where there is none, and return how many."""
    kinds = [kind for kind in PolicyKind.values if not policy_versions(kind).exists()]
    for kind in kinds:
        texts = {name: shipped_text(kind, language) for language, name in POLICY_TEXTS.items()}
        publish_policy(kind=kind, texts=texts, now=now)
    return len(kinds)


def publish_policy(*, kind: str, texts: Mapping[str, str], now: datetime) -> PolicyVersion:
    """Publish a new version of a policy; earlier ones stay. Raises EmptyPolicy, UnchangedPolicy."""
    values = {name: texts.get(name, "").strip() for name in POLICY_TEXTS.values()}
    if not values["text_en"]:
        raise EmptyPolicy(_("A policy needs a text in English."))
    newest = policy_versions(kind).first()
    if newest and all(getattr(newest, name) == text for name, text in values.items()):
        raise UnchangedPolicy(_("This is the text of the newest version."))
    number = newest.number + 1 if newest else 1
    try:
        with transaction.atomic():
            version = PolicyVersion.objects.create(kind=kind, number=number, published_at=now, **values)
            record_event(
                action=AuditAction.POLICY_PUBLISH,
                object_type="policy",
                object_id=kind,
                after={"version": number},
            )
    except IntegrityError:
        raise UnchangedPolicy(_("Somebody else has just published a version. Read it first.")) from None
    return version


@transaction.atomic
def accept_policies(*, account: AbstractBaseUser, now: datetime) -> int:
    """Accept the newest version of all policies that an account must accept, and return how many."""
    versions = policies_to_accept(account)
    rows: list[Any] = [
        PolicyAcceptance(account_id=account.pk, version=version, accepted_at=now) for version in versions
    ]
    PolicyAcceptance.objects.bulk_create(rows, ignore_conflicts=True)
    for version in versions:
        record_event(
            action=AuditAction.POLICY_ACCEPT,
            object_type="account",
            object_id=pseudonym_of(account.pk),
            after={"kind": version.kind, "version": version.number},
        )
    return len(versions)
