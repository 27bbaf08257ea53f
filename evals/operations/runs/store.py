"""The database store of the caller: leases, attempts and answers in bulk, in short transactions.

The statements are SQL because they run for every call. SQLite and PostgreSQL both take them; the lock that
lets workers pass one another by (`SKIP LOCKED`) is added where the database has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import F

from evals.engine.item_faults import every_item
from evals.engine.outcomes import HELD, POLICIES, UNANSWERED, Kind
from evals.engine.replies import item_answer
from evals.engine.requests import Claim, Ended, Failure, Outlook, Sent, Turn
from evals.engine.store import StoreBusy
from evals.models import Attempt, Request, RequestState, Response, Run, SampleRequest, Submission
from evals.operations.runs.budgets import CallBudget

LEASE_S = 30.0

RUN, SUBMISSION = Run._meta.db_table, Submission._meta.db_table
REQUEST, ATTEMPT = Request._meta.db_table, Attempt._meta.db_table
RESPONSE, PART = Response._meta.db_table, SampleRequest._meta.db_table

CLAIM = f"""
WITH picked AS MATERIALIZED (
    SELECT r.id FROM {PART} p CROSS JOIN {REQUEST} r
    WHERE p.run_id = %s AND p.request_id > %s AND r.id = p.request_id
      AND r.state = 'pending' AND (r.not_before IS NULL OR r.not_before <= %s)
    ORDER BY p.request_id LIMIT %s {{lock}}
)
UPDATE {REQUEST} SET state = 'leased', lease_owner = %s, lease_until = %s, attempts = attempts + 1
WHERE id IN (SELECT id FROM picked) AND state = 'pending'
RETURNING id, attempts, failures, payload"""  # noqa: S608 - names of tables, no data
SENT = f"""
INSERT INTO {ATTEMPT} (request_id, number, sent_at, outcome, detail, paid_by_id)
VALUES (%s, %s, %s, '', '', %s)
ON CONFLICT (request_id, number) DO NOTHING"""  # noqa: S608
RESPONSE_COLUMNS = """
    outcome text reasoning finish_reason served_model response_id input_tokens cached_tokens reasoning_tokens
    output_tokens latency_ms body received_at first_token_ms tokens_per_s cost_usd paid_by_id""".split()  # noqa: SIM905
UNANSWERED_NAMES = ", ".join(f"'{outcome.value}'" for outcome in sorted(UNANSWERED))
# An answer is never replaced; the outcome of an item that had none is, by that of a later try.
KEEP = f"""
INSERT INTO {RESPONSE} (request_id, {", ".join(RESPONSE_COLUMNS)})
VALUES (%s{", %s" * len(RESPONSE_COLUMNS)})
ON CONFLICT (request_id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in RESPONSE_COLUMNS)}
WHERE {RESPONSE}.outcome IN ({UNANSWERED_NAMES})"""  # noqa: S608
ANSWERED = f"""
UPDATE {REQUEST} SET state = 'answered', lease_owner = '', lease_until = NULL, not_before = NULL
WHERE id = %s"""  # noqa: S608
AGAIN = f"""
UPDATE {REQUEST} SET state = %s, lease_owner = '', lease_until = NULL, not_before = %s, failures = %s
WHERE id = %s AND state = 'leased' AND lease_owner = %s"""  # noqa: S608
END = f"""
INSERT INTO {ATTEMPT} (request_id, number, sent_at, ended_at, outcome, http_status, detail,
    possibly_billed_usd, paid_by_id)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (request_id, number) DO UPDATE SET ended_at = excluded.ended_at, outcome = excluded.outcome,
    http_status = excluded.http_status, detail = excluded.detail,
    possibly_billed_usd = excluded.possibly_billed_usd, paid_by_id = excluded.paid_by_id"""  # noqa: S608
RENEW = f"UPDATE {REQUEST} SET lease_until = %s WHERE state = 'leased' AND lease_until IS NOT NULL AND lease_owner = %s"  # noqa: S608, E501
GIVE_BACK = f"""
UPDATE {REQUEST} SET state = 'pending', lease_owner = '', lease_until = NULL, attempts = attempts - 1
WHERE id = %s AND state = 'leased' AND lease_owner = %s AND attempts = %s"""  # noqa: S608
WANTED = f"""
SELECT 1 FROM {RUN} r JOIN {SUBMISSION} s ON s.id = r.submission_id
WHERE r.id = %s AND r.state = 'calling' AND s.paused_at IS NULL"""  # noqa: S608
OUTLOOK = f"""
SELECT r.state, COUNT(DISTINCT r.id), MIN(r.not_before) FROM {PART} p JOIN {REQUEST} r ON r.id = p.request_id
WHERE p.run_id = %s AND r.state <> 'answered' GROUP BY r.state"""  # noqa: S608


def storable(text: str) -> str:
    """Return a text that both databases take: NUL and lone surrogates become the replacement character."""
    clean = text.replace("\x00", "\ufffd")
    return clean if clean.isascii() else clean.encode("utf-8", "replace").decode()


def storable_json(value: Any) -> Any:
    """Return a JSON value without characters that PostgreSQL refuses."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(str(name)): storable_json(part) for name, part in value.items()}
    return [storable_json(part) for part in value] if isinstance(value, list) else value


class DatabaseStore:
    """One worker's view of one run's requests."""

    leased_s = LEASE_S * 2 / 3  # they are renewed when a third has passed

    def __init__(self, *, run_id: int | None, owner: str, budget: CallBudget | None = None) -> None:
        self.run_id = run_id
        self.owner = owner
        self.budget = budget or CallBudget()
        self.after = 0
        self.renew_at: datetime | None = None

    def exchange(self, *, sent: Sequence[Sent], ended: Sequence[Ended], want: int, now: datetime) -> Turn:
        """Record sent and ended calls, renew the leases, and claim more while the run is being called."""
        try:
            with transaction.atomic():
                self.budget.open(now)
                _many(SENT, ((*_sent_row(call), self.run_id) for call in sent))
                self._record(ended, now)
                self._renew(now)
                wanted = self._wanted()
                payable = self.budget.payable(want) if wanted else 0
                claims = self._claim(payable, now) if payable else ()
        except OperationalError as problem:
            connection.close_if_unusable_or_obsolete()
            raise StoreBusy(str(problem)) from problem
        return Turn(claims=claims, wanted=wanted, broke=wanted and payable < want)

    def give_back(self, *, claims: Sequence[Claim], now: datetime) -> None:
        """Undo claims that were never sent."""
        with transaction.atomic():
            rows = [(claim.request_id, self.owner, claim.attempt) for claim in claims]
            self.budget.give_back(_count_changed(GIVE_BACK, rows), now)

    def outlook(self, *, now: datetime) -> Outlook:
        """Count the run's open requests, and return the failure if a request was refused."""
        with connection.cursor() as cursor:
            cursor.execute(OUTLOOK, [self.run_id])
            rows = {state: (count, _moment_read(next_at)) for state, count, next_at in cursor.fetchall()}
        pending, next_at = rows.get(RequestState.PENDING, (0, None))
        return Outlook(
            pending=pending,
            leased=rows.get(RequestState.LEASED, (0, None))[0],
            next_at=next_at,
            failure=self._failure(done=set(rows) == {RequestState.REFUSED})
            if RequestState.REFUSED in rows
            else None,
        )

    def close(self) -> None:
        """Close this thread's connection."""
        connection.close()

    def _wanted(self) -> bool:
        """Whether the run wants calls."""
        with connection.cursor() as cursor:
            cursor.execute(WANTED, [self.run_id])
            return cursor.fetchone() is not None

    def _record(self, ended: Sequence[Ended], now: datetime) -> None:
        answered = [end for end in ended if end.answer is not None]
        faulty = [end for end in ended if end.fault is not None]
        stored = answered + [_with_outcome(end) for end in faulty if _ends_an_item(end)]
        _many(KEEP, [(*_response_row(end), self.budget.cost(end), self.run_id) for end in stored])
        billed = answered + [part for end in faulty if (part := _billed_part(end))]
        self.budget.spend(billed, [self.budget.cost(end) for end in billed], now)
        _many(ANSWERED, ((end.sent.claim.request_id,) for end in answered))
        _many(AGAIN, (_again_row(end, self.owner) for end in faulty))
        _many(END, ((*_attempt_row(end), self.budget.possibly_billed(end), self.run_id) for end in ended))

    def _renew(self, now: datetime) -> None:
        if self.renew_at is None:
            self.renew_at = seconds_after(now, LEASE_S / 3)
        elif now >= self.renew_at:
            _many(RENEW, [(sql_time(seconds_after(now, LEASE_S)), self.owner)])
            self.renew_at = seconds_after(now, LEASE_S / 3)

    def _claim(self, want: int, now: datetime) -> tuple[Claim, ...]:
        """Lease the next requests; after the last one, start again for retries."""
        claims = self._claim_after(want, now)
        if not claims and self.after:
            self.after = 0
            claims = self._claim_after(want, now)
        return claims

    def _claim_after(self, want: int, now: datetime) -> tuple[Claim, ...]:
        lock = "FOR UPDATE OF r SKIP LOCKED" if connection.features.has_select_for_update_skip_locked else ""
        until = sql_time(seconds_after(now, LEASE_S))
        with connection.cursor() as cursor:
            cursor.execute(
                CLAIM.format(lock=lock), [self.run_id, self.after, sql_time(now), want, self.owner, until]
            )
            rows = sorted(cursor.fetchall())
        self.after = rows[-1][0] if rows else self.after
        claims = tuple(Claim(id_, attempt, failures, body.encode()) for id_, attempt, failures, body in rows)
        self.budget.reserve(claims, now)
        return claims

    def _failure(self, *, done: bool) -> Failure | None:
        """Return the fault that affects every item, or, once all are done, that none was answered."""
        refused = Attempt.objects.filter(
            request__samplerequest__run=self.run_id,
            request__state=RequestState.REFUSED,
            number=F("request__attempts"),
        ).order_by("-ended_at")
        of_all = [kind for kind in Kind if POLICIES[kind].item is None]
        last = refused.filter(outcome__in=of_all).values_list("outcome", "detail").first()
        if last is not None:
            return Failure(*last)
        if not done or self._has_answers():
            return None
        code, detail = refused.values_list("outcome", "detail").first() or (
            "refused",
            "no reason is on record",
        )
        count = refused.values("request").distinct().count()
        return every_item(code, detail, count=count, held=code in HELD)

    def _has_answers(self) -> bool:
        answers = Response.objects.filter(request__samplerequest__run=self.run_id)
        return answers.exclude(request__state=RequestState.REFUSED).exists()


def settle_item_faults(*, run_id: int) -> int:
    """Count the requests of a run as done that ended in a fault of their item; return how many there are."""
    refused = Request.objects.filter(samplerequest__run=run_id, state=RequestState.REFUSED)
    return refused.exclude(response=None).update(state=RequestState.ANSWERED)


def _ends_an_item(end: Ended) -> bool:
    """Whether a fault is the outcome of its item, because its retries are used up."""
    fault = end.fault
    return fault is not None and end.retry_at is None and POLICIES[fault.kind].item is not None


def _with_outcome(end: Ended) -> Ended:
    assert end.fault is not None, "only a fault ends an item without an answer"
    return replace(end, answer=item_answer(end.fault))


def _billed_part(end: Ended) -> Ended | None:
    """Return what a call has cost though it brought no answer, if the provider counted its tokens."""
    partial = end.fault.partial if end.fault else None
    return replace(end, answer=partial) if partial and partial.usage.total is not None else None


def _many(statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """Run a statement for each row, if there are any."""
    if listed := list(rows):
        with connection.cursor() as cursor:
            cursor.executemany(statement, listed)


def _count_changed(statement: str, rows: Iterable[tuple[Any, ...]]) -> int:
    """Run a statement for each row, and return how many rows of the table it changed."""
    changed = 0
    with connection.cursor() as cursor:
        for row in rows:
            cursor.execute(statement, row)
            changed += cursor.rowcount
    return changed


def seconds_after(now: datetime, seconds: float) -> datetime:
    """Return a time so many seconds from now."""
    return now + timedelta(seconds=seconds)


@cache
def _times_are_texts() -> bool:
    return connection.vendor == "sqlite"


def sql_time(time: datetime | None) -> Any:
    """Return a time as Django's adapter writes it to SQL, ten times faster."""
    if time is None or not _times_are_texts():
        return time
    return time.astimezone(UTC).replace(tzinfo=None).isoformat(" ")


def _moment_read(value: Any) -> datetime | None:
    """Return a time as the database gave it to plain SQL; SQLite gives text, in UTC."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if not isinstance(value, datetime):
        return None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value


def _response_row(end: Ended) -> tuple[Any, ...]:
    answer = end.answer
    assert answer is not None, "only answers become responses"
    usage = answer.usage
    return (
        end.sent.claim.request_id,
        answer.outcome.value,
        storable(answer.text),
        storable(answer.reasoning),
        storable(answer.finish_reason)[:40],
        storable(answer.served_model),
        storable(answer.response_id),
        usage.input_tokens,
        usage.cached_tokens,
        usage.reasoning_tokens,
        usage.output_tokens,
        end.latency_ms,
        storable(answer.body),
        sql_time(end.ended_at),
        answer.first_token_ms,
        answer.tokens_per_s,
    )


def _again_row(end: Ended, owner: str) -> tuple[Any, ...]:
    state = RequestState.REFUSED if end.retry_at is None else RequestState.PENDING
    return state.value, sql_time(end.retry_at), end.failures, end.sent.claim.request_id, owner


def _sent_row(sent: Sent) -> tuple[Any, ...]:
    return sent.claim.request_id, sent.claim.attempt, sql_time(sent.at)


def _attempt_row(end: Ended) -> tuple[Any, ...]:
    if end.answer is not None:
        outcome, detail = end.answer.outcome.value, ""
    else:
        assert end.fault is not None, "a sending ends with an answer or a fault"
        outcome, detail = end.fault.kind.value, storable(end.fault.detail)
    return *_sent_row(end.sent), sql_time(end.ended_at), outcome, end.http_status, detail
