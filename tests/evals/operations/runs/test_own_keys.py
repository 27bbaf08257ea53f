"""A run on an owner's endpoint uses the owner's key, and waits where it cannot."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings as DjangoSettings

from evals.models import AuditEvent, Endpoint, Response, Run, RunState
from evals.operations.endpoints.keys import delete_own_key
from evals.operations.endpoints.own import share_own_endpoint
from evals.operations.owners.access import owner_of
from evals.operations.runs.execution import call_run, plan_run
from evals.operations.submissions.control import resume
from tests.evals.engine.builders import NOW, clock, make_run
from tests.support.completions import Model
from tests.support.own_endpoints import KEY, allow_inside, give_key, make_own_endpoint, worker_with_keys
from tests.support.provider import SimulatedProvider
from tests.support.record import make_user
from tests.support.service import Settings

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ann() -> User:
    """The owner, for whom the builders submit."""
    return make_user("u")


@pytest.fixture
def endpoint(ann: User, settings: DjangoSettings, tmp_path: Path) -> Iterator[Endpoint]:
    """An endpoint that answers only to its key."""
    models = (Model("any", accuracy=1.0),)
    with (
        SimulatedProvider(Settings(models=models, api_key=KEY)) as provider,
        worker_with_keys(settings, tmp_path),
    ):
        yield make_own_endpoint(ann, allow_inside(settings, provider.base_url), api_model="any")


def planned(endpoint: Endpoint) -> Run:
    run = make_run(endpoint)
    assert plan_run(run_id=run.pk, owner="w", now=NOW)
    return run


def called(run: Run) -> Run:
    call_run(run_id=run.pk, owner="w", seconds=30, clock=clock)
    run.refresh_from_db()
    run.submission.refresh_from_db()
    return run


def test_a_run_uses_the_key_and_records_it_once_for_the_step(ann: User, endpoint: Endpoint) -> None:
    give_key(ann, endpoint)
    run = called(planned(endpoint))
    assert run.state == RunState.SCORING
    assert Response.objects.count() > 1
    event = AuditEvent.objects.get(action="key.use")
    assert event.after["run"] == run.pk
    assert event.actor_kind == "system"


def test_a_run_waits_for_a_deleted_key_and_goes_on_with_a_new_one(ann: User, endpoint: Endpoint) -> None:
    give_key(ann, endpoint)
    run = planned(endpoint)
    delete_own_key(actor=ann, endpoint=endpoint, now=timezone.now())
    resume(submission_id=run.submission_id, by=ann)
    run = called(run)
    assert run.state == RunState.CALLING
    assert "was deleted. Store a key again" in run.submission.held_reason
    give_key(ann, endpoint)
    resume(submission_id=run.submission_id, by=ann)
    assert called(run).state == RunState.SCORING


def test_a_run_of_somebody_else_is_held_when_the_endpoint_is_no_longer_shared(
    ann: User, endpoint: Endpoint
) -> None:
    give_key(ann, endpoint)
    bob = make_user("bob")
    run = planned(endpoint)
    run.submission.owner = owner_of(bob)
    run.submission.save(update_fields=["owner"])
    run = called(run)
    assert "bob may no longer use endpoint u--lab" in run.submission.held_reason
    assert not Response.objects.exists()
    share_own_endpoint(actor=ann, endpoint=endpoint, handles=["bob"])
    resume(submission_id=run.submission_id, by=bob)
    assert called(run).state == RunState.SCORING
