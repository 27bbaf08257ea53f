"""A preflight tries an endpoint before anything is submitted to it, and says which check failed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings as DjangoSettings

from evals.models import Endpoint, FreshEdition, Preflight, PreflightState, SuiteTask
from evals.operations.endpoints.access import own_endpoint
from evals.operations.endpoints.own import change_own_endpoint
from evals.operations.endpoints.preflights import (
    NoPreflight,
    TooManyPreflights,
    request_preflight,
    run_next_preflight,
)
from evals.operations.owners.access import NotPermitted
from evals.operations.submissions.lifecycle import submit
from evals.operations.submissions.targets import SealedSuite
from tests.evals.engine.builders import clock
from tests.support.answers import AnswerBook
from tests.support.completions import Model
from tests.support.own_endpoints import KEY, allow_inside, give_key, make_own_endpoint, pass_preflight
from tests.support.provider import SimulatedProvider
from tests.support.record import make_endpoint, make_suite, make_task
from tests.support.service import Settings

pytestmark = pytest.mark.django_db(transaction=True)
KNOWS = AnswerBook(
    {
        "What is 2 + 2? Answer with the number alone.": "4",
        "Which day comes after Monday? Answer with one word.": "Tuesday",
        "What is the capital of France? Answer with one word.": "Paris",
    }
)


def serving(api_key: str = KEY) -> SimulatedProvider:
    models = (Model("any", accuracy=1.0),)
    return SimulatedProvider(Settings(models=models, api_key=api_key, book=KNOWS))


def tried(ann: User, endpoint: Endpoint, **options: Any) -> Preflight:
    preflight = request_preflight(actor=ann, endpoint=endpoint, now=timezone.now(), **options)
    assert run_next_preflight(owner="w", clock=clock)
    preflight.refresh_from_db()
    return preflight


def states(preflight: Preflight) -> dict[str, str]:
    return {row["check"]: row["state"] for row in preflight.checks}


def message(preflight: Preflight) -> str:
    return " ".join(row["message"] for row in preflight.checks)


def test_a_good_endpoint_passes_and_then_takes_submissions(
    ann: User, worker: None, settings: DjangoSettings, wake_ups: list[str]
) -> None:
    suite = make_suite()
    with serving() as provider:
        endpoint = make_own_endpoint(ann, allow_inside(settings, provider.base_url), api_model="any")
        give_key(ann, endpoint)
        with pytest.raises(NoPreflight, match="has not passed a preflight"):
            submit(submitter=ann, endpoint=endpoint.slug, suite="mini", now=timezone.now())
        preflight = tried(ann, endpoint, suite=suite)
    assert wake_ups == ["worker.preflight"]
    assert preflight.state == PreflightState.PASSED, preflight.checks
    assert set(states(preflight).values()) == {"passed"}
    assert own_endpoint(ann, endpoint.slug).canaries["right"] == ["4", "tuesday", "paris"]  # type: ignore[union-attr]
    assert submit(submitter=ann, endpoint=endpoint.slug, suite="mini", now=timezone.now())


def test_a_wrong_key_fails_the_check_of_the_key_with_the_message_and_without_the_key(
    ann: User, worker: None, settings: DjangoSettings
) -> None:
    with serving("sk-another-key-entirely") as provider:
        endpoint = make_own_endpoint(ann, allow_inside(settings, provider.base_url), api_model="any")
        give_key(ann, endpoint)
        preflight = tried(ann, endpoint)
    assert preflight.state == PreflightState.FAILED
    assert states(preflight) == {
        "address": "passed",
        "key": "failed",
        **dict.fromkeys(("model", "capabilities", "suite", "canaries"), "skipped"),
    }
    assert "credential refused" in message(preflight)
    assert KEY not in message(preflight)


def test_an_unknown_model_and_an_unreachable_address_are_told_apart(
    ann: User, worker: None, settings: DjangoSettings
) -> None:
    with serving() as provider:
        url = allow_inside(settings, provider.base_url)
        endpoint = make_own_endpoint(ann, url, api_model="no-such-model")
        give_key(ann, endpoint)
        assert states(tried(ann, endpoint))["model"] == "failed"
    gone = tried(ann, endpoint)
    assert states(gone)["address"] == "failed", gone.checks


def test_a_suite_that_the_protocol_cannot_answer_fails_its_own_check(
    ann: User, worker: None, settings: DjangoSettings
) -> None:
    suite = make_suite("likely", make_task("likely", request_types=("loglikelihood",)))
    with serving() as provider:
        endpoint = make_own_endpoint(ann, allow_inside(settings, provider.base_url), api_model="any")
        give_key(ann, endpoint)
        preflight = tried(ann, endpoint, suite=suite)
    assert (states(preflight)["suite"], states(preflight)["canaries"]) == ("failed", "skipped")
    assert "loglikelihood" in message(preflight)


def test_canaries_are_compared_with_the_operators_endpoint_of_the_same_provider(
    ann: User, worker: None, settings: DjangoSettings
) -> None:
    with serving() as provider:
        url = allow_inside(settings, provider.base_url)
        endpoint = make_own_endpoint(ann, url, api_model="any")
        known = {"right": ["4", "monday", "rome", "oslo"], "likelihoods": {}}
        make_endpoint("ours", provider=endpoint.provider, canaries=known)
        give_key(ann, endpoint)
        preflight = tried(ann, endpoint)
    assert states(preflight)["canaries"] == "failed"
    assert "no longer knows 3 of the 4" in message(preflight)


def test_a_change_of_the_endpoint_or_its_key_asks_for_another_preflight(ann: User, worker: None) -> None:
    make_suite()
    endpoint = make_own_endpoint(ann)
    changes = (
        lambda: give_key(ann, endpoint),
        lambda: give_key(ann, endpoint, "another-key-of-ann"),
        lambda: change_own_endpoint(actor=ann, endpoint=endpoint, changes={"api_model": "lab-2"}),
    )
    for change in changes:
        pass_preflight(Endpoint.objects.get(pk=endpoint.pk))
        change()
        with pytest.raises(NoPreflight):
            submit(submitter=ann, endpoint=endpoint.slug, suite="mini", now=timezone.now())


def test_one_preflight_is_open_at_a_time_and_an_owner_has_a_quota(ann: User, bob: User) -> None:
    endpoint, now = make_own_endpoint(ann), timezone.now()
    first = request_preflight(actor=ann, endpoint=endpoint, now=now)
    assert request_preflight(actor=ann, endpoint=endpoint, now=now) == first
    with pytest.raises(NotPermitted):
        request_preflight(actor=bob, endpoint=endpoint, now=now)
    for _ in range(29):
        Preflight.objects.filter(state=PreflightState.WAITING).update(state=PreflightState.FAILED)
        request_preflight(actor=ann, endpoint=endpoint, now=now)
    Preflight.objects.filter(state=PreflightState.WAITING).update(state=PreflightState.FAILED)
    with pytest.raises(TooManyPreflights) as refusal:
        request_preflight(actor=ann, endpoint=endpoint, now=now + timedelta(minutes=50))
    assert refusal.value.retry_after_s == 600
    assert request_preflight(actor=ann, endpoint=endpoint, now=now + timedelta(minutes=61))


def test_a_preflight_of_a_dead_worker_is_taken_over(
    ann: User, settings: DjangoSettings, worker: None
) -> None:
    with serving() as provider:
        endpoint = make_own_endpoint(ann, allow_inside(settings, provider.base_url), api_model="any")
        give_key(ann, endpoint)
        preflight = request_preflight(actor=ann, endpoint=endpoint, now=timezone.now())
        until = timezone.now() + timedelta(minutes=1)
        rows = Preflight.objects.filter(pk=preflight.pk)
        rows.update(state=PreflightState.RUNNING, lease_owner="dead", lease_until=until)
        assert not run_next_preflight(owner="w", clock=clock)
        rows.update(lease_until=timezone.now() - timedelta(seconds=1))
        assert run_next_preflight(owner="w", clock=clock)
    assert rows.get().state == PreflightState.PASSED


def test_items_that_are_not_public_yet_go_only_to_endpoints_that_the_operator_vouches_for(ann: User) -> None:
    task = make_task("fresh_sums")
    task.folder = "fresh/2026-11"
    task.save()
    suite = make_suite("lagline-fresh", task)
    assert SuiteTask.objects.filter(suite=suite).exists()
    FreshEdition.objects.create(
        month="2026-11", version="1", seed="s", commitment="c", items_hash="h", drawn_at=timezone.now()
    )
    endpoint = make_own_endpoint(ann)
    pass_preflight(endpoint)
    target = {"submitter": ann, "endpoint": endpoint.slug, "suite": "lagline-fresh"}
    for voucher in ("", "developer"):
        Endpoint.objects.filter(pk=endpoint.pk).update(vouched_by=voucher)
        with pytest.raises(SealedSuite, match="stay secret until their month has ended"):
            submit(**target, now=timezone.now())  # type: ignore[arg-type]
    Endpoint.objects.filter(pk=endpoint.pk).update(vouched_by="operator")
    assert submit(**target, now=timezone.now())  # type: ignore[arg-type]
    Endpoint.objects.filter(pk=endpoint.pk).update(vouched_by="")
    FreshEdition.objects.update(revealed_at=timezone.now())
    assert submit(**target, now=timezone.now())  # type: ignore[arg-type]
