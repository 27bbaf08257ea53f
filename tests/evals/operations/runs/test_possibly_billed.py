"""Calls whose cost nobody knows are possibly billed, and count against the budget."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from aiohttp import web
from django.db.models import Sum

from evals.engine.prices import TokenPrice as PerToken
from evals.engine.prices import most_usd
from evals.engine.protocols import PROTOCOLS
from evals.engine.requests import Ended, Sent, Stopped
from evals.models import Attempt, Limit, Request, Run, RunState
from evals.operations.runs.budgets import call_budget_of_run
from evals.operations.runs.execution import plan_run
from evals.operations.runs.scoring import score_run
from evals.operations.runs.states import reclaim_leases
from evals.operations.runs.store import DatabaseStore
from evals.queries.budgets import budgets, possibly_billed_usd
from tests.evals.engine.builders import NOW, clock, make_run
from tests.evals.engine.provider import Provider, reply
from tests.evals.operations.runs.priced_runs import PER_TOKEN, called, planned


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("of", ["submission", "credential"])
def test_calls_whose_worker_died_are_possibly_billed_and_count_against_the_budget(
    of: str, settings: Any
) -> None:
    """Lost calls cost nothing in the accounts, so a budget could be exceeded."""
    settings.CREDENTIALS = {"KEY": "k" * 20}
    with Provider() as provider:
        run = planned(provider, Decimal("0.006"), credential="KEY", max_concurrency=4)
        limit = Limit.objects.create(kind="credential", name="KEY", budget_usd=Decimal("0.006"))
        store = DatabaseStore(run_id=run.pk, owner="dead", budget=call_budget_of_run(run, today=NOW.date()))
        claims = store.exchange(sent=[], ended=[], want=4, now=clock()).claims
        store.exchange(sent=[Sent(claim, clock()) for claim in claims[:2]], ended=[], want=0, now=clock())
        reclaim_leases(now=clock() + timedelta(minutes=1))
        most = sum(most_usd(claim.body, PerToken(Decimal(2), Decimal(10))) for claim in claims)
        run.submission.refresh_from_db()
        payer = run.submission if of == "submission" else limit
        assert possibly_billed_usd(payer) == most > 0
        assert set(Attempt.objects.values_list("outcome", "paid_by")) == {("lost", run.pk)}
        budget = {row.kind: row for row in budgets(run.submission)}[of]
        assert (budget.possibly_billed_usd, budget.left_usd) == (most, Decimal("0.006") - most)
        assert called(run) is Stopped.NO_BUDGET
    assert run.submission.spent_usd + most <= Decimal("0.006") < run.submission.spent_usd + 2 * most


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("state", [RunState.CALLING, RunState.CANCELLED])
def test_the_run_that_sent_a_lost_call_pays_for_it_and_else_one_that_calls(state: RunState) -> None:
    with Provider() as provider:
        run = planned(provider)
        store = DatabaseStore(run_id=run.pk, owner="dead", budget=call_budget_of_run(run, today=NOW.date()))
        claims = store.exchange(sent=[], ended=[], want=2, now=clock()).claims
        store.exchange(sent=[Sent(claims[0], clock())], ended=[], want=0, now=clock())
        other = make_run(run.endpoint)
        assert plan_run(run_id=other.pk, owner="w", now=NOW)
        Run.objects.filter(pk=run.pk).update(state=state)
        reclaim_leases(now=clock() + timedelta(minutes=1))
    payers = dict(Attempt.objects.values_list("request", "paid_by"))
    calling = run.pk if state == RunState.CALLING else other.pk
    assert [payers[claim.request_id] for claim in claims] == [run.pk, calling]


@pytest.mark.django_db(transaction=True)
def test_an_answer_that_comes_after_its_lease_was_lost_is_billed_and_no_longer_possibly() -> None:
    with Provider() as provider:
        run = planned(provider, max_concurrency=1)
        store = DatabaseStore(run_id=run.pk, owner="slow", budget=call_budget_of_run(run, today=NOW.date()))
        (claim,) = store.exchange(sent=[], ended=[], want=1, now=clock()).claims
        sent = Sent(claim, clock())
        store.exchange(sent=[sent], ended=[], want=0, now=clock())
        reclaim_leases(now=clock() + timedelta(minutes=1))
        assert possibly_billed_usd(run.submission) > 0
        body = json.dumps(reply("/v1/chat/completions", json.loads(claim.body)))
        answer = PROTOCOLS["openai-chat"].read(json.loads(body), body)
        store.exchange(sent=[], ended=[Ended(sent, clock(), 5, 200, answer=answer)], want=0, now=clock())
    run.submission.refresh_from_db()
    assert possibly_billed_usd(run.submission) == 0
    assert run.submission.spent_usd > 0


@pytest.mark.django_db(transaction=True)
def test_a_reply_that_cannot_be_read_is_possibly_billed_and_the_usage_says_so() -> None:
    bad: set[str] = set()

    async def first_unreadable(request: web.Request, body: dict[str, Any]) -> web.StreamResponse | None:
        key = json.dumps(body)
        if len(bad) < 3 and key not in bad:
            bad.add(key)
            return web.Response(text="{", content_type="application/json")
        return None

    with Provider(behaviour=first_unreadable) as provider:
        run = planned(provider, max_concurrency=1)
        while called(run) is not Stopped.DONE:
            Request.objects.update(not_before=None)
        score_run(run_id=run.pk, owner="w", now=NOW)
    run.refresh_from_db()
    billed = [most_usd(key.encode(), PER_TOKEN) for key in bad]
    assert len(billed) == 3
    assert Attempt.objects.filter(possibly_billed_usd__gt=0, outcome="malformed").count() == 3
    total = Attempt.objects.aggregate(sum=Sum("possibly_billed_usd"))["sum"]
    assert run.usage["possibly_billed_usd"] == f"{total:.8f}"
    assert possibly_billed_usd(run.submission) == total > 0
