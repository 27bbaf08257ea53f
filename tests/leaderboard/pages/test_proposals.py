"""The pages of proposed models: propose, follow and amend them, review them, and the dashboard."""

from __future__ import annotations

import pytest
from django.test import Client

from evals.models import ModelProposal
from evals.operations.proposals.lifecycle import reject_proposal
from tests.support.accounts import add_totp, confirm_identity
from tests.support.own_endpoints import pass_preflight
from tests.support.proposals import SOURCE, make_proposal
from tests.support.record import NOW, make_endpoint, make_model, make_submission, make_user

pytestmark = pytest.mark.django_db
FORM = {
    "name": "Alpha 9",
    "developer": "deepseek",
    "openness": "open",
    "release_precision": "day",
    "sources": SOURCE,
}


def browser_of(name: str, role: str) -> Client:
    client = Client()
    user = make_user(name, role=role)
    add_totp(user)
    client.force_login(user)
    confirm_identity(client, user)
    return client


def text_of(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status, response.content.decode()[:500]
    return response.content.decode()


def test_a_user_proposes_a_model_and_follows_it() -> None:
    make_model()
    ann = browser_of("ann", "submitter")
    assert "Propose a model" in text_of(ann, "/models/propose/")
    response = ann.post("/models/propose/", FORM)
    proposal = ModelProposal.objects.get()
    assert response.headers["Location"] == f"/account/proposals/{proposal.public_id}/"
    assert "Alpha 9" in text_of(ann, "/account/proposals/")
    assert "unconfirmed" in text_of(ann, "/models/alpha-9/")
    assert "unconfirmed" in text_of(ann, "/models/")
    text_of(browser_of("bob", "submitter"), response.headers["Location"], 404)


def test_a_similar_name_is_shown_with_a_question_before_it_is_proposed() -> None:
    make_model("alpha-9")
    make_model()
    ann = browser_of("ann", "submitter")
    response = ann.post("/models/propose/", FORM)
    assert response.status_code == 400
    page = response.content.decode()
    assert '<a href="/models/alpha-9/">' in page
    assert 'name="is_another"' in page
    assert ann.post("/models/propose/", FORM | {"is_another": "on"}).status_code == 302
    assert ModelProposal.objects.get().model.slug == "alpha-9-2"


def test_a_refusal_is_shown_at_its_field() -> None:
    make_model()
    response = browser_of("ann", "submitter").post("/models/propose/", FORM | {"variant_of": "nothing"})
    assert response.status_code == 400
    assert "There is no model" in response.content.decode()


def test_a_moderator_returns_a_proposal_and_its_owner_amends_it() -> None:
    proposal = make_proposal()
    mod, ann = browser_of("mod", "moderator"), browser_of("ann", "submitter")
    review = f"/moderation/proposals/{proposal.public_id}/"
    assert "Alpha 9" in text_of(mod, "/moderation/")
    assert mod.post(review, {"decision": "return"}).status_code == 400
    assert mod.post(review, {"decision": "return", "reason": "Which licence?"}).status_code == 302
    own = f"/account/proposals/{proposal.public_id}/"
    assert "Which licence?" in text_of(ann, own)
    assert ann.post(own, FORM | {"weights_licence": "MIT"}).status_code == 302
    assert mod.post(review, {"decision": "confirm"}).status_code == 302
    proposal.refresh_from_db()
    assert (proposal.state, proposal.model.weights_licence) == ("confirmed", "MIT")
    assert "unconfirmed" not in text_of(ann, "/models/alpha-9/")


def test_the_address_of_a_rejected_model_says_why() -> None:
    proposal = make_proposal()
    mod = make_user("mod", role="moderator")
    reject_proposal(public_id=proposal.public_id, by=mod, reason="It is Alpha 8.", now=NOW)
    assert "It is Alpha 8." in text_of(Client(), "/models/alpha-9/")
    assert "Alpha 9" not in text_of(Client(), "/models/")


def test_a_score_names_whose_endpoint_answered_and_that_nobody_vouches_for_it() -> None:
    owner = make_proposal().model.proposed_by
    endpoint = make_endpoint("own", owner=owner, vouched_by="")
    pass_preflight(endpoint)
    make_submission(endpoint=endpoint, state="FINISHED")
    page = text_of(Client(), f"/models/{endpoint.model.slug}/")
    assert "endpoint of ann" in page
    assert "Nobody vouches for this endpoint" in page


def test_a_model_lists_every_variant_that_was_run_and_marks_the_one_that_counts() -> None:
    make_proposal(is_named=False)
    slow = make_proposal(name="Alpha 9 slow", variant_of="alpha-9", is_named=False).model
    fast = make_proposal(name="Alpha 9 fast", variant_of="alpha-9", is_named=True).model
    for model in (slow, fast):
        make_submission(model=model, state="FINISHED")
    page = text_of(Client(), "/models/alpha-9-fast/")
    section = page[page.index('id="variants"') :]
    assert "Alpha 9 slow" in section
    assert "Alpha 9 fast" in section
