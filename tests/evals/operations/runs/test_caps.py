"""A spending cap binds calls: it is never exceeded, and a run waits until the cap renews."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from threading import Thread
from time import monotonic
from typing import Any

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from evals import queries
from evals.engine.requests import Stopped
from evals.models import Attempt, AuditEvent, CapKind, Request, RequestState, Run, RunState, SpendingCap
from evals.operations.caps import BadCap, CapValues, set_cap
from evals.operations.owners.access import NotPermitted, owner_of
from evals.operations.runs.budgets import call_budget_of_run
from evals.operations.runs.execution import call_run, plan_run
from evals.operations.runs.payers import charge, count_calls
from evals.operations.runs.store import DatabaseStore
from evals.queries.spending import Period, Unit, cap_uses
from tests.evals.engine.builders import NOW, make_endpoint, make_run
from tests.evals.engine.provider import Provider
from tests.support.record import make_organisation, make_user

PRICES: dict[str, Any] = {"input_usd_per_mtok": Decimal(2), "output_usd_per_mtok": Decimal(10)}
TOMORROW = datetime(2026, 11, 23, tzinfo=UTC)
NEXT_MONTH = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def limits(shared_limits: str) -> None:
    """Call under shared limits."""


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider() as provider:
        yield provider


def planned(url: str, **fields: Any) -> Run:
    run = make_run(make_endpoint(url, **fields))
    assert plan_run(run_id=run.pk, owner="w", now=NOW)
    run.refresh_from_db()
    return run


def capped(run: Run, kind: CapKind = CapKind.OPERATOR, **values: Any) -> SpendingCap:
    owner = run.endpoint.owner or run.submission.owner
    return set_cap(owner=owner, kind=kind, values=CapValues(**values), by=None)


def called(run: Run, worker: str = "w") -> Stopped | None:
    return call_run(run_id=run.pk, owner=worker, seconds=20, clock=at(NOW)).stopped


def at(now: datetime) -> Callable[[], datetime]:
    """Return a clock that shows a time now and goes on."""
    begun = monotonic()
    return lambda: now + timedelta(seconds=monotonic() - begun)


@pytest.mark.django_db(transaction=True)
def test_a_run_waits_when_its_owner_s_cap_in_calls_is_used_up(provider: Provider) -> None:
    run = planned(provider.base_url)
    cap = capped(run, calls_per_day=2)
    assert called(run) is Stopped.NO_BUDGET
    assert Attempt.objects.count() == 2
    run.refresh_from_db()
    run.submission.refresh_from_db()
    assert (run.state, run.submission.capped_until) == (RunState.CALLING, TOMORROW)
    assert not queries.runnable(now=NOW), "it takes no worker's time until the cap renews"
    assert queries.runnable(now=TOMORROW)
    cap.refresh_from_db()
    assert (cap.calls_today, cap.calls_this_month, cap.counted_on) == (2, 2, NOW.date())


@pytest.mark.django_db(transaction=True)
def test_its_status_says_until_when_it_waits(provider: Provider) -> None:
    run = planned(provider.base_url)
    capped(run, calls_per_month=1)
    called(run)
    submission = queries.submissions().get()
    progress = queries.progress(submission_ids=[submission.pk], now=NOW)
    statuses = queries.submission_statuses(submissions=[submission], progress=progress, places={}, now=NOW)
    status = statuses[submission.pk]
    assert (status.activity.value, status.at) == ("capped", NEXT_MONTH)


@pytest.mark.django_db(transaction=True)
def test_a_raised_cap_lets_it_go_on_at_once(provider: Provider) -> None:
    run = planned(provider.base_url)
    capped(run, calls_per_day=2)
    called(run)
    capped(run, calls_per_day=100)
    assert called(run) is not Stopped.NO_BUDGET
    run.refresh_from_db()
    assert (run.state, run.failure_message) == (RunState.SCORING, "")


@pytest.mark.django_db(transaction=True)
def test_a_cap_in_usd_is_never_exceeded(provider: Provider) -> None:
    run = planned(provider.base_url, **PRICES)
    most = call_budget_of_run(run, today=NOW.date()).most_usd
    cap = capped(run, usd_per_day=most * 2)
    assert called(run) is Stopped.NO_BUDGET
    cap.refresh_from_db()
    assert 0 < cap.usd_today <= most * 2
    run.refresh_from_db()
    assert run.state == RunState.CALLING


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_do_not_exceed_a_cap(provider: Provider) -> None:
    first = planned(provider.base_url)
    second_endpoint = make_endpoint(provider.base_url)
    second = make_run(second_endpoint)
    assert plan_run(run_id=second.pk, owner="w", now=NOW)
    capped(first, calls_per_day=3)

    def work(run: Run, worker: str) -> None:
        called(run, worker)
        connection.close()

    threads = [Thread(target=work, args=(run, name)) for run, name in ((first, "a"), (second, "b"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Attempt.objects.count() == 3


@pytest.mark.django_db
def test_calls_in_flight_and_possibly_billed_count_against_a_cap() -> None:
    run = planned("http://127.0.0.1:9/v1", **PRICES)
    cap = capped(run, usd_per_day=call_budget_of_run(run, today=NOW.date()).most_usd * 3)
    budget = call_budget_of_run(run, today=NOW.date())
    store = DatabaseStore(run_id=run.pk, owner="w", budget=budget)
    assert len(store.exchange(sent=[], ended=[], want=9, now=NOW).claims) == 3
    assert not store.exchange(sent=[], ended=[], want=9, now=NOW).claims
    request = Request.objects.filter(state=RequestState.LEASED).first()
    assert request is not None
    Request.objects.filter(state=RequestState.LEASED).update(state=RequestState.PENDING)
    Attempt.objects.create(
        request=request,
        number=1,
        sent_at=NOW,
        ended_at=NOW,
        outcome="lost",
        paid_by=run,
        possibly_billed_usd=budget.most_usd,
    )
    assert len(store.exchange(sent=[], ended=[], want=9, now=NOW).claims) == 2
    uses = {use.period: use for use in cap_uses(cap, Unit.USD, now=NOW + timedelta(days=1))}
    assert uses[Period.DAY].used == budget.most_usd * 2, "yesterday's lost call counts in the month alone"
    assert uses[Period.MONTH].used == budget.most_usd * 3


@pytest.mark.django_db
def test_what_was_never_sent_is_not_counted() -> None:
    run = planned("http://127.0.0.1:9/v1")
    cap = capped(run, calls_per_day=5)
    store = DatabaseStore(run_id=run.pk, owner="w", budget=call_budget_of_run(run, today=NOW.date()))
    claims = store.exchange(sent=[], ended=[], want=4, now=NOW).claims
    store.give_back(claims=claims[:3], now=NOW)
    cap.refresh_from_db()
    assert cap.calls_today == 1


@pytest.mark.django_db
def test_a_day_and_a_month_begin_at_zero_and_a_slow_clock_changes_nothing() -> None:
    cap = set_cap(owner=owner_of(make_user()), kind=CapKind.OPERATOR, values=CapValues(), by=None)
    charge(cap, Decimal(2), now=NOW)
    charge(cap, Decimal(3), now=NOW + timedelta(days=1))
    count_calls(cap, 4, now=NOW)
    cap.refresh_from_db()
    assert (cap.usd_today, cap.usd_this_month, cap.calls_today) == (Decimal(3), Decimal(5), 4)
    charge(cap, Decimal(1), now=NEXT_MONTH)
    cap.refresh_from_db()
    assert (cap.usd_today, cap.usd_this_month, cap.calls_this_month) == (Decimal(1), Decimal(1), 0)


@pytest.mark.django_db(transaction=True)
def test_an_own_cap_binds_calls_to_the_own_endpoint_whoever_submits(provider: Provider) -> None:
    acme = make_organisation("acme", owner=make_user("ann"))
    run = planned(provider.base_url, owner=acme)
    assert run.submission.owner != acme
    run.endpoint.shared_with.add(run.submission.owner)
    capped(run, CapKind.OWN, calls_per_day=2)
    assert called(run) is Stopped.NO_BUDGET
    assert Attempt.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_neither_a_simulation_nor_an_approved_submission_is_bound(
    provider: Provider, settings: Settings
) -> None:
    settings.SPENDING_CAPS = dict.fromkeys(settings.SPENDING_CAPS, Decimal(0))
    run = planned(provider.base_url, simulated=True, api_model="tiny-0")
    called(run)
    assert Attempt.objects.filter(paid_by=run).exists()
    other = make_run(make_endpoint(provider.base_url))
    assert plan_run(run_id=other.pk, owner="w", now=NOW)
    assert called(other) is Stopped.NO_BUDGET
    other.submission.__class__.objects.filter(pk=other.submission_id).update(
        review_outcome="approved", budget_calls=2, capped_until=None
    )
    assert called(other) is Stopped.NO_BUDGET
    other.refresh_from_db()
    assert (other.state, other.failure_code) == (RunState.FAILED, "budget_used_up")
    assert Attempt.objects.filter(paid_by=other).count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_cap_below_the_cost_of_one_call_fails_the_run_instead_of_waiting_for_ever(
    provider: Provider,
) -> None:
    run = planned(provider.base_url, **PRICES)
    capped(run, usd_per_day=Decimal("0.00000001"))
    called(run)
    run.refresh_from_db()
    assert (run.state, run.failure_code) == (RunState.FAILED, "cap_too_small")


@pytest.mark.django_db
def test_operators_set_every_cap_and_owners_that_of_their_own_endpoints() -> None:
    ann, bob, boss = make_user("ann", role="submitter"), make_user("bob"), make_user("boss", role="operator")
    acme = make_organisation("acme", owner=ann, submitter=bob)
    one_call = CapValues(calls_per_day=1)
    set_cap(owner=acme, kind=CapKind.OWN, values=one_call, by=ann)
    set_cap(owner=acme, kind=CapKind.OPERATOR, values=one_call, by=boss)
    for actor, kind in ((ann, CapKind.OPERATOR), (bob, CapKind.OWN)):
        with pytest.raises(NotPermitted):
            set_cap(owner=acme, kind=kind, values=one_call, by=actor)
    with pytest.raises(BadCap):
        set_cap(owner=acme, kind=CapKind.OWN, values=CapValues(usd_per_day=Decimal(-1)), by=ann)
    event = AuditEvent.objects.filter(action="cap.set").first()
    assert event is not None
    assert (event.object_id, event.after) == ("acme:operator", {"calls_per_day": 1})


@pytest.mark.django_db(transaction=True)
def test_a_run_whose_answers_are_all_stored_needs_no_cap(provider: Provider, settings: Settings) -> None:
    run = planned(provider.base_url)
    called(run)
    settings.SPENDING_CAPS = dict.fromkeys(settings.SPENDING_CAPS, Decimal(0))
    again = make_run(run.endpoint)
    assert plan_run(run_id=again.pk, owner="w", now=NOW)
    called(again)
    again.refresh_from_db()
    assert again.state == RunState.SCORING
