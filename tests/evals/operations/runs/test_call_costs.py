"""What a call costs at the price of the day, and what is reserved for it."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.engine.outcomes import Outcome
from evals.engine.prices import TokenPrice as PerToken
from evals.engine.prices import cost_usd, most_usd
from evals.engine.requests import Answer, Claim, Ended, Sent, Usage
from evals.models import Limit, Price, Request, RequestState, SpendingCap, Submission
from evals.operations.runs.budgets import (
    CallBudget,
    PriceUnknown,
    call_budget_for,
    call_budget_of_run,
    price_in_force,
)
from evals.operations.runs.execution import plan_run
from evals.operations.runs.payers import Rest
from tests.evals.engine.builders import NOW, make_endpoint, make_run
from tests.evals.operations.runs.priced_runs import PER_TOKEN, PRICES


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
