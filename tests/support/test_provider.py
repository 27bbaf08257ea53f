"""The simulated provider answers as OpenAI's API does, always alike, and refuses what is not in order."""

import json
from typing import Any

import pytest

from tests.support.answers import AnswerBook
from tests.support.completions import Model
from tests.support.fixtures import StartProvider
from tests.support.http import COMPLETIONS, ask, chat_payload, complete, send
from tests.support.process import ProviderDidNotStart, ProviderProcess
from tests.support.provider import SimulatedProvider
from tests.support.service import Settings

QUESTION = "Question: What is 6 + 8?\nAnswer:"
KNOWING = AnswerBook({"What is 6 + 8?": "14", "What is 2 - 1?": "1"})


def test_the_same_question_gets_the_same_answer_from_another_server(start_provider: StartProvider) -> None:
    first, other = start_provider(Settings()), start_provider(Settings())
    assert ask(first, "Tell me more").body == ask(other, "Tell me more").body
    assert ask(first, "Tell me more").text != ask(first, "Tell me less").text
    assert ask(first, "Tell me more").text != ask(first, "Tell me more", model="sim-small").text


def test_a_chat_answer_has_all_that_openai_sends(provider: SimulatedProvider) -> None:
    body = ask(provider, QUESTION).content
    usage = body["usage"]
    assert body["object"] == "chat.completion"
    assert body["id"].startswith("chatcmpl-")
    assert body["model"] == "sim-large"
    assert body["choices"][0]["finish_reason"] == "stop"
    assert body["choices"][0]["message"]["role"] == "assistant"
    assert usage["prompt_tokens"] == -(-len(QUESTION) // 4)
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]


def test_a_response_id_tells_repeated_calls_apart(provider: SimulatedProvider) -> None:
    first, second = ask(provider).content["id"], ask(provider).content["id"]
    assert (first[:-1], first[-1], second[-1]) == (second[:-1], "1", "2")


@pytest.mark.parametrize(("accuracy", "right"), [(1.0, True), (0.0, False)])
def test_a_model_that_knows_the_items_is_right_as_often_as_it_should_be(
    start_provider: StartProvider, accuracy: float, *, right: bool
) -> None:
    provider = start_provider(Settings(models=(Model("m", accuracy=accuracy),), book=KNOWING))
    assert ("14" in ask(provider, QUESTION, model="m").text) is right
    assert ("14" in complete(provider, QUESTION, model="m", stop=["Question:"]).text) is right


def test_a_plain_model_goes_on_with_the_next_question_until_it_is_stopped(
    start_provider: StartProvider,
) -> None:
    provider = start_provider(Settings(models=(Model("m", accuracy=1.0),), book=KNOWING))
    stopped = complete(provider, QUESTION, model="m", stop=["Question:"], max_tokens=99)
    unstopped = complete(provider, QUESTION, model="m", max_tokens=99)
    assert (stopped.text, stopped.choice["finish_reason"]) == (" 14\n\n", "stop")
    assert unstopped.text.startswith(" 14\n\nQuestion:")


def test_a_text_that_is_too_long_ends_at_max_tokens(provider: SimulatedProvider) -> None:
    reply = complete(provider, "Go on", max_tokens=2)
    assert (len(reply.text), reply.choice["finish_reason"]) == (8, "length")
    assert reply.content["usage"]["completion_tokens"] == 2


def test_several_prompts_and_choices_come_back_in_order(provider: SimulatedProvider) -> None:
    choices = complete(provider, ["one", "two"], n=2, max_tokens=99).content["choices"]  # type: ignore[arg-type]
    alone = complete(provider, "two", max_tokens=99).text
    assert [choice["index"] for choice in choices] == [0, 1, 2, 3]
    assert choices[2]["text"] == alone
    assert len({choice["text"] for choice in choices}) == 4


def test_the_models_are_listed(provider: SimulatedProvider) -> None:
    rows = send(provider, b"", path="/v1/models", method="GET").content["data"]
    assert [row["id"] for row in rows] == ["sim-large", "sim-small", "sim-base", "sim-thinker"]


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"max_gen_toks": 5}, "Unrecognized request argument supplied: max_gen_toks"),
        ({"do_sample": False}, "Unrecognized request argument supplied: do_sample"),
        ({"temperature": 3}, "'temperature': expected a number from 0 to 2"),
        ({"temperature": "0"}, "'temperature': expected a number, got '0'"),
        ({"max_tokens": 0}, "'max_tokens': expected an integer from 1"),
        ({"max_tokens": True}, "'max_tokens': expected an integer"),
        ({"stop": []}, "'stop': expected a string or a list of one to four strings"),
        ({"stop": list("abcde")}, "'stop': expected a string or a list of one to four strings"),
        ({"stop": ["a", 1]}, "'stop': expected a string or a list of one to four strings"),
        ({"messages": []}, "'messages': expected a list of at least one message"),
        ({"messages": [{"role": "boss", "content": "x"}]}, "one of the roles system, developer"),
        ({"messages": [{"role": "user", "content": None}]}, "with text as content"),
        ({"messages": [{"role": "user", "content": "x", "type": "text"}]}, "without type"),
        ({"messages": None}, "Missing required parameter: 'messages'."),
        ({"echo": True}, "Unrecognized request argument supplied: echo"),
        ({"max_tokens": 5, "max_completion_tokens": 5}, "at the same time is not supported"),
        ({"reasoning_effort": "low"}, "Unsupported parameter: 'reasoning_effort'"),
        ({"tools": [{}]}, "does not do 'tools'"),
    ],
)
def test_a_payload_out_of_order_is_refused_in_openais_form(
    provider: SimulatedProvider, fields: dict[str, Any], complaint: str
) -> None:
    reply = ask(provider, **fields)
    assert reply.status == 400
    assert complaint in reply.error["message"]
    assert reply.error.keys() == {"message", "type", "param", "code"}
    assert provider.stats()["by_outcome"] == {"refused_400": 1}


def test_the_fields_of_a_plain_completion_are_checked_too(provider: SimulatedProvider) -> None:
    assert complete(provider, "").status == 400
    assert "messages" in complete(provider, "x", messages=[]).error["message"]


def test_a_reasoning_model_takes_its_own_fields_only(provider: SimulatedProvider) -> None:
    good = ask(provider, model="sim-thinker", max_completion_tokens=50, reasoning_effort="low")
    assert good.status == 200
    for fields in ({"max_tokens": 5}, {"stop": "x"}, {"temperature": 0}):
        assert ask(provider, model="sim-thinker", **fields).error["code"] == "unsupported_parameter"


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b"null", b""])
def test_a_body_that_is_no_json_object_is_refused(provider: SimulatedProvider, body: bytes) -> None:
    reply = send(provider, body)
    assert (reply.status, "JSON body" in reply.error["message"]) == (400, True)


def test_what_does_not_exist_is_not_found(provider: SimulatedProvider) -> None:
    assert ask(provider, model="nosuch").error["code"] == "model_not_found"
    assert ask(provider, model="sim-base").status == 404
    assert send(provider, chat_payload(), path="/v1/embeddings").status == 404
    assert send(provider, b"", method="GET").status == 404


def test_a_key_is_required_where_one_is_set(start_provider: StartProvider) -> None:
    provider = start_provider(Settings(api_key="sk-secret"))
    right = {"Authorization": "Bearer sk-secret"}
    assert send(provider, chat_payload()).status == 401
    assert send(provider, chat_payload(), headers={"Authorization": "Bearer sk-wrong"}).status == 401
    assert send(provider, b"", path="/v1/models", method="GET").status == 401
    assert send(provider, chat_payload(), headers=right).status == 200


def test_it_tells_wherever_the_key_turned_up(start_provider: StartProvider) -> None:
    provider = start_provider(Settings(api_key="sk-secret"))
    right = {"Authorization": "Bearer sk-secret"}
    send(provider, chat_payload(), headers=right)
    assert provider.stats()["key_seen_in"] == {"header authorization": 1, "body": 0, "url": 0}
    send(provider, chat_payload("my key is sk-secret"), headers=right | {"X-Debug": "sk-secret"})
    send(provider, chat_payload(), path="/v1/chat/completions?key=sk-secret", headers=right)
    seen = provider.stats()["key_seen_in"]
    assert seen == {"header authorization": 3, "header x-debug": 1, "body": 1, "url": 1}


def test_repeated_calls_are_counted_by_payload(provider: SimulatedProvider) -> None:
    for prompt in ("a", "b", "a", "a"):
        ask(provider, prompt)
    stats = provider.stats()
    assert (stats["calls"], stats["distinct_payloads"]) == (4, 2)
    assert (stats["repeated_calls"], stats["repeated_answers"]) == (2, 2)
    assert sorted(provider.calls_by_payload().values()) == [1, 3]
    provider.reset()
    assert provider.stats()["calls"] == 0


def test_as_a_process_it_is_governed_over_its_admin_addresses() -> None:
    with ProviderProcess("--at-once", "7", "--api-key", "sk-secret") as process:
        assert process.ask("stats")["calls"] == 0
        assert process.send("plan", {"faults": [{"kind": "html", "every": 2}]}) == {"faults": 1}
        assert process.send("limits", {"requests": 5, "window_seconds": 1})["requests"] == 5
        assert process.ask("payloads") == {"calls": {}, "answered": {}}
        assert process.ask("violations") == {"violations": []}


def test_a_mistake_at_an_admin_address_is_answered_with_what_is_allowed(provider: SimulatedProvider) -> None:
    for path, content, complaint in (
        ("/admin/limits", {"rpm": 5}, "the keys ['at_once', 'requests', 'tokens', 'window_seconds']"),
        (
            "/admin/plan",
            {"faults": [{"kind": "nosuch"}]},
            "unknown kind of fault 'nosuch'; there are: status",
        ),
        ("/admin/plan", [], "a plan is an object with the keys"),
        ("/admin/nosuch", {}, "GET /admin/stats"),
    ):
        reply = send(provider, content, path=path)
        assert reply.status in {400, 404}
        assert complaint in json.loads(reply.body)["error"]


def test_a_process_that_cannot_start_says_why() -> None:
    with (
        pytest.raises(ProviderDidNotStart, match="unrecognized arguments: --nosuch"),
        ProviderProcess("--nosuch"),
    ):
        pass


def test_a_query_in_the_address_does_not_matter(provider: SimulatedProvider) -> None:
    reply = send(provider, {"model": "sim-base", "prompt": "x"}, path=f"{COMPLETIONS}?api-version=1")
    assert reply.status == 200
