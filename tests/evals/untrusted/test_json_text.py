"""The limits of JSON are exact for brackets, whatever stands in strings, and generous for values."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.untrusted.json_text import JsonLimits, LimitExceeded, TooManyValues, load_json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def depth_of(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth_of, value.values()), default=0)
    return 1 + max(map(depth_of, value), default=0) if isinstance(value, list) else 0


@given(JSON, st.integers(0, 4))
def test_a_document_is_refused_exactly_if_it_is_deeper_than_the_limit(value: object, limit: int) -> None:
    text = json.dumps(value)
    if depth_of(value) > limit:
        with pytest.raises(LimitExceeded, match=f"more than {limit} levels"):
            load_json(text, JsonLimits(depth=limit, values=10**6))
    else:
        assert load_json(text, JsonLimits(depth=limit, values=10**6)) == value


@pytest.mark.parametrize("text", ['"[[[["', r'"\"[[[["', '{"[[": "]]"}', r'"\\" '])
def test_brackets_in_strings_are_no_levels(text: str) -> None:
    assert load_json(text, JsonLimits(depth=1, values=100)) == json.loads(text)


def test_a_document_has_no_more_values_than_the_limit() -> None:
    assert load_json("[0,0,0]", JsonLimits(depth=1, values=3)) == [0, 0, 0]
    with pytest.raises(TooManyValues, match="more than 2 values"):
        load_json("[0,0,0]", JsonLimits(depth=1, values=2))
