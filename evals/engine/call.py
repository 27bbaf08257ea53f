"""call: lease, send and record the requests of a run, many at once, until none is left.

One thread beside the event loop talks to the store, one exchange at a time: each records ended calls and
leases the next requests, in one transaction. Answers that arrive during a commit make up the next exchange,
so there are few commits under load, and an answer waits at most LINGER_S and a commit. Until then the
journal has it, and also the calls in flight: a kill loses neither. Memory is bounded by the concurrent calls.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from evals.engine.backoff import retry_at
from evals.engine.item_faults import ItemFaults
from evals.engine.journal import Journal, JournalUnavailable
from evals.engine.limits import Limits, Permit, pause_s
from evals.engine.outcomes import POLICIES, Fault
from evals.engine.requests import (
    Answer,
    CallSummary,
    Claim,
    Ended,
    EndpointSpec,
    Failure,
    Outlook,
    Sent,
    Stopped,
)
from evals.engine.send import Transport
from evals.engine.store import Store, StoreBusy

logger = logging.getLogger(__name__)

LINGER_S = 0.08  # how long an answer waits for others to share its commit
TICK_S = 0.5  # how often the store is checked for whether the run still wants calls
BUSY_S = 0.5  # the wait after the store could not take a transaction
LONG_WAIT_S = 10.0  # after a request for a longer wait, the endpoint rests and the worker takes other work
DOWN_AFTER = 10  # faults in a row, at least, before a provider counts as down

Clock = Callable[[], datetime]
T = TypeVar("T")


class Caller:
    """One worker's calls for one run; a probe makes one call, and its failure does not count."""

    def __init__(
        self,
        *,
        endpoint: EndpointSpec,
        store: Store,
        journal: Journal,
        limits: Limits,
        clock: Clock,
        seconds: float,
        probe: bool = False,
        draining: Callable[[], bool] = lambda: False,
    ) -> None:
        self.draining, self.journal = draining, journal
        self.endpoint, self.store, self.limits, self.clock = endpoint, store, limits, clock
        self.seconds, self.probe = seconds, probe
        self.lanes = 1 if probe else endpoint.max_concurrency
        self.target = 1 if probe else max(4, self.lanes)
        self.ready: asyncio.Queue[Claim] = asyncio.Queue()
        self.unsent: list[Claim] = []
        self.on_their_way: dict[int, Sent] = {}  # not recorded yet
        self.ended: list[Ended] = []
        self.idle_lanes: set[asyncio.Task[None]] = set()
        self.in_flight = self.waiting = 0
        self.news, self.low = asyncio.Event(), asyncio.Event()
        self.dry = False
        self.leased_until = 0.0  # by the event loop's timer
        self.stopped: Stopped | None = None
        self.failure: Failure | None = None
        self.rest_s = 0.0
        self.sent = self.answered = self.retried = self.faults_in_a_row = 0
        self.streak = ItemFaults()
        self.chance = random.Random()
        self.books = ThreadPoolExecutor(1, thread_name_prefix="books")

    async def run(self) -> CallSummary:
        """Call until nothing can be claimed, the run wants no more calls, or the time is up."""
        self.deadline = asyncio.get_running_loop().time() + self.seconds
        try:
            async with Transport(self.endpoint) as transport, self.limits:
                lanes = [asyncio.create_task(self._lane(transport)) for _ in range(self.lanes)]
                await self._keep_books()
                ends = await asyncio.gather(*lanes, return_exceptions=True)
            outlook = await self._close_books()
        finally:
            await self._in_books(self.store.close)
            self.books.shutdown(wait=False)
        for end in ends:
            if isinstance(end, Exception):
                raise end
        return self._summary(outlook)

    def _summary(self, outlook: Outlook) -> CallSummary:
        return CallSummary(
            sent=self.sent,
            answered=self.answered,
            retried=self.retried,
            unanswered=outlook.pending + outlook.leased,
            stopped=self.stopped or Stopped.DONE,
            failure=self.failure or outlook.failure,
            rest_s=self.rest_s,
        )

    # Lanes: each makes one call at a time ------------------------------------------------------------------

    async def _lane(self, transport: Transport) -> None:
        task = asyncio.current_task()
        assert task is not None, "a lane is always a task"
        while not self.stopped:
            self.idle_lanes.add(task)  # may be cancelled from here on; nothing has been sent
            await self.streak.cleared.wait()
            claim = await self.ready.get()
            permit = await self._permit(claim)
            self.idle_lanes.discard(task)
            sent = self._note(claim)
            if sent is None:
                self.limits.ended(permit, None, 0)
                self.unsent.append(claim)
                return
            self.in_flight += 1
            try:
                await self._call(transport, sent, permit)
            except BaseException:
                self._stop(Stopped.GIVEN_UP)
                raise
            finally:
                self.in_flight -= 1
                self._conclude()
                self.news.set()

    async def _permit(self, claim: Claim) -> Permit:
        """Wait until the limits admit a claim; it is given back if the caller stops meanwhile."""
        self.waiting += 1
        if self._supply() * 2 < self.target:
            self.low.set()
            self.news.set()
        try:
            return await self.limits.permit(claim.body)
        except asyncio.CancelledError:
            self.unsent.append(claim)
            raise
        finally:
            self.waiting -= 1

    def _note(self, claim: Claim) -> Sent | None:
        """Note the next call in the journal; None if that fails, or if others may hold the lease by now."""
        if asyncio.get_running_loop().time() > self.leased_until:
            self._stop(Stopped.NO_LEASE)
            return None
        sent = Sent(claim, self.clock())
        try:
            self.journal.sent(sent)
        except JournalUnavailable as problem:
            logger.error("%s", problem)
            self._stop(Stopped.NO_JOURNAL)
            return None
        self.on_their_way[claim.request_id] = sent
        return sent

    def _supply(self) -> int:
        """Return how many claims have not been sent yet."""
        return self.ready.qsize() + self.waiting

    async def _call(self, transport: Transport, sent: Sent, permit: Permit) -> None:
        clock, claim = asyncio.get_running_loop().time, sent.claim
        started = clock()
        self.sent += 1
        status, result = await transport.send(claim.body)
        end = self._end(sent, status, result, latency_ms=round((clock() - started) * 1000))
        try:
            self.journal.ended(end)
        except JournalUnavailable as problem:  # the record still takes the answer
            logger.error("%s", problem)
            self._stop(Stopped.NO_JOURNAL)
        self.on_their_way.pop(claim.request_id, None)
        self.ended.append(end)
        if isinstance(result, Answer):
            self.limits.ended(permit, None, result.usage.total)
            self.faults_in_a_row = 0
            self.answered += 1
            self.streak.answered()
        else:
            self.limits.ended(permit, result, None)
            self._count(result, given_up=end.retry_at is None)
            policy = POLICIES[result.kind]
            self.answered += self.probe and not (policy.outage or policy.pauses)  # it is up, whatever it says
        if self.probe:
            self._stop(Stopped.PROBED)

    def _end(self, sent: Sent, status: int | None, result: Answer | Fault, latency_ms: int) -> Ended:
        """Return how a call ended and, after a fault, when the request is sent again."""
        now = self.clock()
        if isinstance(result, Answer):
            return Ended(sent, now, latency_ms, status, answer=result)
        earlier = sent.claim.failures
        failures = earlier + (POLICIES[result.kind].counts and not self.probe)
        again = retry_at(result, failures=0 if self.probe else earlier, now=now, chance=self.chance)
        return Ended(sent, now, latency_ms, status, fault=result, failures=failures, retry_at=again)

    def _count(self, fault: Fault, *, given_up: bool) -> None:
        """Decide after a fault whether the run has failed and whether to go on."""
        self.retried += not given_up
        self.faults_in_a_row += POLICIES[fault.kind].outage
        self.streak.add(fault, final=given_up)
        if given_up and POLICIES[fault.kind].item is None:
            self._give_up(Failure(fault.kind.value, fault.detail))
        elif pause_s(fault) > LONG_WAIT_S:
            self.rest_s = max(self.rest_s, pause_s(fault))
            self._stop(Stopped.ASKED_TO_WAIT)
        elif self.faults_in_a_row >= max(DOWN_AFTER, self.lanes):
            self._stop(Stopped.DOWN)

    def _give_up(self, failure: Failure) -> None:
        self.failure = self.failure or failure
        self._stop(Stopped.HELD if failure.held else Stopped.GIVEN_UP)

    def _conclude(self) -> None:
        """End the run if its faults affect every item; a call in flight could still be answered."""
        if self.streak.is_suspicious and not self.in_flight and not self.stopped:
            self._give_up(self.streak.failure())

    # Books: one exchange with the store at a time -----------------------------------------------------------

    async def _keep_books(self) -> None:
        """Exchange with the store until calling has stopped and the last answer is recorded."""
        await self._exchange()
        while not (self.stopped and not self.in_flight and not self.ended):
            if not self.stopped and self._has_nothing_to_do():
                await self._look_ahead()
            await self._next_exchange_is_due()
            if asyncio.get_running_loop().time() > self.deadline or self.draining():
                self._stop(Stopped.TIME_UP)
            elif self.limits.out_of_reach():
                self._stop(Stopped.NO_LIMITS)
            await self._exchange()

    def _has_nothing_to_do(self) -> bool:
        return self.dry and not self.in_flight and not self.ended and not self._supply()

    async def _next_exchange_is_due(self) -> None:
        """Wait for an ended call, then a little longer for more, unless the lanes run out of work."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.news.wait(), TICK_S)
        self.news.clear()
        if not self.in_flight:
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(self.low.wait() if not self.dry else asyncio.Future(), LINGER_S)

    async def _exchange(self) -> None:
        want = 0 if self.stopped else max(0, self.target - self._supply())
        ended, self.ended = self.ended, []
        sent, self.on_their_way = self.on_their_way, {}
        self.low.clear()
        exchange = partial(self.store.exchange, sent=list(sent.values()), ended=ended)
        started = asyncio.get_running_loop().time()
        try:
            turn = await self._in_books(partial(exchange, want=want, now=self.clock()))
        except StoreBusy as problem:
            logger.warning("The record takes nothing at the moment, trying again: %s", problem)
            self.ended, self.on_their_way = ended + self.ended, sent | self.on_their_way
            await asyncio.sleep(BUSY_S)
            return
        self.leased_until = started + self.store.leased_s
        self.dry = bool(want) and not turn.claims
        if turn.broke and self._has_nothing_to_do():
            self._stop(Stopped.NO_BUDGET)
        for claim in turn.claims:
            self.ready.put_nowait(claim)
        if not turn.wanted:
            self._stop(Stopped.NOT_WANTED)

    async def _look_ahead(self) -> None:
        """Stop if nothing is left for this worker, or wait for the next retry."""
        outlook: Outlook = await self._in_books(partial(self.store.outlook, now=self.clock()))
        if outlook.failure is not None:
            self._give_up(outlook.failure)
        elif not outlook.pending:
            self._stop(Stopped.OTHERS if outlook.leased else Stopped.DONE)
        elif outlook.next_at is not None:
            wait = outlook.next_at - self.clock()
            await asyncio.sleep(min(max(wait, timedelta()).total_seconds(), TICK_S))

    def _stop(self, reason: Stopped) -> None:
        """Send nothing more; calls in flight are waited for."""
        self.stopped = self.stopped or reason
        for lane in self.idle_lanes:
            lane.cancel()
        self.idle_lanes.clear()
        self.news.set()

    async def _close_books(self) -> Outlook:
        """Give back unsent claims, and return what is left."""
        while not self.ready.empty():
            self.unsent.append(self.ready.get_nowait())
        if self.unsent:
            await self._in_books(partial(self.store.give_back, claims=self.unsent, now=self.clock()))
        outlook: Outlook = await self._in_books(partial(self.store.outlook, now=self.clock()))
        return outlook

    async def _in_books(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.books, work)


def call(
    *,
    endpoint: EndpointSpec,
    store: Store,
    journal: Journal,
    limits: Limits,
    clock: Clock,
    seconds: float,
    probe: bool = False,
    draining: Callable[[], bool] = lambda: False,
) -> CallSummary:
    """Call for a run, for `seconds` and until the calls then in flight have ended.

    With `probe`, make one call only, to see whether a provider that was down is back. When `draining` returns
    true, send nothing more and wait for the calls in flight.
    """
    caller = Caller(
        endpoint=endpoint,
        store=store,
        journal=journal,
        limits=limits,
        clock=clock,
        seconds=seconds,
        probe=probe,
        draining=draining,
    )
    return asyncio.run(caller.run())
