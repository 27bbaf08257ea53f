"""Check the proofs of claims, and check verified ones again; a worker does this.

A proof that is gone has a grace period: the site or its DNS may be down for a while.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import aiohttp
from django.db import transaction
from django.utils.translation import gettext as _

from evals.engine.guard import AddressRefused, check_url, guarded_session
from evals.models import (
    AuditAction,
    DeveloperVerification,
    Endpoint,
    Owner,
    VerificationMethod,
    VerificationState,
    Voucher,
)
from evals.models.verifications import CHECKED_STATES
from evals.operations.endpoints.vouching import change_voucher
from evals.operations.owners.access import Actor, NotPermitted, acts_for
from evals.operations.verifications.claims import OWNERS, record_claim
from evals.operations.verifications.txt_records import LookupFailed, look_up_txt

PREFIX = "lagline-verification="
FILE = "/.well-known/lagline-verification.txt"
LABEL = "_lagline"
LONGEST_FILE, FETCH_S = 4096, 20.0
RECHECK, RETRY = timedelta(days=30), timedelta(hours=1)
FIRST_RETRY, FIRST_DAY = timedelta(minutes=5), timedelta(days=1)  # while somebody publishes the proof
HUB_RECHECK = timedelta(days=180)
GRACE, PATIENCE = timedelta(days=14), timedelta(days=14)
MOST_AT_ONCE = 20
LookUp = Callable[[DeveloperVerification], bool]


def proof_of(claim: DeveloperVerification) -> str:
    """Return the text that proves a claim."""
    return PREFIX + claim.challenge


def is_in_dns(claim: DeveloperVerification) -> bool:
    """Tell whether the domain has the TXT record; False if no resolver answers."""
    try:
        return proof_of(claim) in look_up_txt(f"{LABEL}.{claim.domain}")
    except LookupFailed:
        return False


def is_on_the_site(claim: DeveloperVerification) -> bool:
    """Tell whether the domain serves the file over https; False if it cannot be fetched."""
    try:
        text = asyncio.run(_fetch(f"https://{claim.domain}{FILE}"))
    except (aiohttp.ClientError, AddressRefused, TimeoutError, OSError):
        return False
    return proof_of(claim) in text.split()


async def _fetch(url: str) -> str:
    address = check_url(url, internal_allowed=False)
    timeout = aiohttp.ClientTimeout(total=FETCH_S)
    async with (
        guarded_session(internal_allowed=False, timeout=timeout) as session,
        session.get(address, allow_redirects=False) as answer,
    ):
        content = await answer.content.read(LONGEST_FILE)
        return content.decode(errors="replace") if answer.status == 200 else ""


def is_renewed(claim: DeveloperVerification) -> bool:
    """Return False: a worker cannot look, so a claim that is due was not proven again (hub.py)."""
    return False


PROOFS: Mapping[str, LookUp] = {
    VerificationMethod.DNS: is_in_dns,
    VerificationMethod.FILE: is_on_the_site,
    VerificationMethod.HUB: is_renewed,
}


def check_due_claims(*, now: datetime, proofs: Mapping[str, LookUp] = PROOFS) -> int:
    """Check the claims that are due; return their number."""
    due = DeveloperVerification.objects.filter(state__in=CHECKED_STATES, next_check_at__lte=now)
    claims = list(due.select_related("developer", "organisation").order_by("next_check_at")[:MOST_AT_ONCE])
    for claim in claims:
        apply_check(claim=claim, is_proven=proofs[claim.method](claim), now=now)
    return len(claims)


def apply_check(*, claim: DeveloperVerification, is_proven: bool, now: datetime) -> None:
    """Write the outcome of a check: verified, to be checked again, or lapsed after the grace period."""
    was_verified = claim.state == VerificationState.VERIFIED
    if is_proven:
        recheck = HUB_RECHECK if claim.method == VerificationMethod.HUB else RECHECK
        changes = {"state": VerificationState.VERIFIED, "failing_since": None, "next_check_at": now + recheck}
        changes |= {} if was_verified else {"verified_at": now}
        action = None if was_verified else AuditAction.VERIFICATION_PROVE
    else:
        since = claim.failing_since or now
        is_over = now - since >= (GRACE if was_verified else PATIENCE)
        is_awaited = not was_verified and now - since < FIRST_DAY
        changes = {"failing_since": since, "next_check_at": now + (FIRST_RETRY if is_awaited else RETRY)}
        changes |= {"state": VerificationState.LAPSED, "next_check_at": None} if is_over else {}
        action = AuditAction.VERIFICATION_LAPSE if is_over else None
    with transaction.atomic():
        unchanged = DeveloperVerification.objects.filter(pk=claim.pk, state=claim.state)
        if not unchanged.update(checked_at=now, **changes):
            return  # a concurrent check, or a moderator, was first
        claim.refresh_from_db()
        if action:
            record_claim(action, claim)
        if claim.state == VerificationState.LAPSED:
            _withdraw_vouches(claim, now)


def end_verifications_of(*, organisation: Owner, now: datetime) -> None:
    """End the verifications of an organisation and their vouches; call it in a transaction."""
    verified = DeveloperVerification.objects.filter(
        organisation=organisation, state=VerificationState.VERIFIED
    )
    for claim in verified.select_related("developer"):
        claim.state = VerificationState.LAPSED
        claim.next_check_at = None
        claim.save(update_fields=["state", "next_check_at"])
        record_claim(AuditAction.VERIFICATION_LAPSE, claim)
        _withdraw_vouches(claim, now)


def _withdraw_vouches(claim: DeveloperVerification, now: datetime) -> None:
    """Let the developer vouch for no endpoint any more, unless another organisation is verified for it."""
    others = DeveloperVerification.objects.filter(developer=claim.developer, state=VerificationState.VERIFIED)
    if others.exists():
        return
    vouched = Endpoint.objects.filter(model__developer=claim.developer, vouched_by=Voucher.DEVELOPER)
    for endpoint_id in vouched.values_list("pk", flat=True):
        change_voucher(endpoint_id=endpoint_id, voucher=Voucher.NOBODY, now=now)


def vouch_as_developer(*, endpoint_id: int, by: Actor, now: datetime) -> bool:
    """Vouch for an endpoint of the own developer's model, as an owner of a verified organisation."""
    endpoint = Endpoint.objects.select_related("model").get(pk=endpoint_id)
    verified = DeveloperVerification.objects.filter(
        developer=endpoint.model.developer_id, state=VerificationState.VERIFIED
    )
    if not any(acts_for(by, row.organisation, OWNERS) for row in verified.select_related("organisation")):
        raise NotPermitted(
            _("Only an owner of the verified developer of its model may vouch for an endpoint.")
        )
    if endpoint.vouched_by == Voucher.OPERATOR:
        return False  # the operator's vouch does not end with the verification
    return change_voucher(endpoint_id=endpoint_id, voucher=Voucher.DEVELOPER, now=now)
