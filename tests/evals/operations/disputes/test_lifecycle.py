"""Anybody disputes any fact; a moderator sees it, and it is answered in public with its correction."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.core import signing
from django.db import IntegrityError, transaction

from evals.models import AuditEvent, Benchmark, Dispute, Model, Score, SolvedPuzzle
from evals.operations.catalogue.corrections import correct_rows, withdraw_rows
from evals.operations.disputes import lifecycle, puzzles
from evals.operations.disputes.lifecycle import (
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
    reject_disputes,
    show_dispute,
)
from evals.operations.disputes.puzzles import Puzzle, PuzzleRequired, leading_zero_bits, required_puzzle
from evals.operations.quotas import Of, Quota, QuotaExceeded, Source
from evals.operations.submissions.lifecycle import KeyConflict
from evals.queries import (
    disputes,
    disputes_about,
    disputes_waiting,
    fact_at,
    facts_of,
    record_known_before,
    row_address,
)
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


def solved(puzzle: Puzzle) -> dict[str, str]:
    """Return the fields of a dispute whose puzzle is solved."""
    numbers = (str(number) for number in count())
    solution = next(n for n in numbers if leading_zero_bits(puzzle.text, n) >= puzzle.bits)
    return {"puzzle": puzzle.text, "solution": solution}


@pytest.fixture
def easy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(puzzles, "LEAST_BITS", 4)
    monkeypatch.setattr(puzzles, "MOST_BITS", 6)


@pytest.fixture
def without_puzzles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifecycle, "refuse_unsolved", lambda **_: None)


def test_a_sender_files_a_few_an_hour_and_others_still_can(model: Model, without_puzzles: None) -> None:
    here, there = Source("here", "net"), Source("there", "net")
    for i in range(5):
        filed(source=here, now=NOW + timedelta(minutes=i))
    with pytest.raises(QuotaExceeded, match="your address is used up: 5 disputes in 1 hour") as refusal:
        filed(source=here, now=NOW + timedelta(minutes=30))
    assert refusal.value.retry_after_s == 30 * 60
    filed(source=there, now=NOW + timedelta(minutes=30))
    filed(source=here, now=NOW + timedelta(minutes=61))


def test_the_addresses_of_one_network_share_a_quota(model: Model, without_puzzles: None) -> None:
    for i in range(20):
        filed(source=Source(f"subscriber-{i}", "net"))
    with pytest.raises(QuotaExceeded) as refusal:
        filed(source=Source("another", "net"))
    assert refusal.value.quota.of is Of.NETWORK


def test_a_network_has_so_many_open_disputes_at_most(model: Model, without_puzzles: None) -> None:
    for i in range(25):
        filed(source=Source(f"subscriber-{i}", "net"), now=NOW + timedelta(days=i))
    with pytest.raises(QuotaExceeded, match="25 disputes of your network are waiting") as refusal:
        filed(source=Source("another", "net"), now=NOW + timedelta(days=26))
    assert refusal.value.quota.waiting
    ids = list(Dispute.objects.values_list("pk", flat=True)[:5])
    reject_disputes(dispute_ids=ids, reason="Spam.", by="mod", now=NOW)
    filed(source=Source("another", "net"), now=NOW + timedelta(days=26))


def test_five_hundred_disputes_close_the_form_for_nobody(model: Model, easy: None) -> None:
    rows = [
        Dispute(
            table="evals_model", row_id=model.pk, field="name", subject="m-one", statement=WRONG,
            evidence=[SEEN], filed_at=NOW, filed_from=f"s-{i}", filed_network=f"n-{i // 25}",
        )
        for i in range(500)
    ]  # fmt: skip
    Dispute.objects.bulk_create(rows)
    reader = Source("reader", "elsewhere")
    with pytest.raises(PuzzleRequired) as refusal:
        filed(source=reader)
    assert refusal.value.puzzle.bits == 6
    filed(source=reader, **solved(refusal.value.puzzle))
    filed(source=Source("reader", "elsewhere", account="ann"))


def test_whatever_others_file_an_account_can_file(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    quotas = (Quota(Of.ANONYMOUS, 2, timedelta(days=1), waiting=True), Quota(Of.ACCOUNT, 2, HOUR))
    monkeypatch.setattr(lifecycle, "QUOTAS", quotas)
    for i in range(2):
        filed(source=Source(f"s-{i}", f"n-{i}"))
    with pytest.raises(QuotaExceeded):
        filed(source=Source("s-3", "n-3"))
    for _ in range(2):
        filed(source=Source("s-3", "n-3", account="ann"))
    with pytest.raises(QuotaExceeded, match="your account"):
        filed(source=Source("s-3", "n-3", account="ann"))


def test_the_first_disputes_of_a_network_need_no_puzzle(model: Model, easy: None) -> None:
    source = Source("here", "net")
    for _ in range(2):
        filed(source=source)
    with pytest.raises(PuzzleRequired):
        filed(source=source)
    filed(source=Source("there", "another net"))


def test_a_puzzle_is_harder_the_more_disputes_wait(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    bits = []
    for _ in range(9):
        puzzle = required_puzzle(source=Source("reader", "net"), now=NOW)
        bits.append(puzzle.bits if puzzle else 0)
        Dispute.objects.create(
            table="evals_model", row_id=model.pk, field="name", subject="m-one", statement=WRONG,
            evidence=[SEEN], filed_at=NOW, filed_from="s", filed_network="net",
        )  # fmt: skip
    assert bits == [0, 0, 15, 15, 16, 16, 17, 17, 18]
    monkeypatch.setattr(puzzles, "FREE_OVERALL", 2)
    overall = required_puzzle(source=Source("reader", "elsewhere"), now=NOW)
    assert overall is not None
    assert overall.bits == 17


def test_a_solution_counts_once_for_its_sender_and_for_half_an_hour(model: Model, easy: None) -> None:
    source, later = Source("here", "net"), NOW + timedelta(minutes=31)
    for _ in range(2):
        filed(source=source)

    def puzzle(of: Source = source) -> Puzzle:
        required = required_puzzle(source=of, now=NOW)
        assert required is not None
        return required

    answer = solved(puzzle())
    wrong = str(int(answer["solution"]) + 1)
    while leading_zero_bits(answer["puzzle"], wrong) >= puzzle().bits:
        wrong = str(int(wrong) + 1)
    other = solved(puzzle(Source("there", "net")))
    easier = signing.Signer(salt="another").sign_object({"n": "1", "s": "here", "b": 0, "e": 10**10})
    for fields, at in (
        (answer | {"solution": wrong}, NOW),
        (answer | {"solution": ""}, NOW),
        (answer | {"solution": "0" * 30}, NOW),
        (answer | {"puzzle": answer["puzzle"] + "x"}, NOW),
        ({"puzzle": easier, "solution": "1"}, NOW),
        (other, NOW),
        (answer, later),
    ):
        with pytest.raises(PuzzleRequired):
            filed(source=source, now=at, **fields)
    filed(source=source, **answer)
    with pytest.raises(PuzzleRequired, match="used before"):
        filed(source=source, **answer)
    assert SolvedPuzzle.objects.count() == 1
    filed(source=source, now=later, **solved_at(source, later))
    assert SolvedPuzzle.objects.count() == 1, "the expired one is forgotten"


def solved_at(source: Source, now: datetime) -> dict[str, str]:
    puzzle = required_puzzle(source=source, now=now)
    assert puzzle is not None
    return solved(puzzle)


def test_many_are_rejected_at_once_with_one_reason_and_are_not_published(model: Model) -> None:
    spam, public, answered = (filed() for _ in range(3))
    show_dispute(dispute_id=public.pk, now=NOW)
    answer_dispute(dispute_id=answered.pk, state="rejected", answer="No.", by="mod", now=NOW)
    with pytest.raises(BadAnswer):
        reject_disputes(dispute_ids=[spam.pk], reason=" ", by="mod", now=NOW)
    ids = [spam.pk, public.pk, answered.pk]
    assert reject_disputes(dispute_ids=ids, reason="Spam.", by="eve", now=NOW + HOUR) == [spam.pk, public.pk]
    spam.refresh_from_db()
    assert (spam.state, spam.answer, spam.answered_by, spam.answered_at, spam.seen_at) == (
        "rejected",
        "Spam.",
        "eve",
        NOW + HOUR,
        None,
    )
    assert set(disputes()) == {public, answered}
    assert disputes().get(pk=answered.pk).answer == "No."
    events = AuditEvent.objects.filter(action="dispute.answer").order_by("pk")
    assert [(event.object_id, event.after) for event in events] == [
        (str(answered.public_id), {"state": "rejected"}),
        (str(spam.public_id), {"state": "rejected", "reason": "Spam."}),
        (str(public.public_id), {"state": "rejected", "reason": "Spam."}),
    ]
    assert disputes_waiting() == 0


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
    dispute = filed(contact="ada@example.org", source=Source("here"), idempotency_key="k")
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
