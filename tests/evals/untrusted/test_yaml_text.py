"""YAML is checked before anything is built from it."""

from __future__ import annotations

import pytest
import yaml

from evals.untrusted.json_text import LimitExceeded
from evals.untrusted.yaml_text import YamlLimits, load_yaml

LIMITS = YamlLimits(characters=5000, depth=5, nodes=100, aliases=3)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("a: &a {x: 1}\nb: {<<: *a}\n", "merge keys"),
        ("a: &a {x: 1}\nb: {!!merge k: *a}\n", "merge keys"),
        ("[[[[[[a]]]]]]", "more than 5 levels"),
        ("[" + "a," * 100 + "a]", "more than 100 nodes"),
        ("a: &a x\nb: [*a, *a, *a, *a]\n", "more than 3 aliases"),
        ("a: 1" + ":1" * 200, "number of more than 200 characters"),
        ("a: " + "9" * 300, "number of more than 200 characters"),
        ("a: !!int " + "9" * 300, "number of more than 200 characters"),
        ("a" * 6000, "longer than 5,000 characters"),
    ],
)
def test_yaml_over_a_limit_is_refused(content: str, sentence: str) -> None:
    with pytest.raises(LimitExceeded, match=sentence):
        load_yaml(content, LIMITS)


def test_yaml_within_the_limits_is_read() -> None:
    text = "a: &a [1, 2]\nb: *a\nc: '<<'\nd: \"" + "9" * 300 + '"\ne: ' + "2025 was a year. " * 20 + "\n"
    content = load_yaml(text, LIMITS)
    assert (content["b"], content["c"], len(content["d"])) == ([1, 2], "<<", 300)


def test_yaml_makes_no_objects() -> None:
    with pytest.raises(yaml.YAMLError, match="could not determine a constructor"):
        load_yaml("!!python/object/apply:os.system ['true']")
