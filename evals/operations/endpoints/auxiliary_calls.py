"""Calls that no sample needs (canaries, probes); like all others, they are limited, recorded and paid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from django.db import connection

from evals.engine.call import call
from evals.engine.keys import request_key
from evals.engine.limits import Limits
from evals.engine.outcomes import Fault
from evals.engine.protocols import protocol_named
from evals.engine.requests import Answer, Claim, Ended, EndpointSpec, Failure, Outlook, Sent, Turn
from evals.models import Attempt, Endpoint, Request, RequestState, Run
from evals.operations.clock import Clock
from evals.operations.runs.budgets import call_budget_for
from evals.operations.runs.recovery import journal_of
from evals.operations.runs.store import LEASE_S, REQUEST, DatabaseStore, seconds_after, sql_time

PATIENCE_S = 10.0  # how long to wait for an answer after a fault that may pass
AGAIN = 3  # how often to send it again
NO_RUN = 0

Reply = Answer | Fault | None  # None: not sent, or no reply came
LEASE = f"""
UPDATE {REQUEST} SET state = 'leased', lease_owner = %s, lease_until = %s, attempts = attempts + 1
WHERE id IN ({{ids}}) AND state = 'pending' AND (not_before IS NULL OR not_before <= %s)
RETURNING id, attempts, failures, payload"""  # noqa: S608 - a table's name, no data


def make_auxiliary_calls(
    *,
    endpoint: Endpoint,
    spec: EndpointSpec,
    bodies: Sequence[str],
    limits: Limits,
    owner: str,
    clock: Clock,
    run: Run | None = None,
) -> list[Reply]:
    """Send request bodies to an endpoint one after the other, never answered from the record.

    Without a run, as in a probe, the credential's budget alone pays. Raises LimitsUnavailable, PriceUnknown.
    """
    budget = call_budget_for(endpoint=endpoint, run=run, bodies=bodies, today=clock().date())
    ids = [_request(spec, endpoint, body, run).pk for body in bodies]
    store = _AuxiliaryStore(ids=ids, run_id=run.pk if run else None, owner=owner, budget=budget)
    try:
        with journal_of(run_id=run.pk if run else NO_RUN, owner=owner) as journal:
            call(
                endpoint=replace(spec, max_concurrency=1),
                store=store,
                journal=journal,
                limits=limits,
                clock=clock,
                seconds=PATIENCE_S,
            )
    finally:
        unanswered = Request.objects.filter(pk__in=ids, state=RequestState.PENDING)
        unanswered.filter(attempts=0).delete()
        unanswered.update(state=RequestState.REFUSED, not_before=None)
    return [store.replies.get(pk) for pk in ids]


def _request(spec: EndpointSpec, endpoint: Endpoint, body: str, run: Run | None) -> Request:
    key = request_key(
        endpoint=spec, protocol=protocol_named(spec.protocol), body=body, repeat=0, fresh=f"asked {uuid4()}"
    )
    return Request.objects.create(key=key, endpoint=endpoint, payload=body, asked_for=run)


class _AuxiliaryStore(DatabaseStore):
    """A store of auxiliary requests that keeps the reply to each in memory."""

    def __init__(self, *, ids: Sequence[int], **view: object) -> None:
        super().__init__(**view)  # type: ignore[arg-type]
        self.ids = list(ids)
        self.replies: dict[int, Answer | Fault] = {}

    def exchange(self, *, sent: Sequence[Sent], ended: Sequence[Ended], want: int, now: datetime) -> Turn:
        """Keep the replies, and stop when the provider keeps failing."""
        turn = super().exchange(sent=sent, ended=ended, want=want, now=now)
        for end in ended:
            reply = end.answer or end.fault
            assert reply is not None, "a sending ends with an answer or a fault"
            self.replies[end.sent.claim.request_id] = reply
        return replace(turn, wanted=turn.wanted and not any(end.failures > AGAIN for end in ended))

    def outlook(self, *, now: datetime) -> Outlook:
        """Count the requests without an answer."""
        open_ones = Request.objects.filter(pk__in=self.ids).exclude(state=RequestState.ANSWERED)
        rows = list(open_ones.values_list("state", "not_before"))
        waiting = [at for state, at in rows if state == RequestState.PENDING]
        refused = any(state == RequestState.REFUSED for state, _ in rows)
        return Outlook(
            pending=len(waiting),
            leased=sum(state == RequestState.LEASED for state, _ in rows),
            next_at=min((at for at in waiting if at is not None), default=None),
            failure=self._failure() if refused else None,
        )

    def _wanted(self) -> bool:
        return self.run_id is None or super()._wanted()

    def _claim(self, want: int, now: datetime) -> tuple[Claim, ...]:
        ids = list(
            Request.objects.filter(pk__in=self.ids, state=RequestState.PENDING)
            .order_by("pk")
            .values_list("pk", flat=True)[:want]
        )
        if not ids:
            return ()
        statement = LEASE.format(ids=", ".join(["%s"] * len(ids)))
        with connection.cursor() as cursor:
            cursor.execute(
                statement, [self.owner, sql_time(seconds_after(now, LEASE_S)), *ids, sql_time(now)]
            )
            rows = sorted(cursor.fetchall())
        claims = tuple(Claim(pk, attempt, failures, body.encode()) for pk, attempt, failures, body in rows)
        self.budget.reserve(claims, now)
        return claims

    def _failure(self, *, done: bool = True) -> Failure:
        last = Attempt.objects.filter(request__in=self.ids, request__state=RequestState.REFUSED)
        code, message = last.order_by("-ended_at").values_list("outcome", "detail")[0]
        return Failure(code, message)
