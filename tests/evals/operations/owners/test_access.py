"""Who acts for an owner: people for themselves, members of an organisation by their role."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser

from evals.operations.owners.access import NotPermitted, UnknownOwner, owner_of, resolve_owner, role_in
from evals.operations.submissions.access import may_control, may_see_details
from evals.operations.submissions.control import rerun_afresh
from tests.support.record import NOW, make_organisation, make_submission, make_user

pytestmark = pytest.mark.django_db


def test_a_person_submits_for_themselves_unless_an_organisation_is_named() -> None:
    ann = make_user("ann")
    acme = make_organisation(owner=ann)
    assert make_submission(submitter=ann).owner == owner_of(ann)
    assert make_submission(submitter=ann, owner="acme").owner == acme


@pytest.mark.parametrize("role", ["owner", "submitter"])
def test_members_control_what_another_member_submitted(role: str) -> None:
    ann, ben = make_user("ann"), make_user("ben")
    acme = make_organisation(owner=ann)
    acme.members.create(account=ben, role=role, created_at=NOW)
    submission = make_submission(submitter=ann, owner="acme")
    assert may_control(ben, submission)
    assert may_see_details(ben, submission)


def test_a_reader_of_an_organisation_sees_details_and_changes_nothing() -> None:
    ann, rita = make_user("ann"), make_user("rita")
    make_organisation(owner=ann, reader=rita)
    submission = make_submission(submitter=ann, owner="acme")
    assert may_see_details(rita, submission)
    assert not may_control(rita, submission)
    with pytest.raises(NotPermitted, match="Readers"):
        resolve_owner(actor=rita, handle="acme")


def test_strangers_learn_and_control_nothing_of_an_organisation() -> None:
    ann, stranger = make_user("ann"), make_user("stranger")
    make_organisation(owner=ann)
    submission = make_submission(submitter=ann, owner="acme")
    for actor in (stranger, AnonymousUser()):
        assert role_in(actor, submission.owner) is None
        assert not may_see_details(actor, submission)
        assert not may_control(actor, submission)
    with pytest.raises(UnknownOwner) as existing:
        resolve_owner(actor=stranger, handle="acme")
    with pytest.raises(UnknownOwner) as missing:
        resolve_owner(actor=stranger, handle="nobody")
    assert existing.value.message.replace("acme", "nobody") == missing.value.message
    assert existing.value.allowed == ["stranger"]


def test_a_former_member_no_longer_controls_what_they_submitted() -> None:
    ann = make_user("ann")
    acme = make_organisation(owner=ann)
    submission = make_submission(submitter=ann, owner="acme")
    acme.members.all().delete()
    assert not may_see_details(ann, submission)
    assert not may_control(ann, submission)


def test_a_rerun_keeps_the_owner_unless_an_operator_asks_for_it() -> None:
    ann, boss = make_user("ann"), make_user("boss", role="operator")
    acme = make_organisation(owner=ann)
    submission = make_submission(submitter=ann, owner="acme", state="FINISHED")
    assert rerun_afresh(submission_id=submission.pk, by=ann, now=NOW).owner == acme
    assert rerun_afresh(submission_id=submission.pk, by=boss, now=NOW).owner == owner_of(boss)
