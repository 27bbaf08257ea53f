"""Every write of disputes: anyone can file one; a moderator publishes and answers it."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from evals.models import AuditAction, Correction, Dispute, DisputeState
from evals.operations.audit import record_event
from evals.operations.catalogue.corrections import subject_of
from evals.operations.catalogue.facts import correct_fact, parse_correction
from evals.operations.disputes.puzzles import OPEN, refuse_unsolved
from evals.operations.quotas import Counted, Of, Quota, Source, Things, refuse_exceeded
from evals.operations.refusals import Conflict, Refused
from evals.operations.submissions.lifecycle import KeyConflict, refuse_bad_key
from evals.queries.facts import KINDS, Fact, fact_at, facts_of, row_at, row_of

SHORTEST_STATEMENT, LONGEST_STATEMENT = 20, 4_000
LONGEST_CONTACT = 200
MOST_EVIDENCE, LONGEST_ADDRESS = 5, 500
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOBODY = Source()
QUOTAS = (
    Quota(Of.SUBSCRIBER, 5, HOUR),
    Quota(Of.SUBSCRIBER, 10, DAY, waiting=True),
    Quota(Of.NETWORK, 20, DAY),
    Quota(Of.NETWORK, 25, DAY, waiting=True),
    Quota(Of.ANONYMOUS, 2_000, DAY, waiting=True),
    Quota(Of.ACCOUNT, 30, DAY),
    Quota(Of.ACCOUNT, 100, DAY, waiting=True),
)
"""Whatever readers without an account file, accounts can file."""
NO_ANSWER = "Say why: the answer is public."
UNSEEN_CATEGORIES = frozenset({"Cc", "Cs"})
is_address = URLValidator(schemes=["http", "https"])


class UnknownFact(Refused):
    """No fact of the record has this address."""

    code = "unknown_fact"
    field = "fact"


class BadStatement(Refused):
    """A statement is a few sentences of plain text."""

    code = "bad_statement"
    field = "statement"


class BadEvidence(Refused):
    """Evidence is a list of web addresses, which a moderator opens."""

    code = "bad_evidence"
    field = "evidence"


class BadContact(Refused):
    """A contact is one short line."""

    code = "bad_contact"
    field = "contact"


class BadAnswer(Refused):
    """An answer needs a verdict and a sentence."""

    code = "bad_answer"
    field = "answer"


class NoCorrection(Refused):
    """A dispute can be upheld only if the fact was corrected."""

    code = "no_correction"
    field = "state"


class AlreadyAnswered(Conflict):
    """A dispute is answered once."""

    code = "already_answered"
    field = "state"


def file_dispute(
    *,
    fact: str,
    statement: str,
    evidence: Sequence[str],
    now: datetime,
    contact: str = "",
    source: Source = NOBODY,
    puzzle: str = "",
    solution: str = "",
    idempotency_key: str = "",
) -> Dispute:
    """File an objection to a fact, or return the dispute that this key filed before.

    Raises QuotaExceeded, and PuzzleRequired if many disputes wait and no puzzle was solved.
    """
    refuse_bad_key(idempotency_key)
    disputed = _fact(fact)
    text, addresses, reach = _statement(statement), _evidence(evidence), _contact(contact)
    dispute = Dispute(
        table=disputed.row._meta.db_table,
        row_id=disputed.row.pk,
        field=disputed.field,
        subject=subject_of(disputed.row)[:300],
        value=disputed.value,
        statement=text,
        evidence=addresses,
        contact=reach,
        filed_from=source.subscriber,
        filed_network=source.network,
        filed_account=source.account,
        idempotency_key=idempotency_key,
        filed_at=now,
    )
    try:
        with transaction.atomic():
            if earlier := _earlier(dispute):
                return earlier
            refuse_exceeded(QUOTAS, _counted(), source=source, now=now)
            refuse_unsolved(text=puzzle, solution=solution, source=source, now=now)
            dispute.save(force_insert=True)
            _record(AuditAction.DISPUTE_FILE, dispute, field=dispute.field)
    except IntegrityError:
        # A concurrent request with the same key was first.
        if not (earlier := _earlier(dispute)):
            raise
        return earlier
    return dispute


def show_dispute(*, dispute_id: int, now: datetime) -> bool:
    """Publish a dispute that a moderator has seen; return False if it was public."""
    with transaction.atomic():
        shown = bool(Dispute.objects.filter(pk=dispute_id, seen_at__isnull=True).update(seen_at=now))
        if shown:
            _record(AuditAction.DISPUTE_PUBLISH, Dispute.objects.get(pk=dispute_id), public=True)
    return shown


def drop_dispute(*, dispute_id: int) -> bool:
    """Delete a dispute that was never public; return False if it was public."""
    with transaction.atomic():
        dispute = Dispute.objects.filter(pk=dispute_id).first()
        dropped = bool(Dispute.objects.filter(pk=dispute_id, seen_at__isnull=True).delete()[0])
        if dispute and dropped:
            _record(AuditAction.DISPUTE_DELETE, dispute)
    return dropped


def reject_disputes(*, dispute_ids: Collection[int], reason: str, by: str, now: datetime) -> list[int]:
    """Reject open disputes with one reason; return those rejected. What was not public stays so."""
    if not reason.strip():
        raise BadAnswer("Give a reason: it is recorded with each dispute.")
    with transaction.atomic():
        open_ones = Dispute.objects.select_for_update().filter(pk__in=dispute_ids, state=DisputeState.OPEN)
        rejected = list(open_ones.order_by("pk"))
        ids = [dispute.pk for dispute in rejected]
        Dispute.objects.filter(pk__in=ids).update(
            state=DisputeState.REJECTED, answer=reason.strip(), answered_by=by[:150], answered_at=now
        )
        for dispute in rejected:
            _record(
                AuditAction.DISPUTE_ANSWER, dispute, state=DisputeState.REJECTED.value, reason=reason.strip()
            )
    return ids


def answer_dispute(*, dispute_id: int, state: str, answer: str, by: str, now: datetime) -> Dispute:
    """Answer a dispute in public; an upheld one is linked to its correction."""
    dispute = Dispute.objects.get(pk=dispute_id)
    correction = refuse_bad_answer(dispute=dispute, state=state, answer=answer)
    with transaction.atomic():
        _end_dispute(dispute, state, answer.strip(), by, correction, now)
        _record(AuditAction.DISPUTE_ANSWER, dispute, state=state)
    return Dispute.objects.get(pk=dispute_id)


def _end_dispute(
    dispute: Dispute, state: str, answer: str, by: str, correction: Correction | None, now: datetime
) -> None:
    ended = Dispute.objects.filter(pk=dispute.pk, state=DisputeState.OPEN).update(
        state=state,
        answer=answer,
        answered_by=by[:150],
        answered_at=now,
        seen_at=dispute.seen_at or now,
        correction=correction,
    )
    if not ended:
        raise AlreadyAnswered(f"The dispute of {dispute} was answered before.")


def _record(action: AuditAction, dispute: Dispute, **after: object) -> None:
    record_event(action=action, object_type="dispute", object_id=dispute.public_id, after=after)


def uphold_by_correcting(
    *, dispute_id: int, value: str, source: str, answer: str, by: str, now: datetime
) -> Dispute:
    """Correct the disputed fact, with the answer as the reason, and uphold the dispute."""
    with transaction.atomic():
        dispute = Dispute.objects.get(pk=dispute_id)
        refuse_bad_correction(dispute=dispute, value=value, source=source, answer=answer, now=now)
        correct_fact(fact=disputed_fact(dispute), value=value, reason=answer.strip(), source=source, now=now)
        return answer_dispute(dispute_id=dispute_id, state=DisputeState.UPHELD, answer=answer, by=by, now=now)


def refuse_bad_correction(*, dispute: Dispute, value: str, source: str, answer: str, now: datetime) -> None:
    """Refuse a correction with an invalid value or source."""
    if not answer.strip():
        raise BadAnswer(NO_ANSWER)
    _refuse_bad_address(source)
    parse_correction(fact=disputed_fact(dispute), value=value, now=now)


def disputed_fact(dispute: Dispute) -> Fact:
    """Return the current fact of a dispute; refuse one whose row was withdrawn."""
    row = row_of(dispute.table, dispute.row_id)
    if row is None:
        raise UnknownFact(f"The row of {dispute} was withdrawn.")
    return Fact(row, dispute.field)


def refuse_bad_answer(*, dispute: Dispute, state: str, answer: str) -> Correction | None:
    """Refuse an incomplete answer; return the correction of an upheld dispute."""
    verdicts = [verdict.value for verdict in DisputeState if verdict != DisputeState.OPEN]
    if state not in verdicts:
        raise BadAnswer(f"A dispute ends {' or '.join(verdicts)}, not {state!r}.", field="state")
    if not answer.strip():
        raise BadAnswer(NO_ANSWER)
    if state != DisputeState.UPHELD:
        return None
    correction = _correction_since(dispute)
    if correction is None:
        raise NoCorrection(
            f"{dispute} was not corrected since it was disputed: correct the fact first, or give its right "
            "value and where it can be read."
        )
    return correction


def _correction_since(dispute: Dispute) -> Correction | None:
    column = next(
        Fact(table(), dispute.field).column
        for table in KINDS.values()
        if table._meta.db_table == dispute.table
    )
    rows = Correction.objects.filter(
        table=dispute.table, row_id=dispute.row_id, corrected_at__gte=dispute.filed_at
    )
    return next((row for row in rows if not row.changes or column in row.changes), None)


# Validation ------------------------------------------------------------------------------------------------


def _fact(address: str) -> Fact:
    if known := fact_at(address):
        return known
    if row := row_at(address):
        fields = [fact.field for fact in facts_of(row)]
        message = _("There is no fact “%(address)s”. Its row has %(fields)s.")
        raise UnknownFact(message % {"address": address, "fields": ", ".join(fields)}, allowed=fields)
    message = _(
        "There is no fact “%(address)s”. A fact is kind:slug:field, such as model:deepseek-r1:released_on; "
        "the kinds are %(kinds)s; scores, prices and adoption figures go by their number."
    )
    raise UnknownFact(message % {"address": address[:200], "kinds": ", ".join(KINDS)}, allowed=list(KINDS))


def _statement(text: str) -> str:
    statement = text.replace("\r\n", "\n").strip()
    if not SHORTEST_STATEMENT <= len(statement) <= LONGEST_STATEMENT:
        refusal = _("A statement has %(least)d to %(most)d characters; it had %(n)d.")
        range_and_length = {"least": SHORTEST_STATEMENT, "most": LONGEST_STATEMENT, "n": len(statement)}
        raise BadStatement(refusal % range_and_length)
    if unseen := _unseen(statement.replace("\n", "").replace("\t", "")):
        refusal = _("A statement is plain text; it had the control character %(code)s.")
        raise BadStatement(refusal % {"code": unseen})
    return statement


def _contact(text: str) -> str:
    contact = text.strip()
    if len(contact) > LONGEST_CONTACT or _unseen(contact):
        raise BadContact(
            _("A contact is one line of at most %(most)d characters.") % {"most": LONGEST_CONTACT}
        )
    return contact


def _unseen(text: str) -> str:
    character = next(
        (candidate for candidate in text if unicodedata.category(candidate) in UNSEEN_CATEGORIES), ""
    )
    return f"U+{ord(character):04X}" if character else ""


def _evidence(addresses: Sequence[str]) -> list[str]:
    """Return the validated addresses; they are not opened."""
    evidence = list(dict.fromkeys(text.strip() for text in addresses if text.strip()))
    if not 1 <= len(evidence) <= MOST_EVIDENCE:
        refusal = _("Give 1 to %(most)d addresses as evidence; it had %(n)d.")
        raise BadEvidence(refusal % {"most": MOST_EVIDENCE, "n": len(evidence)})
    for address in evidence:
        _refuse_bad_address(address)
    return evidence


def _refuse_bad_address(address: str) -> None:
    message = _(
        "“%(address)s” is no evidence: give an http or https address of at most %(most)d characters, "
        "without a user name in it."
    )
    refusal = BadEvidence(message % {"address": address[:100], "most": LONGEST_ADDRESS})
    try:
        is_address(address)
        if len(address) > LONGEST_ADDRESS or "@" in urlsplit(address).netloc:
            raise refusal
    except (ValidationError, ValueError):
        raise refusal from None


def _earlier(dispute: Dispute) -> Dispute | None:
    """Return the dispute that this key filed before; refuse the key if its content differs."""
    key = dispute.idempotency_key
    earlier = Dispute.objects.filter(idempotency_key=key).first() if key else None
    if earlier is None:
        return None
    same = ("table", "row_id", "field", "statement", "evidence", "contact")
    if all(getattr(earlier, name) == getattr(dispute, name) for name in same):
        return earlier
    raise KeyConflict(_("This idempotency key filed another dispute before. Use a new key for a new one."))


def _counted() -> Counted:
    return Counted(
        Things.DISPUTES,
        Dispute.objects.all(),
        waiting=OPEN,
        at="filed_at",
        subscriber="filed_from",
        network="filed_network",
        account="filed_account",
    )
