"""A run whose replies a person has to look at is held, and goes on once the endpoint is declared."""

from __future__ import annotations

from typing import Any

import pytest

from evals.models import Endpoint, Request, RequestState, Response, Run, RunState
from evals.operations.endpoints.registration import EndpointConflict, register_endpoint
from evals.operations.runs.execution import call_run, plan_run
from evals.operations.runs.scoring import rescore_on_request, score_run
from evals.operations.submissions.control import resume
from tests.evals.engine.builders import NOW, clock, make_endpoint, make_run
from tests.support.fault_plan import Fault, Kind
from tests.support.provider import SimulatedProvider
from tests.support.record import operator

pytestmark = pytest.mark.django_db(transaction=True)
ITEMS = 12


def replying(text: str, finish: str = "stop") -> Fault:
    message = {"role": "assistant", "content": text}
    return Fault(Kind.REPLY, body={"choices": [{"index": 0, "finish_reason": finish, "message": message}]})


def worked_on(run: Run) -> Run:
    call_run(run_id=run.pk, owner="w", seconds=30, clock=clock)
    score_run(run_id=run.pk, owner="w", now=NOW)
    return Run.objects.select_related("submission").get(pk=run.pk)


def planned(provider: SimulatedProvider) -> Run:
    run = make_run(make_endpoint(provider.base_url, api_model="sim-large", max_concurrency=2), limit=ITEMS)
    assert plan_run(run_id=run.pk, owner="w", now=NOW)
    return run


def declare(run: Run, **capabilities: Any) -> None:
    Endpoint.objects.filter(pk=run.endpoint_id).update(capabilities=capabilities)
    resume(submission_id=run.submission_id, by=operator())


def test_a_run_of_which_every_generation_breaks_off_is_held_early_and_goes_on(
    provider: SimulatedProvider,
) -> None:
    provider.follow(replying("ANSWER", finish="concluded"))
    run = worked_on(planned(provider))
    assert run.state == RunState.CALLING
    assert "finish reason is 'concluded'" in run.submission.held_reason
    assert "finish_reasons" in run.submission.held_reason
    assert provider.stats()["calls"] <= 14, "ten replies are enough"
    assert not Request.objects.filter(state=RequestState.REFUSED).exists()
    declare(run, finish_reasons={"concluded": "stop"})
    run = worked_on(run)
    assert (run.state, run.outcomes) == (RunState.FINISHED, {"answered": ITEMS})
    assert run.results is not None
    assert run.results["finish_reasons"] == {"concluded": ITEMS}


def test_unknown_markers_hold_a_run_before_it_is_scored_with_examples(provider: SimulatedProvider) -> None:
    provider.follow(replying("<pondering>1 or 2?</pondering>ANSWER"))
    run = worked_on(planned(provider))
    assert (run.state, run.results) == (RunState.SCORING, None)
    assert f"{ITEMS} of {ITEMS} answers" in run.submission.held_reason
    assert "'<pondering>1 or 2?</pondering>" in run.submission.held_reason
    calls = provider.stats()["calls"]
    resume(submission_id=run.submission_id, by=operator())
    assert not score_run(run_id=run.pk, owner="w", now=NOW), "nothing was declared, so it is held again"
    declare(run, reasoning_markers=[["<pondering>", "</pondering>"]])
    assert score_run(run_id=run.pk, owner="w", now=NOW)
    run.refresh_from_db()
    assert run.results is not None
    assert run.results["readings"]["think_removed"] == ITEMS
    assert run.results["readings"]["reasoning_ends"] == {"</pondering>": ITEMS}
    assert provider.stats()["calls"] == calls, "what was answered is not requested again"


def test_a_rescore_that_would_score_unknown_markers_leaves_the_earlier_score(
    provider: SimulatedProvider,
) -> None:
    run = worked_on(planned(provider))
    assert run.state == RunState.FINISHED
    odd = '{"choices": [{"message": {"content": "<pondering>1</pondering>2"}, "finish_reason": "stop"}]}'
    Response.objects.update(body=odd)
    assert not rescore_on_request(run_id=run.pk, owner="w", now=NOW)
    run.refresh_from_db()
    assert (run.state, run.failure_code) == (RunState.FINISHED, "not_rescorable")
    assert "<pondering>" in run.failure_message


def test_what_only_changes_how_replies_are_read_can_be_declared_for_a_used_endpoint(
    provider: SimulatedProvider,
) -> None:
    run = planned(provider)
    endpoint = run.endpoint
    given: dict[str, Any] = {
        "slug": endpoint.slug,
        "model": endpoint.model.slug,
        "provider": endpoint.provider,
        "protocol": endpoint.protocol,
        "base_url": endpoint.base_url,
        "api_model": endpoint.api_model,
        "internal_allowed": True,
    }
    register_endpoint(**given, capabilities={"answer_markers": ["<x>"], "errors": {"odd": "rate_limited"}})
    with pytest.raises(EndpointConflict, match="capabilities cannot change"):
        register_endpoint(**given, capabilities={"stream": True})
