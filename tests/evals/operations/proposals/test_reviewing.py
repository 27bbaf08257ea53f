"""A moderator confirms, rejects or returns a proposal; the catalogue confirms what it names."""

from __future__ import annotations

from datetime import timedelta

import pytest

from evals import queries
from evals.models import AuditEvent, CatalogueEdition, Model, ModelProposal, ProposalState
from evals.operations.catalogue.corrections import NoReason
from evals.operations.owners.access import NotPermitted
from evals.operations.proposals import lifecycle
from evals.operations.proposals.catalogued import confirm_catalogued
from evals.operations.refusals import Refused
from tests.support.proposals import make_proposal
from tests.support.record import NOW, make_user

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=2)


@pytest.mark.parametrize("role", ["submitter", "auditor", "reader"])
def test_only_moderators_and_operators_decide(role: str) -> None:
    proposal, actor = make_proposal(), make_user("eve", role=role)
    with pytest.raises(NotPermitted):
        lifecycle.confirm_proposal(public_id=proposal.public_id, by=actor, now=LATER)
    with pytest.raises(NotPermitted):
        lifecycle.reject_proposal(public_id=proposal.public_id, by=actor, reason="No.", now=LATER)


@pytest.mark.parametrize("role", ["moderator", "operator"])
def test_confirming_a_model_confirms_its_new_developer(role: str) -> None:
    proposal = make_proposal(new_developer="Alpha Lab", new_developer_country="SG")
    reviewer = make_user("mod", role=role)
    lifecycle.confirm_proposal(public_id=proposal.public_id, by=reviewer, now=LATER)
    model = Model.objects.select_related("developer").get(slug="alpha-9")
    assert (model.is_confirmed, model.confirmed_at) == (True, LATER)
    assert (model.developer.is_confirmed, model.developer.confirmed_at) == (True, LATER)
    decided = ModelProposal.objects.get()
    assert (decided.state, decided.decided_at, decided.reviewer) == ("confirmed", LATER, reviewer)
    assert AuditEvent.objects.filter(action="proposal.confirm").count() == 1


def test_a_rejection_needs_a_reason_and_is_final() -> None:
    proposal, mod = make_proposal(), make_user("mod", role="moderator")
    with pytest.raises(NoReason):
        lifecycle.reject_proposal(public_id=proposal.public_id, by=mod, reason="  ", now=LATER)
    rejected = lifecycle.reject_proposal(
        public_id=proposal.public_id, by=mod, reason="It is Alpha 8 by another name.", now=LATER
    )
    assert (rejected.state, rejected.message) == ("rejected", "It is Alpha 8 by another name.")
    with pytest.raises(lifecycle.ProposalDecided):
        lifecycle.confirm_proposal(public_id=proposal.public_id, by=mod, now=LATER)
    assert not Model.objects.get(slug="alpha-9").is_confirmed


def test_a_rejected_model_is_listed_no_more_but_has_its_page() -> None:
    proposal = make_proposal(new_developer="Alpha Lab", new_developer_country="SG")
    assert queries.models().filter(slug="alpha-9").exists()
    assert queries.developers().filter(slug="alpha-lab").exists()
    mod = make_user("mod", role="moderator")
    lifecycle.reject_proposal(public_id=proposal.public_id, by=mod, reason="Not released.", now=LATER)
    assert not queries.models().filter(slug="alpha-9").exists()
    assert not queries.developers().filter(slug="alpha-lab").exists()
    facts = queries.model_facts("alpha-9")
    assert facts is not None
    assert facts.model.proposal.message == "Not released."


def test_a_model_is_confirmed_after_the_models_that_it_refers_to() -> None:
    base = make_proposal()
    tuned = make_proposal(name="Beta tuned", base_model="alpha-9")
    mod = make_user("mod", role="moderator")
    with pytest.raises(Refused):
        lifecycle.confirm_proposal(public_id=tuned.public_id, by=mod, now=LATER)
    lifecycle.confirm_proposal(public_id=base.public_id, by=mod, now=LATER)
    lifecycle.confirm_proposal(public_id=tuned.public_id, by=mod, now=LATER)


def test_what_the_catalogue_names_needs_no_moderator() -> None:
    make_proposal(new_developer="Alpha Lab", new_developer_country="SG")
    edition = CatalogueEdition.objects.create(content_hash="a" * 64, counts={}, loaded_at=NOW)
    confirm_catalogued(models={"alpha-9"}, developers={"alpha-lab"}, edition=edition, now=LATER)
    model = Model.objects.select_related("developer").get(slug="alpha-9")
    assert (model.is_confirmed, model.developer.is_confirmed, model.edition) == (True, True, edition)
    assert ModelProposal.objects.get().state == ProposalState.CONFIRMED
