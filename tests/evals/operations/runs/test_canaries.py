"""Probes find out what an endpoint can do; canaries hold a run whose endpoint is silently wrong."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db.models import Sum
from django.utils import timezone
from pytest_django.fixtures import Settings as DjangoSettings

from evals.engine.limits import LocalLimits
from evals.models import (
    Attempt,
    AuditEvent,
    Endpoint,
    Limit,
    Request,
    RequestState,
    Response,
    Run,
    RunState,
    Submission,
)
from evals.operations.endpoints.probes import CannotProbe, probe
from evals.operations.runs import canaries
from evals.operations.runs.execution import call_run, plan_run
from evals.operations.runs.specs import endpoint_spec
from evals.operations.runs.usage import run_usage
from evals.operations.submissions.control import resume
from tests.evals.engine.builders import NOW, clock, make_endpoint, make_run, make_task
from tests.support.answers import AnswerBook
from tests.support.completions import Model
from tests.support.fault_plan import Fault, Kind
from tests.support.provider import SimulatedProvider
from tests.support.record import operator
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
    probe(slug=endpoint.slug, clock=clock)
    endpoint.refresh_from_db()
    return endpoint


def test_a_probe_finds_echoed_log_probabilities_and_keeps_what_the_canaries_say() -> None:
    with serving() as server:
        endpoint = probed(server)
    assert endpoint.capabilities == {"prefix": PREFIX, "logprobs": True}
    assert len(endpoint.canaries["likelihoods"]) == 6
    event = AuditEvent.objects.get(action="endpoint.probe")
    assert event.after == {"capabilities": endpoint.capabilities}


def test_a_probe_of_llama_cpp_finds_whether_a_text_may_be_scored_in_one_go() -> None:
    with serving(dialect="llama-cpp") as server:
        endpoint = probed(server, "llama-cpp")
    assert endpoint.capabilities == {"prefix": PREFIX, "logprobs": True, "one_go": True}


def test_a_probe_learns_from_refusals_how_a_reasoning_model_wants_to_be_asked() -> None:
    with serving() as server:
        endpoint = probed(server, "openai-chat", "thinker")
    can = endpoint.capabilities
    assert (can["token_parameter"], can["stop"]) == ("max_completion_tokens", False)
    assert can["temperature"] is False
    assert endpoint.canaries["right"] == ["4", "tuesday", "paris"]


HIDDEN = {
    "choices": [{"index": 0, "finish_reason": "length", "message": {"role": "assistant", "content": ""}}],
    "usage": {
        "prompt_tokens": 9,
        "completion_tokens": 24,
        "completion_tokens_details": {"reasoning_tokens": 24},
    },
}


@pytest.mark.parametrize("needed", [200, 700])
def test_a_probe_notices_reasoning_that_only_the_usage_shows_and_leaves_room_for_it(
    needed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving() as server:
        server.follow(Fault(Kind.REPLY, body=HIDDEN, tokens_under=needed))
        endpoint = make_endpoint(server.base_url, api_model="any")
        call_command("probe", endpoint.slug)
    endpoint.refresh_from_db()
    assert endpoint.capabilities["thinking"] is True
    assert endpoint.canaries["right"] == ["4", "tuesday", "paris"]
    assert "it reasons before it answers" in capsys.readouterr().out


@pytest.mark.parametrize(
    "fields",
    [{"reasoning": {"max_tokens": 4000}}, {"thinking_budget": 4000}],
    ids=["openrouter", "dashscope"],
)
def test_every_question_of_a_probe_has_room_beside_a_budget_for_reasoning(fields: dict[str, object]) -> None:
    with serving(own_fields={"reasoning": {}, "thinking_budget": {}}) as server:
        server.follow(Fault(Kind.REPLY, body=HIDDEN, tokens_under=4024))
        endpoint = make_endpoint(server.base_url, api_model="any", capabilities={"fields": fields})
        probe(slug=endpoint.slug, clock=clock)
    endpoint.refresh_from_db()
    assert endpoint.canaries["right"] == ["4", "tuesday", "paris"]


def test_a_probe_of_an_endpoint_with_a_thinking_budget_leaves_room_for_it() -> None:
    fields = {"thinking": {"type": "enabled", "budget_tokens": 8000}}
    with serving(dialect="anthropic") as server:
        endpoint = make_endpoint(
            server.base_url, protocol="anthropic", api_model="any", capabilities={"fields": fields}
        )
        probe(slug=endpoint.slug, clock=clock)
    endpoint.refresh_from_db()
    assert endpoint.capabilities["temperature"] is False
    assert endpoint.canaries["right"] == ["4", "tuesday", "paris"]


@pytest.mark.parametrize(
    "words",
    [
        "This model only support stream mode, please enable the stream parameter to access the model.",
        "parameter.enable_thinking必须设置为false才能进行非流式调用",
    ],
)
def test_a_probe_of_a_model_that_only_streams_finds_that_out(words: str) -> None:
    refusal = {"error": {"code": "invalid_parameter_error", "message": words}}
    with serving() as server:
        server.follow(Fault(Kind.REPLY, status=400, body=refusal, calls=(1,)))
        endpoint = make_endpoint(server.base_url, api_model="any")
        probe(slug=endpoint.slug, clock=clock)
    endpoint.refresh_from_db()
    assert endpoint.capabilities["stream"] is True
    streamed = Response.objects.exclude(first_token_ms=None)
    assert streamed.count() == 4
    assert all(response.tokens_per_s is None or response.tokens_per_s > 0 for response in streamed)


def test_a_canary_is_not_right_by_its_reasoning_alone() -> None:
    thought = {
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"content": "<think>4</think>5"}}]
    }
    with serving() as server:
        server.follow(Fault(Kind.REPLY, body=thought))
        endpoint = make_endpoint(server.base_url, api_model="any")
        probe(slug=endpoint.slug, clock=clock)
    endpoint.refresh_from_db()
    assert endpoint.canaries["right"] == []


def test_a_probe_of_an_endpoint_that_refuses_its_key_says_so() -> None:
    with serving(api_key="k") as server, pytest.raises(CannotProbe, match="credential refused"):
        probed(server)
    with pytest.raises(CannotProbe, match="There is no endpoint 'nobody'"):
        probe(slug="nobody", clock=clock)


def test_an_echo_that_is_ignored_is_no_capability() -> None:
    with serving() as server:
        server.follow(Fault(Kind.NO_ECHO))
        assert probed(server).capabilities["logprobs"] is False


def test_an_echo_that_is_off_by_one_token_is_no_capability() -> None:
    """As seen with llama-cpp-python on models without BOS: every choice was as likely as the others."""
    with serving() as server:
        server.follow(Fault(Kind.OFF_BY_ONE))
        endpoint = make_endpoint(server.base_url, protocol="openai-completions", api_model="any")
        probed = probe(slug=endpoint.slug, clock=clock)
        server.follow()
        mended = probe(slug=endpoint.slug, clock=clock)
    assert probed.capabilities["logprobs"] is False
    assert any("other tokens than their own" in problem for problem in probed.canary_results.problems)
    assert (mended.capabilities["logprobs"], mended.canary_results.problems) == (True, ())


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
        resume(submission_id=run.submission_id, by=operator())
        call_run(run_id=run.pk, owner="w", seconds=20, clock=clock)
    run.refresh_from_db()
    assert (run.state, run.submission.held_reason) == (RunState.SCORING, "")


def choosing(endpoint: Endpoint) -> Run:
    """Return a planned run whose canaries are due."""
    run = make_run(endpoint, make_task("engine_choosing", filter_name="none", shots=0))
    assert plan_run(run_id=run.pk, owner="w", now=NOW)
    run.refresh_from_db()
    return run


def hold_if_broken(run: Run) -> bool:
    spec = endpoint_spec(run.endpoint, with_secret=False)
    return canaries.hold_if_canaries_fail(
        run, spec, limits=LocalLimits(max_concurrency=1), owner="w", clock=timezone.now
    )


def test_a_provider_that_is_out_of_reach_is_no_silent_fault() -> None:
    with serving() as server:
        run = choosing(probed(server))
        server.follow(Fault(Kind.STATUS, status=503))
        assert not hold_if_broken(run)
    assert not Request.objects.filter(asked_for=run, state=RequestState.PENDING).exists()


def test_canaries_are_calls_on_record_that_the_submission_pays_for() -> None:
    with serving() as server:
        endpoint = probed(server)
        Endpoint.objects.update(input_usd_per_mtok=2, output_usd_per_mtok=6)
        run = choosing(Endpoint.objects.get(pk=endpoint.pk))
        before = server.stats()["calls"]
        assert not hold_if_broken(run)
        assert server.stats()["calls"] - before == 8
    requests = Request.objects.filter(asked_for=run)
    assert requests.filter(state=RequestState.ANSWERED, sendings__outcome="answered").count() == 8
    assert not requests.filter(samplerequest__isnull=False).exists()
    paid = Response.objects.filter(request__in=requests).aggregate(usd=Sum("cost_usd"))["usd"]
    run.submission.refresh_from_db()
    assert run.submission.spent_usd == paid > 0
    assert Response.objects.filter(request__in=requests, paid_by=run).count() == 8
    assert run_usage(run, samples=1, right=0)["canaries"] == {"asked": 8, "cost_usd": f"{paid:.8f}"}


def test_canaries_are_heard_again_once_a_minute_has_gone_by(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as server:
        run = choosing(probed(server))
        assert not hold_if_broken(run)
        assert not canaries.are_canaries_due(run)
        monkeypatch.setitem(canaries._last_run, run.pk, canaries._last_run[run.pk] - canaries.EVERY_S - 1)
        server.follow(Fault(Kind.DRIFT, nats=0.5))
        before = server.stats()["calls"]
        call_run(run_id=run.pk, owner="w", seconds=20, clock=clock)
        assert server.stats()["calls"] - before == 8, "the canaries alone"
    run.submission.refresh_from_db()
    assert "6 of 6 log-probabilities moved by more than 0.1 nats" in run.submission.held_reason


def test_canaries_stop_before_a_budget_is_passed() -> None:
    with serving() as server:
        endpoint = probed(server)
        Endpoint.objects.update(input_usd_per_mtok=2, output_usd_per_mtok=6)
        run = choosing(Endpoint.objects.get(pk=endpoint.pk))
        Submission.objects.update(budget_usd="0.00000001")
        run.submission.refresh_from_db()
        before = server.stats()["calls"]
        assert not hold_if_broken(run)
        assert server.stats()["calls"] == before
    assert not Request.objects.filter(asked_for=run).exists()


def test_canaries_keep_to_a_limit_by_the_minute(shared_limits: str) -> None:
    with serving() as server:
        endpoint = probed(server)
        Endpoint.objects.update(requests_per_minute=4)
        run = choosing(Endpoint.objects.get(pk=endpoint.pk))
        before = server.stats()["calls"]
        call_run(run_id=run.pk, owner="w", seconds=1, clock=timezone.now)
        assert server.stats()["calls"] - before <= 5


def test_a_probe_is_on_record_and_paid_by_its_credential(settings: DjangoSettings) -> None:
    settings.CREDENTIALS = {"lab": "a-long-secret"}
    limit = Limit.objects.create(kind="credential", name="lab", budget_usd=1)
    with serving(api_key="a-long-secret") as server:
        endpoint = make_endpoint(server.base_url, protocol="openai-chat", api_model="any", credential="lab")
        Endpoint.objects.update(input_usd_per_mtok=2, output_usd_per_mtok=6)
        probe(slug=endpoint.slug, clock=clock)
        assert server.stats()["calls"] == Attempt.objects.count() == 4
    limit.refresh_from_db()
    assert limit.spent_usd == Response.objects.aggregate(usd=Sum("cost_usd"))["usd"] > 0
