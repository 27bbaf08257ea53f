"""Reasoning is told from the answer by its markers, and unknown markers are noticed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.engine.reasoning import strip_reasoning, unknown_marker

PAIRS = [
    ("<think>", "</think>"),
    ("<Thinking>", "</Thinking>"),
    ('<think time="3s">', "</think>"),
    ("<reasoning>", "</reasoning>"),
    ("<thought>", "</thought>"),
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
    ("<seed:think>", "</seed:think>"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("<longcat_think>", "</longcat_think>"),
    ("<|channel>thought\n", "<channel|>"),
    ("Here is my thought process:", "Here is my response:"),
    ('<details type="reasoning" done="true">', "</details>"),
    ("Thinking...\n", "...done thinking."),
    ("Here are my reasoning steps:", "[BEGIN FINAL RESPONSE]"),
]


@pytest.mark.parametrize(("opening", "closing"), PAIRS)
def test_closed_reasoning_is_removed_and_unclosed_reasoning_leaves_nothing(
    opening: str, closing: str
) -> None:
    assert strip_reasoning(f"{opening}6 x 7{closing}\n42").text == "42"
    unclosed = strip_reasoning(f"{opening}6 x 7 = 42")
    assert (unclosed.text, unclosed.unclosed) == ("", True)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("<think>a</think>42<think>b</think>", "42"),
        ("<think>a</think> so <think>b</think> 42", "42"),
        ("42\n<think>b", "42"),
        ("a</think>42", "42"),
        ("<think>a</think><answer>42</answer>", "42"),
        ("<|channel|>analysis<|message|>a<|end|><|channel|>final <|constrain|>json<|message|>42", "42"),
        ("<|channel|>commentary<|message|>42", ""),
        ("<Thought>a</Thought>\n<Output>\n42\n</Output>", "42"),
        ("<think>a</think><response>42</response>", "42"),
        ("Here are my reasoning steps: a\n[BEGIN FINAL RESPONSE]\n42\n[END FINAL RESPONSE]", "42"),
        ("analysis of variance", "analysis of variance"),
        ("analysisWe addassistantfinal42", "42"),
        ("Here is my response: 42", "Here is my response: 42"),
        ("<details><summary>x</summary>y</details> 42", "<details><summary>x</summary>y</details> 42"),
        ("I think 42", "I think 42"),
    ],
)
def test_the_answer_is_what_stands_outside(text: str, answer: str) -> None:
    assert strip_reasoning(text).text == answer


def test_tags_that_the_prompt_asks_for_stay() -> None:
    text = "<think>a</think><answer>42</answer>"
    assert strip_reasoning(text, prompt="Write <answer>…</answer>.").text == "<answer>42</answer>"


def test_an_endpoints_own_markers_are_removed_too() -> None:
    assert strip_reasoning("~~hm~~42", own=[["~~hm", "~~"]]).text == "42"


@given(st.text(alphabet=st.characters(exclude_characters="<[◁>"), max_size=60))
def test_a_text_without_markers_stays_as_it_is(text: str) -> None:
    if not text.lstrip().startswith(("Here", "here", "HERE", "analysis", "Thinking", "thinking")):
        assert strip_reasoning(text).text == text


@pytest.mark.parametrize(
    ("text", "marker"),
    [
        ("<ponder>a</ponder>42", "<ponder>"),
        ("[PONDER]a[/PONDER]42", "[PONDER]"),
        ("<deep-analysis>it may be 42", "<deep-analysis>"),
        ("a</ponder>42", "</ponder>"),
        ("<wrap>42</wrap>", ""),
        ("<b>42</b> it is", ""),
        ("<number>42", ""),
        ("if a < b > c: 42", ""),
        ("42", ""),
    ],
)
def test_a_marker_that_we_do_not_know_is_noticed(text: str, marker: str) -> None:
    assert unknown_marker(text) == marker


def test_tags_that_are_asked_for_or_declared_are_no_unknown_markers() -> None:
    assert unknown_marker("<ponder>a</ponder>42", prompt="Use <ponder> tags.") == ""
    assert unknown_marker("<ponder>a</ponder>42", accepted=["<ponder>"]) == ""
