"""Probes find out what an endpoint can do; canaries hold a run whose endpoint is silently wrong."""

from __future__ import annotations

import pytest

from evals.models import Endpoint, RunState
from evals.operations import canaries
from evals.operations.control import resume
from evals.operations.probes import CannotProbe, probe
from evals.operations.run_specs import endpoint_spec
from evals.operations.runs import call_run, plan_run
from tests.evals.engine.house import NOW, clock, make_endpoint, make_run, make_task
from tests.support.answers import AnswerBook
from tests.support.completions import Model
from tests.support.fault_plan import Fault, Kind
from tests.support.provider import SimulatedProvider
from tests.support.service import Settings
from tests.support.token_model import PREFIX

pytestmark = pytest.mark.django_db(transaction=True)
KNOWS = AnswerBook(
    {
        "What is 2 + 2? Answer with the number alone.": "4",
        "Which day comes after Monday? Answer with one word.": "Tuesday",
        "What is the capital of France? Answer with one word.": "Paris",
    }
)


def serving(**settings: object) -> SimulatedProvider:
    models = (Model("any", accuracy=1.0), Model("thinker", accuracy=1.0, completions=False, reasoning=True))
    return SimulatedProvider(Settings(models=models, book=KNOWS, **settings))  # type: ignore[arg-type]


def probed(server: SimulatedProvider, protocol: str = "openai-completions", model: str = "any") -> Endpoint:
    endpoint = make_endpoint(
        server.base_url, protocol=protocol, api_model=model, capabilities={"prefix": PREFIX}
    )
    probe(slug=endpoint.slug, now=NOW)
    endpoint.refresh_from_db()
    return endpoint


def test_a_probe_finds_echoed_log_probabilities_and_keeps_what_the_canaries_say() -> None:
    with serving() as server:
        endpoint = probed(server)
    assert endpoint.capabilities == {"prefix": PREFIX, "logprobs": True}
    assert len(endpoint.canaries["likelihoods"]) == 6


def test_a_probe_learns_from_refusals_how_a_reasoning_model_wants_to_be_asked() -> None:
    with serving() as server:
        endpoint = probed(server, "openai-chat", "thinker")
    can = endpoint.capabilities
    assert (can["token_parameter"], can["stop"]) == ("max_completion_tokens", False)
    assert can["temperature"] is False
    assert endpoint.canaries["right"] == ["4", "tuesday", "paris"]


def test_a_probe_of_an_endpoint_that_refuses_its_key_says_so() -> None:
    with serving(api_key="k") as server, pytest.raises(CannotProbe, match="credential_refused"):
        probed(server)
    with pytest.raises(CannotProbe, match="There is no endpoint 'nobody'"):
        probe(slug="nobody", now=NOW)


def test_an_echo_that_is_ignored_is_no_capability() -> None:
    with serving() as server:
        server.follow(Fault(Kind.NO_ECHO))
        assert probed(server).capabilities["logprobs"] is False


def test_an_echo_that_is_off_by_one_token_is_no_capability() -> None:
    """As seen with llama-cpp-python on models without BOS: every choice was as likely as the others."""
    with serving() as server:
        server.follow(Fault(Kind.OFF_BY_ONE))
        endpoint = make_endpoint(server.base_url, protocol="openai-completions", api_model="any")
        found = probe(slug=endpoint.slug, now=NOW)
    assert found.capabilities["logprobs"] is False
    assert any("other tokens than their own" in problem for problem in found.heard.problems)


SILENT = [
    pytest.param(Fault(Kind.OFF_BY_ONE), id="an echo off by one token"),
    pytest.param(Fault(Kind.DRIFT, nats=6.8), id="6.8 nats after mixed traffic without swa_full"),
    pytest.param(Fault(Kind.DRIFT, nats=0.5), id="0.2 to 0.5 nats with batching and prompt cache"),
]


@pytest.mark.parametrize("fault", SILENT)
@pytest.mark.parametrize("when", ["before", "during"])
def test_a_silent_fault_holds_the_run_with_the_reason(fault: Fault, when: str, shared_limits: str) -> None:
    with serving() as server:
        endpoint = probed(server)
        run = make_run(endpoint, make_task("engine_choosing", filter_name="none", shots=0))
        plan_run(run_id=run.pk, owner="w", now=NOW)
        if when == "before":
            server.follow(fault)
        else:  # the canaries sing first, then come the run's calls: from there on the server is wrong
            first = server.stats()["calls"] + 8
            server.follow(Fault(fault.kind, nats=fault.nats, calls=tuple(range(first + 1, first + 200))))
        call_run(run_id=run.pk, owner="w", seconds=20, clock=clock)
        run.refresh_from_db()
        assert run.state == RunState.CALLING
        assert run.submission.paused_at is not None
        assert f"The canaries of endpoint {endpoint.slug} fail" in run.submission.held_reason
        server.follow()
        resume(submission_id=run.submission_id)
        call_run(run_id=run.pk, owner="w", seconds=20, clock=clock)
    run.refresh_from_db()
    assert (run.state, run.submission.held_reason) == (RunState.SCORING, "")


def test_a_provider_that_is_out_of_reach_is_no_silent_fault(shared_limits: str) -> None:
    with serving() as server:
        endpoint = probed(server)
        run = make_run(endpoint, make_task("engine_choosing", filter_name="none", shots=0))
        server.follow(Fault(Kind.STATUS, status=503))
        assert not canaries.hold_if_broken(run, endpoint_spec(endpoint, with_secret=False), now=NOW)
