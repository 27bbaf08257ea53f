"""Our own cuts change nothing of an answer whose provider obeyed, and mend those of one that did not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.engine.answer_text import ReadingMode, read


@given(st.text(), st.lists(st.text(min_size=1), max_size=4))
def test_a_text_without_stops_and_thoughts_is_read_as_it_came(text: str, stops: list[str]) -> None:
    obeyed = text
    for stop in stops:
        obeyed = obeyed.split(stop)[0]
    reading = read(obeyed, stops=stops)
    assert (reading.text, reading.stop_cut, reading.think_removed) == (obeyed, False, False)


@pytest.mark.parametrize(
    ("text", "read_as", "cut", "thought"),
    [
        ("42\n\nQuestion: more", "42", True, False),
        ("Question: more\n\n42", "", True, False),
        ("<think>6 x 7\n\nis</think>\n42", "42", False, True),
        ("<think>6 x 7</think>42\n\nQuestion:", "42", True, True),
        ("<think>6 x 7 is", "", False, True),
        ("6 x 7\n\nis</think>42", "42", False, True),
        ("<div>42</div>", "<div>42</div>", False, False),
    ],
)
def test_ignored_stops_are_cut_and_think_blocks_taken_off(
    text: str, read_as: str, cut: bool, thought: bool
) -> None:
    reading = read(text, stops=["\n\n", "Question:"])
    assert (reading.text, reading.stop_cut, reading.think_removed) == (read_as, cut, thought)


def test_reasoning_is_removed_even_where_the_provider_s_stops_are_trusted() -> None:
    reading = read("<think>a</think>b\n\nc", stops=["\n\n"], mode=ReadingMode.AS_IT_CAME)
    assert (reading.text, reading.stop_cut) == ("b\n\nc", False)
