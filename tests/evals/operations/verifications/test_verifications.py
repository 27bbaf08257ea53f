"""An organisation proves that it is a developer; a proof that is gone ends it after a grace period."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest

from evals.models import AuditEvent, Developer, DeveloperVerification, Endpoint, Voucher
from evals.operations.owners.access import NotPermitted
from evals.operations.refusals import Refused
from evals.operations.verifications import checks, claims
from evals.operations.verifications.hub import prove_by_hub_roles
from evals.queries import endpoints_to_vouch_for
from tests.support.own_endpoints import make_own_endpoint, pass_preflight
from tests.support.record import NOW, make_endpoint, make_model, make_organisation, make_submission, make_user

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def claim(method: str = "dns", domain: str = "Deepseek.example.", hub: str = "") -> DeveloperVerification:
    make_model()
    ann = make_user("ann", role="submitter")
    make_organisation("acme", owner=ann)
    return claims.claim_developer(
        by=ann,
        organisation="acme",
        developer="deepseek",
        method=method,
        domain=domain,
        hub_organisation=hub,
        now=NOW,
    )


def accepted(method: str = "dns") -> DeveloperVerification:
    row = claim(method, hub="DeepSeek-AI" if method == "hub" else "")
    claims.accept_domain(claim_id=row.pk, by=make_user("mod", role="moderator"), now=NOW)
    return row


def check(now: object, *, proven: bool) -> int:
    return checks.check_due_claims(now=now, proofs=dict.fromkeys(("dns", "file"), lambda claim: proven))  # type: ignore[arg-type]


def test_a_claim_waits_for_a_moderator_and_then_for_its_proof() -> None:
    row = claim()
    assert (row.state, row.domain, len(row.challenge) > 20) == ("claimed", "deepseek.example", True)
    assert check(NOW, proven=True) == 0
    claims.accept_domain(claim_id=row.pk, by=make_user("mod", role="moderator"), now=NOW)
    assert check(NOW, proven=True) == 1
    row.refresh_from_db()
    assert (row.state, row.verified_at, row.next_check_at) == ("verified", NOW, NOW + 30 * DAY)
    actions = ["verification.prove", "verification.accept", "verification.claim"]
    assert (
        list(AuditEvent.objects.filter(object_type="verification").values_list("action", flat=True))
        == actions
    )


def test_only_an_owner_of_an_organisation_claims_and_only_a_moderator_decides() -> None:
    row = claim()
    bob = make_user("bob", role="submitter")
    make_organisation("other", submitter=bob)
    for handle in ("other", "bob"):
        with pytest.raises(NotPermitted):
            claims.claim_developer(
                by=bob, organisation=handle, developer="deepseek", method="dns", domain="a.example", now=NOW
            )
    with pytest.raises(NotPermitted):
        claims.accept_domain(claim_id=row.pk, by=bob, now=NOW)


@pytest.mark.parametrize(
    "domain", ["localhost", "10.0.0.1", "http://a.example", "a_b.example", "", "-a.example"]
)
def test_a_domain_is_a_host_name(domain: str) -> None:
    with pytest.raises(claims.BadDomain):
        claim(domain=domain)


def test_a_claim_is_made_once_and_a_rejected_one_can_be_made_again() -> None:
    row = claim()
    ann = make_user("ann")
    again = {"by": ann, "organisation": "acme", "developer": "deepseek", "method": "file", "now": NOW}
    with pytest.raises(claims.AlreadyClaimed):
        claims.claim_developer(domain="b.example", **again)  # type: ignore[arg-type]
    mod = make_user("mod", role="moderator")
    with pytest.raises(Refused):
        claims.reject_claim(claim_id=row.pk, by=mod, reason=" ")
    claims.reject_claim(claim_id=row.pk, by=mod, reason="Another company.")
    with pytest.raises(claims.ClaimDecided):
        claims.accept_domain(claim_id=row.pk, by=mod, now=NOW)
    claims.claim_developer(domain="b.example", **again)  # type: ignore[arg-type]


def test_a_proof_that_never_comes_is_awaited_for_two_weeks() -> None:
    row = accepted()
    check(NOW, proven=False)
    check(NOW + 15 * DAY, proven=False)
    row.refresh_from_db()
    assert (row.state, row.next_check_at) == ("lapsed", None)


def test_a_verified_organisation_vouches_until_its_proof_is_gone_for_longer_than_the_grace_period() -> None:
    row, ann = accepted(), make_user("ann")
    endpoint = make_endpoint(vouched_by=Voucher.NOBODY)
    with pytest.raises(NotPermitted):
        checks.vouch_as_developer(endpoint_id=endpoint.pk, by=ann, now=NOW)
    check(NOW, proven=True)
    assert checks.vouch_as_developer(endpoint_id=endpoint.pk, by=ann, now=NOW)
    check(NOW + 30 * DAY, proven=False)
    assert Endpoint.objects.get(pk=endpoint.pk).vouched_by == Voucher.DEVELOPER
    check(NOW + 40 * DAY, proven=True)
    row.refresh_from_db()
    assert row.failing_since is None
    check(NOW + 70 * DAY, proven=False)
    check(NOW + 85 * DAY, proven=False)
    row.refresh_from_db()
    assert row.state == "lapsed"
    assert Endpoint.objects.get(pk=endpoint.pk).vouched_by == Voucher.NOBODY


def test_an_organisation_vouches_for_no_endpoint_of_another_developer() -> None:
    accepted()
    check(NOW, proven=True)
    other = make_endpoint("other", model=make_model("o9", developer="openai", country="US"), vouched_by="")
    with pytest.raises(NotPermitted):
        checks.vouch_as_developer(endpoint_id=other.pk, by=make_user("ann"), now=NOW)


def test_an_unused_endpoint_of_somebody_else_does_not_exist_for_the_developer() -> None:
    accepted()
    check(NOW, proven=True)
    ann, ben = make_user("ann"), make_user("ben", role="submitter")
    own = make_own_endpoint(ann, owner="acme")
    foreign = make_own_endpoint(ben)
    assert list(endpoints_to_vouch_for(ann)) == [own]
    pass_preflight(foreign)
    make_submission(endpoint=foreign, submitter=ben, now=NOW)
    assert set(endpoints_to_vouch_for(ann)) == {own, foreign}
    assert list(endpoints_to_vouch_for(ben)) == []


def test_the_operators_vouch_does_not_end_with_a_verification() -> None:
    accepted()
    check(NOW, proven=True)
    endpoint = make_endpoint()
    assert not checks.vouch_as_developer(endpoint_id=endpoint.pk, by=make_user("ann"), now=NOW)
    assert Endpoint.objects.get(pk=endpoint.pk).vouched_by == Voucher.OPERATOR


def test_a_site_inside_is_not_asked() -> None:
    row = DeveloperVerification(
        developer=Developer(slug="x"), method="file", domain="inside.internal", challenge="c"
    )
    assert not checks.is_on_the_site(row)


@pytest.mark.parametrize("role", ["admin", "write"])
def test_membership_of_the_organisation_on_hugging_face_proves_a_claim_for_180_days(role: str) -> None:
    row = accepted("hub")
    ann = row.organisation.members.get().account
    assert (row.domain, row.place) == ("", "huggingface.co/DeepSeek-AI")
    assert prove_by_hub_roles(by=ann, roles={"deepseek-ai": role, "other": "admin"}, now=NOW) == 1
    row.refresh_from_db()
    assert (row.state, row.next_check_at) == ("verified", NOW + 180 * DAY)
    assert checks.check_due_claims(now=NOW + 180 * DAY) == 1
    checks.check_due_claims(now=NOW + 195 * DAY)
    row.refresh_from_db()
    assert row.state == "lapsed", "nobody proved it again"


@pytest.mark.parametrize(
    "roles", [{}, {"deepseek-ai": "read"}, {"deepseek-ai": ""}, {"deepseek": "admin"}, {"": "admin"}]
)
def test_a_reader_or_a_stranger_on_hugging_face_proves_nothing(roles: dict[str, str]) -> None:
    row = accepted("hub")
    ann = row.organisation.members.get().account
    assert prove_by_hub_roles(by=ann, roles=roles, now=NOW) == 0
    row.refresh_from_db()
    assert row.state == "checking"


def test_only_owners_prove_by_hugging_face_and_only_what_a_moderator_has_confirmed() -> None:
    row = claim("hub", hub="DeepSeek-AI")
    ann = row.organisation.members.get().account
    assert prove_by_hub_roles(by=ann, roles={"deepseek-ai": "admin"}, now=NOW) == 0
    claims.accept_domain(claim_id=row.pk, by=make_user("mod", role="moderator"), now=NOW)
    bob = make_user("bob")
    row.organisation.members.create(account=bob, role="submitter", created_at=NOW)
    assert prove_by_hub_roles(by=bob, roles={"deepseek-ai": "admin"}, now=NOW) == 0
    assert prove_by_hub_roles(by=ann, roles={"deepseek-ai": "admin"}, now=NOW) == 1


@pytest.mark.parametrize("name", ["", "a b", "a/b", "-a", "é", "x" * 97])
def test_an_organisation_on_hugging_face_has_a_short_name(name: str) -> None:
    with pytest.raises(claims.BadHubOrganisation):
        claim("hub", hub=name)


def test_an_accepted_claim_is_checked_at_once(
    django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[object]], wake_ups: list[str]
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        accepted()
    assert wake_ups == ["worker.check_claims"]


@pytest.mark.parametrize(("hours_since", "minutes_until"), [(0, 5), (23, 5), (24, 60)])
def test_a_proof_is_looked_for_often_on_the_first_day(hours_since: int, minutes_until: int) -> None:
    claim = accepted()
    claim.refresh_from_db()
    checks.apply_check(claim=claim, is_proven=False, now=NOW)
    claim.refresh_from_db()
    now = NOW + timedelta(hours=hours_since)
    checks.apply_check(claim=claim, is_proven=False, now=now)
    claim.refresh_from_db()
    assert claim.next_check_at == now + timedelta(minutes=minutes_until)
