"""Anybody disputes any fact; a moderator sees it, and it is answered in public with its correction."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from evals.models import Benchmark, Dispute, Model, Score
from evals.operations.catalogue.corrections import correct_rows, withdraw_rows
from evals.operations.disputes.lifecycle import (
    A_SENDER_FILES,
    AlreadyAnswered,
    BadAnswer,
    BadContact,
    BadEvidence,
    BadStatement,
    NoCorrection,
    UnknownFact,
    answer_dispute,
    drop_dispute,
    file_dispute,
    show_dispute,
)
from evals.operations.refusals import TooMany
from evals.operations.submissions.lifecycle import KeyConflict
from evals.queries import disputes, disputes_about, fact_at, facts_of, record_known_before, row_address
from tests.support.record import make_model

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
WRONG = "The weights were there a day earlier."
SEEN = "https://example.org/commits"


@pytest.fixture
def model() -> Model:
    row = make_model("m-one")
    Model.objects.filter(pk=row.pk).update(released_on=date(2025, 1, 21), known_at=NOW - 24 * HOUR)
    row.refresh_from_db()
    return row


def filed(**fields: Any) -> Dispute:
    given: dict[str, Any] = {
        "fact": "model:m-one:released_on",
        "statement": WRONG,
        "evidence": [SEEN],
        "now": NOW,
    }
    return file_dispute(**(given | fields))


def test_a_dispute_keeps_what_the_fact_said(model: Model) -> None:
    dispute = filed(contact="ada@example.org")
    assert (dispute.subject, dispute.field, dispute.value) == ("m-one", "released_on", "2025-01-21")
    assert (dispute.state, dispute.seen_at) == ("open", None)


def test_every_fact_of_every_kind_has_an_address_that_leads_to_it(model: Model) -> None:
    benchmark = Benchmark.objects.create(slug="b-one", name="B", chance=0, ceiling=1)
    score = Score.objects.create(
        model=model, benchmark=benchmark, value=0.5, provenance="reported", source="s", recorded_at=NOW
    )
    for row in (model, model.developer, benchmark, score):
        facts = facts_of(row)
        assert len(facts) >= 5
        assert [fact_at(fact.address) for fact in facts] == facts
    assert row_address(score) == f"score:{score.pk}"
    assert filed(fact=f"score:{score.pk}:value").subject == "m-one on b-one"
    assert filed(fact="model:m-one:developer").value == model.developer.slug


@pytest.mark.parametrize(
    "fact",
    [
        "",
        "model:m-one",
        "model:m-one:known_at",
        "model:m-one:id",
        "model:m-one:pk",
        "model:m-one:developer__country",
        "model:no-such:name",
        "user:ann:password",
        "score:x:value",
        f"score:{10**30}:value",
        "model:m-\x00one:name",
        "model:m-one:name:more",
    ],
)
def test_what_is_no_fact_cannot_be_disputed(model: Model, fact: str) -> None:
    with pytest.raises(UnknownFact):
        filed(fact=fact)
    assert not Dispute.objects.exists()


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://example.org/x",
        "https://user:secret@example.org/",
        "https://",
        "no address",
        f"https://example.org/{'a' * 500}",
    ],
)
def test_evidence_is_an_address_of_the_web(model: Model, address: str) -> None:
    with pytest.raises(BadEvidence, match="no evidence"):
        filed(evidence=[SEEN, address])


def test_evidence_is_one_to_five_addresses(model: Model) -> None:
    with pytest.raises(BadEvidence, match="it had 0"):
        filed(evidence=["  "])
    with pytest.raises(BadEvidence, match="it had 6"):
        filed(evidence=[f"{SEEN}/{i}" for i in range(6)])
    assert filed(evidence=[SEEN, SEEN]).evidence == [SEEN]


@pytest.mark.parametrize(
    "statement", ["too short", "x" * 4001, WRONG + "\x00", WRONG + "\x1b[31m", WRONG + "\ud800"]
)
def test_a_statement_is_plain_text_of_a_few_sentences(model: Model, statement: str) -> None:
    with pytest.raises(BadStatement):
        filed(statement=statement)


def test_a_contact_is_one_line(model: Model) -> None:
    with pytest.raises(BadContact):
        filed(contact="a\nb")
    with pytest.raises(BadContact):
        filed(contact="a" * 201)


def test_a_key_files_once(model: Model) -> None:
    first = filed(idempotency_key="k-1")
    again = filed(idempotency_key="k-1", now=NOW + HOUR)
    assert (again.pk, Dispute.objects.count()) == (first.pk, 1)
    with pytest.raises(KeyConflict):
        filed(idempotency_key="k-1", statement=f"{WRONG} Really.")


def test_a_sender_files_a_few_an_hour_and_others_still_can(model: Model) -> None:
    for i in range(A_SENDER_FILES):
        filed(filed_from="here", now=NOW + timedelta(minutes=i))
    with pytest.raises(TooMany, match="an hour"):
        filed(filed_from="here", now=NOW + timedelta(minutes=30))
    filed(filed_from="there", now=NOW + timedelta(minutes=30))
    filed(filed_from="here", now=NOW + timedelta(minutes=61))


def test_a_flood_from_everywhere_is_stopped(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evals.operations.disputes.lifecycle.MOST_WAITING", 2)
    filed(filed_from="a")
    show_dispute(dispute_id=filed(filed_from="b").pk, now=NOW)
    filed(filed_from="c")
    with pytest.raises(TooMany, match="wait for a moderator"):
        filed(filed_from="d")


def test_nothing_is_public_before_a_moderator_has_seen_it(model: Model) -> None:
    dispute = filed()
    assert not disputes().exists()
    assert show_dispute(dispute_id=dispute.pk, now=NOW)
    assert not show_dispute(dispute_id=dispute.pk, now=NOW + HOUR)
    assert [row.seen_at for row in disputes()] == [NOW]
    assert disputes_about([model]) == [dispute]
    assert disputes_about([model.developer]) == []


def test_what_says_nothing_is_deleted_unless_it_was_public(model: Model) -> None:
    spam, public = filed(), filed()
    show_dispute(dispute_id=public.pk, now=NOW)
    assert drop_dispute(dispute_id=spam.pk)
    assert not drop_dispute(dispute_id=public.pk)
    assert list(Dispute.objects.all()) == [public]


def test_an_upheld_dispute_has_the_correction_that_it_led_to(model: Model) -> None:
    dispute = filed()
    end: dict[str, Any] = {"dispute_id": dispute.pk, "state": "upheld", "answer": "Right.", "by": "mod"}
    with pytest.raises(NoCorrection, match="correct the fact first"):
        answer_dispute(**end, now=NOW + HOUR)
    correct_rows(rows=[(model, {"family": "F"})], reason="Another fact.", now=NOW + HOUR)
    with pytest.raises(NoCorrection):
        answer_dispute(**end, now=NOW + 2 * HOUR)
    (correction,) = correct_rows(
        rows=[(model, {"released_on": date(2025, 1, 20)})], reason="A day earlier.", now=NOW + 2 * HOUR
    )
    answered = answer_dispute(**end, now=NOW + 3 * HOUR)
    assert (answered.correction, answered.answered_by, answered.state) == (correction, "mod", "upheld")
    assert answered.answered_at == answered.seen_at == NOW + 3 * HOUR


def test_a_reference_is_corrected_by_its_column(model: Model) -> None:
    dispute = filed(fact="model:m-one:developer")
    other = make_model("m-two").developer
    if other == model.developer:
        other = type(other).objects.create(slug="other", name="Other", country="FR")
    correct_rows(rows=[(model, {"developer_id": other.pk})], reason="Made by another.", now=NOW + HOUR)
    end: dict[str, Any] = {"dispute_id": dispute.pk, "state": "upheld", "answer": "Right.", "by": "mod"}
    assert answer_dispute(**end, now=NOW + HOUR).correction is not None


def test_a_withdrawn_row_upholds_what_was_said_of_it(model: Model) -> None:
    benchmark = Benchmark.objects.create(slug="b-one", name="B")
    score = Score.objects.create(
        model=model, benchmark=benchmark, value=0.5, provenance="reported", source="s", recorded_at=NOW
    )
    dispute = filed(fact=f"score:{score.pk}:value")
    (correction,) = withdraw_rows(rows=[score], reason="It was a forgery.", now=NOW + HOUR)
    end: dict[str, Any] = {"dispute_id": dispute.pk, "state": "upheld", "answer": "Gone.", "by": "mod"}
    assert answer_dispute(**end, now=NOW + HOUR).correction == correction


def test_a_dispute_is_answered_once_and_with_words(model: Model) -> None:
    dispute = filed()
    end: dict[str, Any] = {"dispute_id": dispute.pk, "by": "mod", "now": NOW + HOUR}
    with pytest.raises(BadAnswer, match="the answer is public"):
        answer_dispute(**end, state="rejected", answer="  ")
    with pytest.raises(BadAnswer, match="not 'open'"):
        answer_dispute(**end, state="open", answer="x")
    answer_dispute(**end, state="rejected", answer="The page says otherwise.")
    with pytest.raises(AlreadyAnswered):
        answer_dispute(**end, state="withdrawn", answer="Again.")


def test_the_database_keeps_an_answer_with_its_end(model: Model) -> None:
    dispute = filed()
    broken: dict[str, Any]
    for broken in ({"state": "rejected"}, {"state": "settled"}, {"state": "upheld", "answer": "x"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Dispute.objects.filter(pk=dispute.pk).update(**broken)


def test_the_past_knows_no_later_answer_and_never_a_contact(model: Model) -> None:
    dispute = filed(contact="ada@example.org", filed_from="here", idempotency_key="k")
    show_dispute(dispute_id=dispute.pk, now=NOW + HOUR)
    answer_dispute(dispute_id=dispute.pk, state="rejected", answer="It stands.", by="mod", now=NOW + 2 * HOUR)
    with record_known_before(NOW + HOUR):
        assert not disputes().exists()
    with record_known_before(NOW + 2 * HOUR):
        past = disputes().get()
        assert (past.state, past.answer, past.answered_by, past.answered_at) == ("open", "", "", None)
        assert (past.contact, past.filed_from, past.idempotency_key) == ("", "", "")
    with record_known_before(NOW + 3 * HOUR):
        assert disputes().get().answer == "It stands."
