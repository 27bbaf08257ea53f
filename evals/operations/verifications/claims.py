"""Claims of developers by organisations: claim, and a moderator's decision about the domain."""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from functools import partial

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from evals.models import (
    AuditAction,
    Developer,
    DeveloperVerification,
    MemberRole,
    OwnerKind,
    VerificationMethod,
    VerificationState,
)
from evals.operations.audit import record_event
from evals.operations.catalogue.registration import UnknownDeveloper
from evals.operations.owners.access import Actor, NotPermitted, acts_for, resolve_owner
from evals.operations.refusals import Conflict, Refused, describe_unknown
from evals.operations.submissions.access import refuse_without
from evals.operations.wakeup import CHECK_CLAIMS, wake_worker

REVIEW = "evals.review_model"
HOST_NAME = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])")
HUB_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,94}[A-Za-z0-9])?")
OWNERS = frozenset({MemberRole.OWNER})


class BadDomain(Refused):
    """A domain is a public host name."""

    code = "bad_domain"
    field = "domain"


class BadHubOrganisation(Refused):
    """The name of an organisation on Hugging Face is a short one."""

    code = "bad_hub_organisation"
    field = "hub_organisation"


class AlreadyClaimed(Conflict):
    """The organisation has a claim of this developer already."""

    code = "already_claimed"
    field = "developer"


class ClaimDecided(Conflict):
    """A moderator has decided on this claim."""

    code = "claim_decided"
    field = "state"


def claim_developer(
    *,
    by: AbstractBaseUser,
    organisation: str,
    developer: str,
    method: str,
    domain: str = "",
    hub_organisation: str = "",
    now: datetime,
) -> DeveloperVerification:
    """Claim that an organisation is a developer of the catalogue; a moderator looks at its place first."""
    owner = resolve_owner(actor=by, handle=organisation)
    if owner.kind != OwnerKind.ORGANISATION or not acts_for(by, owner, OWNERS):
        raise NotPermitted(_("Only an owner of an organisation may verify it."))
    row = Developer.objects.filter(slug=developer).first()
    if row is None:
        known = set(Developer.objects.values_list("slug", flat=True))
        sentence, allowed = describe_unknown("developer", developer, known)
        raise UnknownDeveloper(sentence, allowed=allowed)
    if method not in VerificationMethod.values:
        raise Refused(_("Choose how to prove it."), field="method", allowed=VerificationMethod.values)
    place = _read_place(method, domain, hub_organisation)
    try:
        with transaction.atomic():
            claim = DeveloperVerification.objects.create(
                organisation=owner,
                developer=row,
                method=method,
                **place,
                challenge=secrets.token_urlsafe(24),
                claimed_at=now,
            )
            record_claim(AuditAction.VERIFICATION_CLAIM, claim)
    except IntegrityError:
        raise AlreadyClaimed(_("Your organisation has claimed this developer already.")) from None
    return claim


def _read_place(method: str, domain: str, hub_organisation: str) -> dict[str, str]:
    if method == VerificationMethod.HUB:
        name = hub_organisation.strip()
        if not HUB_NAME.fullmatch(name):
            raise BadHubOrganisation(_("Give the name of the organisation on Hugging Face."))
        return {"hub_organisation": name}
    name = domain.strip().lower().rstrip(".")
    if not HOST_NAME.fullmatch(name):
        raise BadDomain(_("Give the developer's domain, such as example.org."))
    return {"domain": name}


def accept_domain(*, claim_id: int, by: Actor, now: datetime) -> None:
    """Confirm that a claim's place is the developer's; then a worker looks for the proof."""
    _decide(claim_id, by, AuditAction.VERIFICATION_ACCEPT, VerificationState.CHECKING, next_check_at=now)
    transaction.on_commit(partial(wake_worker, CHECK_CLAIMS))


def reject_claim(*, claim_id: int, by: Actor, reason: str) -> None:
    """Reject a claim, with a reason for the organisation."""
    if not reason.strip():
        raise Refused(_("Give a reason."), field="reason")
    _decide(claim_id, by, AuditAction.VERIFICATION_REJECT, VerificationState.REJECTED, message=reason.strip())


def _decide(
    claim_id: int, by: Actor, action: AuditAction, state: VerificationState, **changes: object
) -> None:
    refuse_without(by, REVIEW, _("Only a moderator may decide on a claim."))
    with transaction.atomic():
        waiting = DeveloperVerification.objects.filter(pk=claim_id, state=VerificationState.CLAIMED)
        if not waiting.update(state=state, **changes):
            raise ClaimDecided(_("Somebody else has decided on this claim."))
        record_claim(action, DeveloperVerification.objects.get(pk=claim_id))


def record_claim(action: AuditAction, claim: DeveloperVerification) -> None:
    """Record a change of a claim."""
    record_event(
        action=action,
        object_type="verification",
        object_id=claim.pk,
        after={
            "developer": claim.developer.slug,
            "method": claim.method,
            "domain": claim.place,
            "state": str(claim.state),
        },
    )
