"""An answer's text costs time in proportion to its length, whatever a model writes into it."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from evals.engine.answer_text import read
from evals.engine.error_rules import classify, read_error, wait_in
from evals.engine.protocols.protocol import PLAIN
from evals.engine.replies import MOST_CHARACTERS, error_fault

pytestmark = pytest.mark.no_cover  # it measures CPU time
MAX_CPU_S = 20.0  # a pattern that costs the square of the length would take hours
PIECES = [
    *("<think>", "</think>", "[THINK]", "[/THINK]", "◁think▷", "◁/think▷", "</b>", "</tag1>", "<b></b>"),
    *("<|channel|>", "<|channel|>final<|message|>", "<|channel|>final<|constrain|>", "<answer>", "</answer>"),
    *("<|begin_of_solution|>", "<|end_of_solution|>", "```", "analysis", "assistantfinal", "1"),
]
FILLINGS = ["", " ", "\n", "a", "<", " a", "\t \n"]
HEADS = ["", "<x1>x</x1>", "<b>", "<|channel|>", "analysisA", "Thinking...\n"]


def repeated(piece: str, most: int = MOST_CHARACTERS) -> str:
    return piece * (most // len(piece))


def reading_s(text: str) -> float:
    return cost_s(lambda: read(text, stops=["Q:"], prompt="<b>"))


def cost_s(work: Callable[[], object]) -> float:
    start = time.thread_time()
    work()
    return time.thread_time() - start


@pytest.mark.parametrize("piece", PIECES)
def test_no_marker_makes_a_text_slow(piece: str) -> None:
    for head in HEADS:
        for filling in FILLINGS:
            text = head + repeated(piece + filling, MOST_CHARACTERS // 8)
            assert reading_s(text) < MAX_CPU_S, (head, filling)


@pytest.mark.parametrize("head", [*PIECES, "<", "</", "[", "[/", "<|channel|> a", "<tag"])
@pytest.mark.parametrize("tail", ["", "<", "<|message|>", "</b> x"])
def test_no_marker_before_a_long_run_makes_a_text_slow(head: str, tail: str) -> None:
    for letter in ("a", " ", "\n", "<", "1", "{"):
        text = head + repeated(letter, MOST_CHARACTERS // 2) + tail
        assert reading_s(text) < MAX_CPU_S, letter


def test_many_different_tags_do_not_make_a_text_slow() -> None:
    names = [f"t{number}" for number in range(60_000)]
    opened, closed = "".join(f"<{name}>" for name in names), "".join(f"</{name}>" for name in reversed(names))
    assert cost_s(lambda: read(f"x{opened}{closed} 4", stops=[])) < MAX_CPU_S


@pytest.mark.parametrize(
    "piece", ["try again in ", "sk-", "retry after ", '"retryDelay": "', "9", "bearer ", "per "]
)
def test_no_message_of_an_error_is_slow(piece: str) -> None:
    message = repeated(piece)

    def work() -> None:
        classify(read_error({"error": {"message": message, "code": message}}), 400)
        wait_in(message)
        error_fault({"error": {"message": message}}, 400, secret="a secret of many characters", can=PLAIN)

    assert cost_s(work) < MAX_CPU_S
