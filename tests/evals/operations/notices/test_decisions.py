"""Decisions of others about what is an owner's, and the end of keys and preflights, leave a notice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from evals.models import Endpoint, Notice, NoticeType, Preflight, PreflightState, Submission
from evals.operations.catalogue.corrections import NoReason
from evals.operations.endpoints.keys import delete_own_key, delete_unneeded_keys
from evals.operations.endpoints.own import change_own_endpoint
from evals.operations.endpoints.preflights import fail_preflights_of, request_preflight, run_next_preflight
from evals.operations.owners.access import NotPermitted
from evals.operations.proposals import lifecycle as proposals
from evals.operations.submissions.lifecycle import submit
from evals.operations.submissions.review import ReasonMissing, approve, reject, request_changes
from leaderboard.operations.notice_texts import notice_link
from tests.evals.engine.builders import clock
from tests.support.own_endpoints import give_key, make_own_endpoint, worker_with_keys
from tests.support.proposals import make_proposal
from tests.support.record import NOW, make_endpoint, make_suite, make_user

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def ann(db: None) -> User:
    return make_user("ann", role="submitter")


@pytest.fixture
def boss(db: None) -> User:
    return make_user("boss", role="operator")


@pytest.fixture
def worker(db: None, settings: Settings, tmp_path: Path) -> Iterator[None]:
    with worker_with_keys(settings, tmp_path):
        yield


@pytest.fixture
def in_review(ann: User, settings: Settings) -> Submission:
    settings.SPENDING_CAPS = dict.fromkeys(settings.SPENDING_CAPS, Decimal(0))
    make_suite()
    return submit(submitter=ann, endpoint=make_endpoint().slug, suite="mini", budget_calls=5, now=NOW)


def notices(*types: NoticeType) -> list[Notice]:
    return list(Notice.objects.filter(type__in=types).order_by("pk"))


def test_a_submitter_has_a_notice_of_each_decision_without_the_words_of_the_reason(
    ann: User, boss: User, in_review: Submission
) -> None:
    request_changes(submission_id=in_review.pk, by=boss, now=LATER, reason="Fewer calls, please.")
    approve(submission_id=in_review.pk, by=boss, now=LATER)
    changes, approved = notices(NoticeType.SUBMISSION_CHANGES, NoticeType.SUBMISSION_APPROVED)
    assert (changes.owner, approved.owner) == (ann.owner, ann.owner)
    assert changes.data["submission"] == approved.data["submission"] == str(in_review.public_id)
    assert "Fewer" not in str(vars(changes))
    assert notice_link(changes).endswith(f"/submissions/{in_review.public_id}/")


def test_a_rejection_leaves_one_notice_and_a_refused_one_none(boss: User, in_review: Submission) -> None:
    with pytest.raises(ReasonMissing):
        reject(submission_id=in_review.pk, by=boss, now=LATER, reason=" ")
    with pytest.raises(NotPermitted):
        reject(submission_id=in_review.pk, by=make_user("eve", role="submitter"), now=LATER, reason="No.")
    assert not notices(NoticeType.SUBMISSION_REJECTED)
    reject(submission_id=in_review.pk, by=boss, now=LATER, reason="Not now.")
    assert len(notices(NoticeType.SUBMISSION_REJECTED)) == 1


def test_who_proposed_a_model_has_a_notice_of_each_decision(ann: User) -> None:
    proposal, mod = make_proposal(proposer=ann), make_user("mod", role="moderator")
    with pytest.raises(NoReason):
        proposals.send_back(public_id=proposal.public_id, by=mod, reason="", now=LATER)
    proposals.send_back(public_id=proposal.public_id, by=mod, reason="Which licence?", now=LATER)
    proposals.confirm_proposal(public_id=proposal.public_id, by=mod, now=LATER)
    rows = Notice.objects.filter(owner=ann.owner, type__startswith="model.").order_by("pk")
    assert [row.type for row in rows] == [NoticeType.MODEL_CHANGES, NoticeType.MODEL_CONFIRMED]
    assert rows[0].data == {"model": "alpha-9", "proposal": str(proposal.public_id)}
    assert notice_link(rows[0]).endswith(f"/account/proposals/{proposal.public_id}/")


def test_who_proposed_a_rejected_model_has_a_notice(ann: User) -> None:
    proposal, mod = make_proposal(proposer=ann), make_user("mod", role="moderator")
    proposals.reject_proposal(public_id=proposal.public_id, by=mod, reason="A copy.", now=LATER)
    assert [row.owner for row in notices(NoticeType.MODEL_REJECTED)] == [ann.owner]


def test_a_preflight_that_ended_leaves_a_notice_with_the_check_that_failed(ann: User) -> None:
    endpoint = make_own_endpoint(ann)
    Endpoint.objects.update(base_url="http://10.0.0.1/v1")
    request_preflight(actor=ann, endpoint=endpoint, now=timezone.now())
    assert not notices(NoticeType.PREFLIGHT_ENDED)
    assert run_next_preflight(owner="w", clock=clock)
    (notice,) = notices(NoticeType.PREFLIGHT_ENDED)
    assert (notice.data["endpoint"], notice.data["ok"], notice.data["code"]) == ("ann--lab", False, "address")
    assert notice_link(notice).endswith("/account/endpoints/ann--lab/")


def test_a_preflight_that_failed_by_our_fault_leaves_a_notice_too(ann: User) -> None:
    preflight = request_preflight(actor=ann, endpoint=make_own_endpoint(ann), now=timezone.now())
    Preflight.objects.filter(pk=preflight.pk).update(state=PreflightState.RUNNING, lease_owner="w")
    fail_preflights_of(owner="another", now=LATER)
    assert not notices(NoticeType.PREFLIGHT_ENDED)
    fail_preflights_of(owner="w", now=LATER)
    assert len(notices(NoticeType.PREFLIGHT_ENDED)) == 1


def test_a_deleted_key_leaves_a_notice_with_the_reason_and_a_replaced_one_none(
    ann: User, worker: None
) -> None:
    endpoint = make_own_endpoint(ann)
    give_key(ann, endpoint)
    give_key(ann, endpoint)
    assert not notices(NoticeType.KEY_DELETED)
    delete_own_key(actor=ann, endpoint=endpoint, now=LATER)
    assert not delete_own_key(actor=ann, endpoint=endpoint, now=LATER)
    give_key(ann, endpoint)
    delete_unneeded_keys(now=timezone.now() + timedelta(days=8))
    give_key(ann, endpoint)
    change_own_endpoint(actor=ann, endpoint=endpoint, changes={"base_url": "https://other.example/v1"})
    reasons = [notice.data["reason"] for notice in notices(NoticeType.KEY_DELETED)]
    assert reasons == ["deleted_by_owner", "not_needed", "address_changed"]
