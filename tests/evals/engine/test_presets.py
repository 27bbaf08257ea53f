"""Every provider of the mission has a preset; what presets send is accepted where it is checked strictly."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import CommandError, call_command

from evals.engine.capabilities import Capabilities, read_capabilities
from evals.engine.outcomes import Fault, Outcome
from evals.engine.presets import (
    FOLDER,
    BadPreset,
    Preset,
    UnknownPreset,
    presets,
    provider_errors,
    read_preset,
)
from evals.engine.protocols import PROTOCOLS
from evals.engine.requests import Answer, EndpointSpec, Prompt
from evals.engine.send import Transport
from tests.support.completions import Model
from tests.support.fault_plan import Fault as Sends
from tests.support.fault_plan import FaultPlan, Kind
from tests.support.faulty_bodies import THOUGHT as SIMULATED_THOUGHT
from tests.support.payloads import CHAT as CHAT_FIELDS
from tests.support.provider import SimulatedProvider
from tests.support.service import Settings

MISSION = (
    "openai anthropic google xai mistral together fireworks openrouter groq deepseek moonshot zai dashscope "
    "minimax stepfun qianfan hunyuan volcengine siliconflow huggingface ollama vllm llama-cpp"
)
CHAT = ({"role": "system", "content": "Be brief."}, {"role": "user", "content": "What is 6 + 8?"})
PROMPT = Prompt(
    "What is 6 + 8?", CHAT, {"until": ["Q:", "\n\n"], "temperature": 0.0, "do_sample": False}, 64, 7
)
THOUGHT = {"type": "thinking", "thinking": "hm"}
REASONING = {"token_parameter": "max_completion_tokens", "stop": False, "temperature": False}


def send(protocol: str, server: SimulatedProvider, can: Capabilities, model: str, key: str = "") -> Any:
    spec = EndpointSpec("e", protocol, server.base_url, model, 1, 10, key, internal_allowed=True, can=can)
    body = json.dumps(PROTOCOLS[protocol].payload(model, PROMPT, can), sort_keys=True).encode()

    async def ask() -> Answer | Fault:
        async with Transport(spec) as transport:
            return (await transport.send(body))[1]

    return asyncio.run(ask())


def serving(preset: Preset, **settings: Any) -> SimulatedProvider:
    """Serve as a preset's provider does: in its wire format, and with the fields that it takes."""
    fields = {"own_fields": preset.own_fields, "missing_fields": preset.missing_fields}
    return SimulatedProvider(Settings(dialect=preset.protocol, **fields | settings))


def test_every_provider_of_the_mission_has_a_preset() -> None:
    assert set(MISSION.split()) <= {preset.slug for preset in presets()}


@pytest.mark.parametrize("preset", presets(), ids=lambda preset: preset.slug)
def test_a_preset_names_the_page_that_was_read_and_an_address_of_its_own(preset: Preset) -> None:
    assert preset.documentation.startswith("https://")
    assert preset.read_on >= date(2026, 11, 28)
    assert preset.base_url.startswith("http://127." if preset.internal else "https://")
    assert (preset.auth == "none", preset.credential == "") == (preset.internal, preset.internal)
    called = (preset.base_url, preset.protocol)
    assert [other.slug for other in presets() if (other.base_url, other.protocol) == called] == [preset.slug]


def test_the_presets_are_listed_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("presets", "--json")
    rows = {row["slug"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["anthropic"]["base_url"] == "https://api.anthropic.com/v1"
    assert rows["anthropic"]["auth"] == "x-api-key"
    assert rows["minimax"]["capabilities"]["token_parameter"] == "max_completion_tokens"
    assert rows["llama-cpp"]["request_types"] == ["generate_until", "loglikelihood", "loglikelihood_rolling"]
    assert rows["deepseek"]["request_types"] == ["generate_until"]


def test_a_providers_own_error_terms_are_those_of_its_preset_by_name_or_by_address() -> None:
    by_name = provider_errors(provider="dashscope", base_url="http://127.0.0.1:1/v1")
    by_address = provider_errors(provider="", base_url=read_preset("dashscope").base_url)
    assert by_name == by_address == {"insufficient_quota": "rate_limited"}
    in_beijing = provider_errors(provider="", base_url="https://dashscope.aliyuncs.com/compatible-mode/v1")
    assert in_beijing == by_name
    assert "1002" in provider_errors(provider="", base_url="https://open.bigmodel.cn/api/paas/v4")
    assert provider_errors(provider="local", base_url="https://example.org/v1") == {}


def test_a_preset_that_there_is_not_is_named() -> None:
    with pytest.raises(UnknownPreset, match=r"'deepsek'.*deepseek"):
        read_preset("deepsek")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("key: sk-1", "there is no 'key' in a preset; there are name, base_url"),
        ("read_on: soon", "read_on cannot be 'soon'; it is a day, such as 2026-11-28."),
        ("quirks: none", "quirks cannot be 'none'; it is a list."),
        ("protocol: telepathy", "There is no protocol 'telepathy'"),
        ("capabilities: {fast: true}", "There is no capability 'fast'"),
        ("auth: null", "auth cannot be None; it is a text."),
        ("name: {", "while parsing a flow node"),
        (
            "errors: {x: broke}",
            "The capability 'errors' cannot be {'x': 'broke'}; it is an object with values of",
        ),
    ],
)
def test_a_file_that_is_no_preset_is_named_with_what_is_wrong(
    change: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = yaml.safe_load((FOLDER / "deepseek.yaml").read_text())
    good.pop(change.partition(":")[0], None)
    (tmp_path / "odd.yaml").write_text(f"{yaml.safe_dump(good)}{change}\n")
    (tmp_path / "short.yaml").write_text("name: Short\n")
    monkeypatch.setattr("evals.engine.presets.FOLDER", tmp_path)
    with pytest.raises(BadPreset, match=re.escape(f"The preset odd.yaml cannot be read: {message}")):
        read_preset("odd")
    with pytest.raises(BadPreset, match=r"it lacks base_url, protocol, auth, documentation, read_on\."):
        read_preset("short")
    with pytest.raises(CommandError, match=r"odd\.yaml"):
        call_command("presets")


@pytest.mark.parametrize("preset", presets(), ids=lambda preset: preset.slug)
def test_the_body_of_each_preset_is_accepted_by_its_family(preset: Preset) -> None:
    can = read_capabilities(preset.capabilities)
    with serving(preset, models=(Model("any"),), api_key="k-e-y") as server:
        answer = send(preset.protocol, server, can, "any", key="k-e-y")
        assert isinstance(answer, Answer), answer
        assert answer.outcome is Outcome.ANSWERED
        where = f"header {'authorization' if preset.auth in ('bearer', 'none') else preset.auth}"
        seen = {name for name, count in server.stats()["key_seen_in"].items() if count}
    assert seen == {where}


@pytest.mark.parametrize(
    ("preset", "field"),
    [
        pytest.param(preset, name, id=f"{preset.slug}-{name}")
        for preset in presets()
        for name in preset.own_fields
    ],
)
def test_a_field_of_a_providers_own_is_explained_and_taken_by_that_provider_alone(
    preset: Preset, field: str
) -> None:
    assert any(field in quirk for quirk in preset.quirks), "a quirk says what the field is for"
    values = [*preset.own_fields[field]["examples"], ["no value of any such field"]]
    capabilities = [read_capabilities({**preset.capabilities, "fields": {field: value}}) for value in values]
    with serving(preset, models=(Model("any"),)) as own, serving(replace(preset, own_fields={})) as other:
        *taken, wrong = (send(preset.protocol, own, can, "any") for can in capabilities)
        elsewhere = send(preset.protocol, other, capabilities[0], "sim-large")
    assert taken
    assert all(isinstance(answer, Answer) for answer in taken), taken
    for refused in (wrong, elsewhere):
        assert isinstance(refused, Fault)
        assert field in refused.detail


@pytest.mark.parametrize(
    ("preset", "field"),
    [
        pytest.param(preset, name, id=f"{preset.slug}-{name}")
        for preset in presets()
        for name in preset.missing_fields
    ],
)
def test_a_field_that_a_provider_lacks_is_one_of_its_protocol(preset: Preset, field: str) -> None:
    assert field in CHAT_FIELDS, "else the simulated provider refuses nothing by it"


def test_what_minimax_thought_is_kept_apart_from_its_answer() -> None:
    can = read_capabilities(read_preset("minimax").capabilities)
    models = (Model("any", accuracy=1.0),)
    apart = FaultPlan(faults=(Sends(Kind.THINK, form="details"),))
    minimax = read_preset("minimax")
    with serving(minimax, models=models) as plain, serving(minimax, models=models, plan=apart) as server:
        answer, thought = send("openai-chat", plain, can, "any"), send("openai-chat", server, can, "any")
    assert isinstance(answer, Answer)
    assert isinstance(thought, Answer)
    assert (thought.text, answer.reasoning) == (answer.text, "")
    assert thought.reasoning == SIMULATED_THOUGHT


def test_a_reasoning_model_is_asked_as_it_wants_to_be() -> None:
    with SimulatedProvider(Settings()) as server:
        refused = send("openai-chat", server, Capabilities(), "sim-thinker")
        can = read_capabilities(REASONING | {"fields": {"reasoning_effort": "high"}})
        answer = send("openai-chat", server, can, "sim-thinker")
    assert isinstance(refused, Fault)
    assert "max_tokens" in refused.detail
    assert isinstance(answer, Answer)
    body = PROTOCOLS["openai-chat"].payload("m", PROMPT, can)
    assert body["max_completion_tokens"] == 64
    assert body["reasoning_effort"] == "high"
    assert not {"stop", "temperature", "max_tokens"} & set(body)


def test_a_model_that_knows_no_system_gets_its_words_from_the_user() -> None:
    body = PROTOCOLS["openai-chat"].payload("m", PROMPT, Capabilities(system=False))
    assert body["messages"] == [{"role": "user", "content": "Be brief.\n\nWhat is 6 + 8?"}]


def test_anthropics_body_is_that_of_lm_eval(monkeypatch: pytest.MonkeyPatch) -> None:
    from lm_eval.models.anthropic_llms import AnthropicChat

    monkeypatch.setenv("ANTHROPIC_API_KEY", "k")
    theirs = AnthropicChat(model="m")
    gen_kwargs = dict(PROMPT.gen_kwargs) | {"max_gen_toks": 64}
    expected = theirs._create_payload([dict(message) for message in CHAT], gen_kwargs=gen_kwargs)
    assert PROTOCOLS["anthropic"].payload("m", PROMPT) == expected
    assert PROTOCOLS["anthropic"].headers("k").items() >= dict(theirs.header).items()


@pytest.mark.parametrize(
    ("content", "reason", "outcome", "text"),
    [
        ([{"type": "text", "text": "1"}, {"type": "text", "text": "4"}], "end_turn", Outcome.ANSWERED, "14"),
        (
            [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "14"}],
            "end_turn",
            Outcome.ANSWERED,
            "14",
        ),
        ([], "end_turn", Outcome.NULL, ""),
        ([{"type": "text", "text": "1"}], "max_tokens", Outcome.LENGTH, "1"),
        ([], "refusal", Outcome.REFUSAL, ""),
    ],
)
def test_anthropics_messages_are_read(content: Any, reason: str, outcome: Outcome, text: str) -> None:
    counts = {"input_tokens": 3, "cache_read_input_tokens": 5, "output_tokens": 2}
    reply = {"id": "msg_1", "model": "m-1", "content": content, "stop_reason": reason, "usage": counts}
    answer = PROTOCOLS["anthropic"].read(reply, "{}")
    assert (answer.outcome, answer.text, answer.served_model) == (outcome, text, "m-1")
    assert (answer.usage.input_tokens, answer.usage.cached_tokens, answer.usage.output_tokens) == (8, 5, 2)
    assert answer.reasoning == ("hm" if len(content) == 2 and "thinking" in content[0] else "")
