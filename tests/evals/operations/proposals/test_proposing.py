"""Users propose models; what they state is checked, and duplicates and floods are refused."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from evals import queries
from evals.models import AuditEvent, Developer, Model, ProposalState
from evals.operations.owners.access import NotPermitted
from evals.operations.proposals import lifecycle
from evals.operations.proposals.facts import BadProposal
from evals.operations.proposals.similar import similar_models
from evals.operations.refusals import Refused
from tests.support.proposals import SOURCE, make_proposal, proposed_facts
from tests.support.record import NOW, make_model, make_organisation, make_submission, make_user

pytestmark = pytest.mark.django_db


def test_a_proposed_model_is_on_record_at_once_but_not_confirmed() -> None:
    proposal = make_proposal(
        weights_url="https://hub.example/alpha-9", weights_licence="MIT", parameters_b=70.0, effort="high"
    )
    model = Model.objects.get(slug="alpha-9")
    assert (model.is_confirmed, model.confirmed_at, model.source) == (False, None, SOURCE)
    assert model.proposed_by is not None
    assert model.proposed_by.handle == "ann"
    assert (proposal.model, proposal.state, proposal.sources) == (model, ProposalState.OPEN, [SOURCE])
    assert (model.weights_licence, model.parameters_b, model.effort) == ("MIT", 70.0, "high")
    event = AuditEvent.objects.get(action="proposal.open")
    assert (event.object_id, event.after["developer"]) == (str(proposal.public_id), "deepseek")


def test_a_new_developer_is_unconfirmed_with_its_model() -> None:
    make_proposal(new_developer="Alpha Lab", new_developer_country="SG")
    developer = Developer.objects.get(slug="alpha-lab")
    assert (developer.is_confirmed, developer.country, developer.source) == (False, "SG", SOURCE)


def test_an_organisation_proposes_by_its_submitters_and_not_by_its_readers() -> None:
    ann, bob = make_user("ann", role="submitter"), make_user("bob", role="submitter")
    make_organisation("acme", submitter=ann, reader=bob)
    proposal = make_proposal(proposer=ann, owner="acme")
    assert proposal.model.proposed_by is not None
    assert proposal.model.proposed_by.handle == "acme"
    with pytest.raises(NotPermitted):
        make_proposal(proposer=bob, owner="acme", name="Beta 1")


def test_an_account_that_may_not_submit_may_not_propose() -> None:
    with pytest.raises(NotPermitted):
        make_proposal(proposer=make_user("rae", role="reader"))
    assert not Model.objects.filter(slug="alpha-9").exists()


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"name": "通义"}, "name"),
        ({"developer": ""}, "developer"),
        ({"developer": "deepseek", "new_developer": "Other"}, "developer"),
        ({"released_on": NOW.date() + timedelta(days=1)}, "released_on"),
        ({"sources": []}, "sources"),
        ({"sources": ["javascript:alert(1)"]}, "sources"),
        ({"sources": ["https://user:secret@example.org/"]}, "sources"),
        ({"openness": "closed", "weights_url": "https://hub.example/a"}, "weights_url"),
        ({"openness": "ajar"}, "openness"),
        ({"parameters_b": -1.0, "name": ""}, "name"),
        ({"developer": "nobody-knows"}, "developer"),
        ({"base_model": "nothing"}, "base_model"),
        ({"new_developer": "Alpha", "new_developer_country": "Singapore"}, "new_developer_country"),
        ({"new_developer": "DeepSeek"}, "new_developer"),
    ],
)
def test_an_invalid_fact_is_refused_by_the_name_of_its_field(facts: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refusal:
        make_proposal(**facts)
    assert refusal.value.field == field
    assert not Model.objects.filter(proposal__isnull=False).exists()


def test_models_with_a_similar_name_slug_or_alias_are_named_before_a_duplicate_is_proposed() -> None:
    make_model("deepseek-r1", aliases=["R One"])
    make_model("mistral-large")
    assert [row.slug for row in similar_models("DeepSeek R1")] == ["deepseek-r1"]
    assert [row.slug for row in similar_models("r-one")] == ["deepseek-r1"]
    assert not similar_models("Alpha 9")
    with pytest.raises(lifecycle.SimilarModelExists) as refusal:
        make_proposal(name="DeepSeek-R1", is_another=False)
    assert refusal.value.allowed == ["deepseek-r1"]
    proposal = make_proposal(name="DeepSeek-R1", is_another=True)
    assert proposal.model.slug == "deepseek-r1-2"


def test_an_owner_has_at_most_ten_proposals_waiting() -> None:
    for number in range(lifecycle.MAX_WAITING):
        make_proposal(name=f"Alpha {number}")
    with pytest.raises(lifecycle.TooManyProposals):
        make_proposal(name="Alpha too many")
    make_proposal(name="Beta 1", proposer=make_user("bob", role="submitter"))


def test_its_owner_amends_a_proposal_and_submits_it_again() -> None:
    ann, mod = make_user("ann", role="submitter"), make_user("mod", role="moderator")
    proposal = make_proposal(proposer=ann, new_developer="Alfa Lab", new_developer_country="SG")
    lifecycle.send_back(public_id=proposal.public_id, by=mod, reason="Which country?", now=NOW)
    later = NOW + timedelta(days=1)
    facts = proposed_facts(new_developer="Alpha Lab", new_developer_country="CN")
    with pytest.raises(NotPermitted):
        lifecycle.amend_proposal(
            public_id=proposal.public_id, by=make_user("bob", role="submitter"), facts=facts, now=later
        )
    amended = lifecycle.amend_proposal(public_id=proposal.public_id, by=ann, facts=facts, now=later)
    assert (amended.state, amended.message, amended.submitted_at) == (ProposalState.OPEN, "", later)
    assert amended.model.developer.country == "CN"
    assert not Developer.objects.filter(slug="alfa-lab").exists()


def test_of_the_variants_of_a_release_the_one_that_was_named_beforehand_counts() -> None:
    release = make_proposal(is_named=False).model
    named = make_proposal(name="Alpha 9 fast", variant_of="alpha-9", is_named=True)
    with pytest.raises(BadProposal) as refusal:
        make_proposal(name="Alpha 9 slow", variant_of="alpha-9", is_named=True)
    assert refusal.value.field == "is_named"
    unnamed = make_proposal(name="Alpha 9 slow", variant_of="alpha-9", is_named=False)
    mod = make_user("mod", role="moderator")
    for proposal in (release.proposal, named, unnamed):
        lifecycle.confirm_proposal(public_id=proposal.public_id, by=mod, now=NOW)
    counted = set(queries.published_models().values_list("slug", flat=True))
    assert {"alpha-9", "alpha-9-fast", "alpha-9-slow"} & counted == {"alpha-9-fast"}


def test_no_variant_is_named_once_one_of_its_release_was_run() -> None:
    make_proposal(is_named=False)
    fast = make_proposal(name="Alpha 9 fast", variant_of="alpha-9", is_named=False)
    submission = make_submission(model=fast.model, state="FINISHED")
    assert submission.scores.exists()
    with pytest.raises(BadProposal):
        make_proposal(name="Alpha 9 slow", variant_of="alpha-9", is_named=True)
    with pytest.raises(BadProposal):
        lifecycle.amend_proposal(
            public_id=fast.public_id,
            by=make_user("ann"),
            facts=proposed_facts(name="Alpha 9 fast", variant_of="alpha-9", is_named=True),
            now=NOW,
        )


def test_the_release_date_may_be_known_to_the_month_only_or_not_at_all() -> None:
    month = make_proposal(released_on=date(2026, 10, 1), release_precision="month").model
    assert month.release_precision == "month"
    assert make_proposal(name="Alpha 10", released_on=None).model.released_on is None
