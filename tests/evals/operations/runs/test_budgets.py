"""What calls cost is counted at the price of the day, and a budget stops before it is passed."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from aiohttp import web
from django.db.models import Sum
from hypothesis import given
from hypothesis import strategies as st

from evals.engine.outcomes import Outcome
from evals.engine.prices import TokenPrice as PerToken
from evals.engine.prices import cost_usd, most_usd
from evals.engine.protocols import PROTOCOLS
from evals.engine.requests import Answer, Claim, Ended, Sent, Stopped, Usage
from evals.models import (
    Attempt,
    Limit,
    Price,
    Request,
    RequestState,
    Response,
    Run,
    RunState,
    SpendingCap,
    Submission,
)
from evals.operations.runs.budgets import (
    CallBudget,
    PriceUnknown,
    call_budget_for,
    call_budget_of_run,
    price_in_force,
)
from evals.operations.runs.execution import call_run, plan_run
from evals.operations.runs.payers import Rest
from evals.operations.runs.scoring import score_run
from evals.operations.runs.states import reclaim_leases
from evals.operations.runs.store import DatabaseStore
from evals.operations.submissions.control import rerun_afresh
from evals.operations.submissions.cost_estimates import (
    CostRange,
    LearnedFrom,
    UnknownInput,
    estimate_cost,
    estimate_cost_before,
)
from evals.operations.submissions.lifecycle import retry
from evals.queries.budgets import budgets, possibly_billed_usd
from tests.evals.engine.builders import NOW, clock, make_endpoint, make_run
from tests.evals.engine.provider import Provider, reply
from tests.support.record import operator

PRICES: dict[str, Any] = {"input_usd_per_mtok": Decimal(2), "output_usd_per_mtok": Decimal(10)}
PER_TOKEN = PerToken(Decimal(2), Decimal(10), Decimal("0.5"))


@pytest.mark.parametrize(
    ("usage", "usd"),
    [
        (Usage(1000, None, None, 100), "0.00300000"),
        (Usage(1000, 400, 30, 100), "0.00240000"),
        (Usage(1000, 5000, None, 0), "0.00050000"),
        (Usage(0, None, None, 0), "0.00000000"),
        (Usage(None, None, None, 100), None),
        (Usage(1000, None, None, None), None),
    ],
)
def test_a_call_costs_its_input_its_cached_input_and_its_output(usage: Usage, usd: str | None) -> None:
    assert cost_usd(usage, PER_TOKEN) == (None if usd is None else Decimal(usd))


@given(st.integers(0, 3000), st.integers(0, 500), st.integers(0, 500))
def test_no_call_costs_more_than_was_reserved(characters: int, output: int, most: int) -> None:
    body = b'{"max_tokens":%d,"prompt":"%s"}' % (most, b"x" * characters)
    usage = Usage(len(body) // 4, None, None, min(output, most))
    cost = cost_usd(usage, PER_TOKEN)
    assert cost is not None
    assert cost <= most_usd(body, PER_TOKEN)


def planned(provider: Provider, budget: Decimal | None = None, **fields: Any) -> Run:
    run = make_run(make_endpoint(provider.base_url, **PRICES | fields))
    Submission.objects.filter(pk=run.submission_id).update(budget_usd=budget)
    assert plan_run(run_id=run.pk, owner="w", now=NOW)
    return run


def called(run: Run) -> Stopped:
    summary = call_run(run_id=run.pk, owner="w", seconds=30, clock=clock)
    run.refresh_from_db()
    run.submission.refresh_from_db()
    return summary.stopped


@pytest.mark.django_db
def test_the_price_of_the_day_is_the_newest_that_was_in_force() -> None:
    endpoint = make_endpoint("http://127.0.0.1:9/v1", **PRICES)
    Price.objects.create(
        endpoint=endpoint, in_force_on=date(2026, 3, 1), input_usd_per_mtok=1, output_usd_per_mtok=4
    )
    prices = [price_in_force(endpoint, day) for day in (date(2026, 2, 28), date(2026, 3, 1))]
    assert [price and price.output_usd_per_mtok for price in prices] == [10, 4]
    assert price_in_force(make_endpoint("http://127.0.0.1:9/v1"), date(2026, 3, 1)) is None


@pytest.mark.django_db
def test_a_price_needs_both_its_parts_and_keeps_that_of_cached_input() -> None:
    for missing in PRICES:
        endpoint = make_endpoint("http://127.0.0.1:9/v1", **PRICES | {missing: None})
        assert price_in_force(endpoint, NOW.date()) is None
    endpoint = make_endpoint("http://127.0.0.1:9/v1", **PRICES)
    assert price_in_force(endpoint, NOW.date()) == PerToken(Decimal(2), Decimal(10), None)
    Price.objects.create(
        endpoint=endpoint,
        in_force_on=NOW.date(),
        input_usd_per_mtok=1,
        output_usd_per_mtok=4,
        cached_input_usd_per_mtok=Decimal("0.25"),
    )
    assert price_in_force(endpoint, NOW.date()) == PerToken(Decimal(1), Decimal(4), Decimal("0.25"))


@pytest.mark.parametrize(
    ("left", "most", "calls"),
    [
        (None, "1", 9),
        ("0", "0", 9),
        ("5", "1", 5),
        ("5.9", "2", 2),
        ("4", "2", 2),
        ("1.99", "2", 0),
        ("0", "2", 0),
        ("-3", "2", 0),
        ("100", "2", 9),
    ],
)
def test_as_many_calls_are_affordable_as_the_rest_holds_at_their_most(
    left: str | None, most: str, calls: int
) -> None:
    budget = CallBudget(price=PER_TOKEN, most_usd=Decimal(most))
    budget.rests = [] if left is None else [Rest(usd=Decimal(left))]
    assert budget.payable(9) == calls


def ended(usage: Usage | None) -> Ended:
    answer = None if usage is None else Answer(Outcome.EMPTY, text="", body="{}", usage=usage)
    return Ended(Sent(Claim(1, 1, 0, b""), NOW), NOW, 1, 200, answer=answer)


def test_a_cost_is_unknown_without_a_price_or_an_answer() -> None:
    usage = Usage(1000, None, None, 100)
    assert CallBudget(price=PER_TOKEN).cost(ended(usage)) == Decimal("0.003")
    assert CallBudget(price=PER_TOKEN).cost(ended(None)) is None
    assert CallBudget().cost(ended(usage)) is None


def test_the_rest_of_a_budget_is_read_and_not_stated() -> None:
    assert {each.name for each in fields(CallBudget) if each.init} == {"price", "most_usd", "payers"}
    budget = CallBudget()
    assert (budget.price, budget.most_usd, budget.payers, budget.left_usd) == (None, Decimal(0), (), None)


@pytest.mark.django_db
def test_what_answers_cost_is_charged_to_every_payer_and_frees_the_rest_of_their_reservation() -> None:
    endpoint = make_endpoint("http://127.0.0.1:9/v1", credential="KEY", **PRICES)
    submission = make_run(endpoint).submission
    limit = Limit.objects.create(kind="credential", name="KEY", budget_usd=9, spent_usd=1)
    budget = CallBudget(price=PER_TOKEN, most_usd=Decimal(2), payers=(submission, limit))
    budget.spend([], [], NOW)
    budget.spend([ended(None)], [Decimal(1)], NOW)
    assert budget.left_usd is None
    budget.rests = [Rest(usd=Decimal(3))]
    budget.spend([ended(None)] * 3, [Decimal("0.5"), None, Decimal("0.25")], NOW)
    assert budget.left_usd == 3 + 3 * 2 - Decimal("2.75")
    submission.refresh_from_db()
    limit.refresh_from_db()
    assert (submission.spent_usd, limit.spent_usd) == (Decimal("3.75"), Decimal("4.75"))
    CallBudget(payers=(submission,)).spend([ended(None)], [Decimal(1)], NOW)
    submission.refresh_from_db()
    assert submission.spent_usd == Decimal("3.75"), "without a price nothing is counted"


@pytest.mark.django_db
def test_the_smallest_rest_of_all_payers_counts_after_what_is_in_flight() -> None:
    endpoint = make_endpoint("http://127.0.0.1:9/v1", credential="KEY", **PRICES)
    run = make_run(endpoint)
    assert plan_run(run_id=run.pk, owner="w", now=NOW)
    first, second, third = Request.objects.order_by("pk")[:3]
    Submission.objects.filter(pk=run.submission_id).update(budget_usd=10, spent_usd=3)
    run.submission.refresh_from_db()
    Limit.objects.create(kind="credential", name="KEY", budget_usd=20, spent_usd=Decimal("10.5"))
    budget = call_budget_of_run(run, today=NOW.date())
    assert {type(payer) for payer in budget.payers} == {Submission, Limit, SpendingCap}
    budget.open(NOW)
    assert budget.left_usd == 7
    budget.reserve([], NOW)
    claims = [Claim(request.pk, 1, 0, b"") for request in (first, second)]
    CallBudget(price=PER_TOKEN, most_usd=Decimal(1)).reserve(claims, NOW)
    assert not Request.objects.exclude(reserved_usd=None).exists(), "without a budget nothing is reserved"
    budget.most_usd = Decimal(2)
    budget.reserve(claims, NOW)
    in_flight = Request.objects.filter(pk__in=(first.pk, third.pk))
    in_flight.update(state=RequestState.LEASED, lease_until=NOW)
    budget.open(NOW)
    assert budget.left_usd == 5, "of the two reserved requests one is in flight"
    Limit.objects.update(spent_usd=18)
    budget.open(NOW)
    assert budget.left_usd == 0
    Submission.objects.update(budget_usd=None)
    for payer in budget.payers:
        payer.refresh_from_db()
    budget.open(NOW)
    assert budget.left_usd == 0


@pytest.mark.django_db
def test_a_call_may_cost_what_its_longest_body_does() -> None:
    endpoint = make_endpoint("http://127.0.0.1:9/v1", **PRICES)
    run = make_run(endpoint)
    nothing_planned = call_budget_of_run(run, today=NOW.date())
    assert nothing_planned.most_usd == most_usd(b"", PerToken(Decimal(2), Decimal(10)))
    cases: list[tuple[list[str], str]] = [
        ([], "0"),
        (["x" * 3, '{"max_tokens":9}'], "0.00256400"),
        (["é" * 3], "0.00256600"),
    ]
    for bodies, usd in cases:
        budget = call_budget_for(endpoint=endpoint, run=None, bodies=bodies, today=NOW.date())
        assert (budget.most_usd, budget.payers) == (Decimal(usd), ())
    assert plan_run(run_id=run.pk, owner="w", now=NOW)
    longest = max(Request.objects.values_list("payload", flat=True), key=len)
    Request.objects.filter(payload=longest).update(payload=longest + " " * 300)
    planned_budget = call_budget_of_run(run, today=NOW.date())
    assert planned_budget.most_usd == most_usd(
        (longest + " " * 300).encode(), PerToken(Decimal(2), Decimal(10))
    )


@pytest.mark.django_db
def test_without_a_price_nothing_is_counted_unless_a_budget_needs_it() -> None:
    endpoint = make_endpoint("http://127.0.0.1:9/v1", credential="KEY")
    run = make_run(endpoint)
    budget = call_budget_of_run(run=run, today=NOW.date())
    assert (budget.price, budget.most_usd) == (None, Decimal(0))
    Limit.objects.create(kind="credential", name="KEY", budget_usd=1)
    with pytest.raises(PriceUnknown, match=endpoint.slug):
        call_budget_of_run(run, today=NOW.date())


@pytest.mark.django_db(transaction=True)
def test_a_run_stores_its_tokens_and_what_it_cost_and_who_paid() -> None:
    with Provider() as provider:
        run = planned(provider)
        assert called(run) is Stopped.DONE
        score_run(run_id=run.pk, owner="w", now=NOW)
        again = make_run(run.endpoint)
        plan_run(run_id=again.pk, owner="w", now=NOW)
        called(again)
        score_run(run_id=again.pk, owner="w", now=NOW)
    run.refresh_from_db()
    again.refresh_from_db()
    usage = run.usage
    total = sum(
        (cost or Decimal(0) for cost in Response.objects.values_list("cost_usd", flat=True)), Decimal(0)
    )
    assert usage["output_tokens"] == 40 * 7
    assert usage["cost_usd"] == usage["paid_usd"] == f"{total:.8f}"
    assert run.submission.spent_usd == total > 0
    assert usage["right"] == sum(sample.metrics["exact_match,extract"] for sample in run.samples.all())  # type: ignore[index]
    assert Decimal(usage["usd_per_right_answer"]) > Decimal(usage["usd_per_sample"]) > 0
    assert (again.usage["cost_usd"], again.usage["paid_usd"], again.usage["asked_here"]) == (
        usage["cost_usd"],
        None,
        0,
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("of", ["submission", "credential"])
def test_a_budget_stops_before_it_is_passed_and_a_raised_one_goes_on(of: str, settings: Any) -> None:
    settings.CREDENTIALS = {"KEY": "k" * 20}
    budget = Decimal("0.006")
    with Provider(latency_s=0.01) as provider:
        run = planned(provider, budget if of == "submission" else None, credential="KEY", max_concurrency=8)
        if of == "credential":
            Limit.objects.create(kind="credential", name="KEY", budget_usd=budget)
        assert called(run) is Stopped.NO_BUDGET
        assert (run.state, run.failure_code) == (RunState.FAILED, "budget_used_up")
        assert "answers are missing" in run.failure_message
        spent = run.submission.spent_usd
        assert Decimal("0.5") * budget < spent <= budget
        assert 0 < provider.calls < 40
        Limit.objects.update(budget_usd=1)
        Submission.objects.update(budget_usd=1)
        retry(submission_id=run.submission_id, by=operator(), now=NOW)
        assert plan_run(run_id=run.pk, owner="w", now=NOW)
        assert called(run) is Stopped.DONE
        assert provider.calls == 40, "what was paid is not asked again"


@pytest.mark.django_db(transaction=True)
def test_an_answer_without_usage_is_counted_at_its_most() -> None:
    async def uncounted(request: web.Request, body: dict[str, Any]) -> web.StreamResponse | None:
        return web.json_response(reply(request.path, body) | {"usage": None})

    with Provider(behaviour=uncounted) as provider:
        run = planned(provider, Decimal("0.002"))
        assert called(run) is Stopped.NO_BUDGET
    assert 0 < run.submission.spent_usd <= Decimal("0.002")
    assert set(Response.objects.values_list("cost_usd", flat=True)) == {None}


@pytest.mark.django_db(transaction=True)
def test_a_budget_without_a_price_is_refused_before_anything_is_called() -> None:
    with Provider() as provider:
        run = planned(provider, Decimal(5), input_usd_per_mtok=None)
        called(run)
        assert provider.calls == 0
    assert (run.state, run.failure_code) == (RunState.FAILED, "price_unknown")
    assert run.endpoint.slug in run.failure_message


@pytest.mark.django_db(transaction=True)
def test_an_estimate_is_an_interval_that_holds_the_cost_and_narrows_with_experience() -> None:
    with Provider() as provider:
        run = planned(provider)
        first = estimate_cost(submission_id=run.submission_id, today=NOW.date())
        assert called(run) is Stopped.DONE
        score_run(run_id=run.pk, owner="w", now=NOW)
        spent = run.submission.spent_usd
        nothing_left = estimate_cost(submission_id=run.submission_id, today=NOW.date())
        again = rerun_afresh(submission_id=run.submission_id, by=run.submission.submitter, now=NOW)
        second = estimate_cost(submission_id=again.pk, today=NOW.date())
    assert (first.calls, nothing_left.calls, second.calls) == (40, 0, 40)
    assert first.usd
    assert second.usd
    assert first.usd.low < spent < first.usd.high
    assert second.usd.low < spent < second.usd.high
    assert second.usd.high - second.usd.low < first.usd.high - first.usd.low
    assert (first.learned_from, second.learned_from) == ((LearnedFrom.LENGTHS,), (LearnedFrom.SAME_ENDPOINT,))


@pytest.mark.django_db(transaction=True)
def test_before_a_submission_is_made_its_cost_is_estimated_and_what_is_not_known_is_named() -> None:
    with Provider() as provider:
        run = planned(provider)
        endpoint, suite = run.endpoint, run.submission.suite
        assert called(run) is Stopped.DONE
        other = make_endpoint(provider.base_url, **PRICES)
        unpriced = make_endpoint(provider.base_url)
        asks: dict[str, Any] = {"suite": suite.slug, "today": NOW.date()}
        again = estimate_cost_before(endpoint=endpoint.slug, **asks)
        another = estimate_cost_before(endpoint=other.slug, **asks)
        unknown = estimate_cost_before(endpoint=unpriced.slug, **asks)
    assert (again.calls, again.usd) == (0, CostRange(0, 0, 0)), "every answer is on record"
    assert (another.calls, another.learned_from) == (40, (LearnedFrom.OTHER_MODELS,))
    assert another.usd
    run.submission.refresh_from_db()
    assert another.usd.low < run.submission.spent_usd < another.usd.high
    assert (unknown.calls, unknown.usd, unknown.unknown) == (40, None, (UnknownInput.PRICE,))
    Run.objects.all().delete()
    nothing = estimate_cost_before(endpoint=other.slug, **asks)
    assert (nothing.calls, nothing.usd, nothing.unknown) == (None, None, (UnknownInput.QUESTIONS,))
    run.task.benchmark.items = 40  # type: ignore[union-attr]
    run.task.benchmark.save()  # type: ignore[union-attr]
    counted = estimate_cost_before(endpoint=other.slug, **asks)
    assert (counted.calls, counted.usd, counted.unknown) == (40, None, (UnknownInput.TOKENS,))


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
