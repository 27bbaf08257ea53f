"""Check YAML before anything is built from it: limits on size, depth, nodes and aliases; no merge keys."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from evals.untrusted.json_text import LimitExceeded

MERGE_TAG = "tag:yaml.org,2002:merge"
MAX_NUMBER = 200
"""The length of the longest number; YAML's numbers to the base 60 cost the square of their length."""
NUMBER_LIKE = re.compile(r"[-+.\d][^\s]*")


@dataclass(frozen=True, slots=True)
class YamlLimits:
    """The largest number of characters, levels, nodes and aliases of a document."""

    characters: int = 2**23
    depth: int = 100
    nodes: int = 500_000
    aliases: int = 50


def read_text(path: Path, limits: YamlLimits = YamlLimits()) -> str:
    """Return the text of a file. Raises LimitExceeded, and ValueError for what is not UTF-8."""
    with path.open(encoding="utf-8") as file:
        content = file.read(limits.characters + 1)
    if len(content) > limits.characters:
        raise LimitExceeded(f"it is longer than {limits.characters:,} characters")
    return content


def load_yaml(content: str, limits: YamlLimits = YamlLimits(), *, loader: Any = yaml.CSafeLoader) -> Any:
    """Return the content of a YAML document as plain types. Raises LimitExceeded and yaml.YAMLError."""
    check_yaml(content, limits)
    return yaml.load(content, Loader=loader)  # noqa: S506 - every loader here is a SafeLoader


def check_yaml(content: str, limits: YamlLimits = YamlLimits()) -> None:
    """Check a document that may be YAML. Raises LimitExceeded and yaml.YAMLError."""
    if len(content) > limits.characters:
        raise LimitExceeded(f"it is longer than {limits.characters:,} characters")
    nodes = aliases = depth = 0
    for event in yaml.parse(content, Loader=yaml.CSafeLoader):
        nodes += isinstance(event, yaml.NodeEvent)
        aliases += isinstance(event, yaml.AliasEvent)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.ScalarEvent):
            _check_scalar(event)
        if nodes > limits.nodes:
            raise LimitExceeded(f"it has more than {limits.nodes:,} nodes")
        if aliases > limits.aliases:
            raise LimitExceeded(f"it has more than {limits.aliases} aliases")
        if depth > limits.depth:
            raise LimitExceeded(f"it is nested too deeply: more than {limits.depth} levels")


def _check_scalar(event: yaml.ScalarEvent) -> None:
    """Refuse merge keys, a few of which copy a mapping thousands of times, and numbers that are too long."""
    is_plain = event.implicit[0]
    if event.tag == MERGE_TAG or (is_plain and event.value == "<<"):
        raise LimitExceeded("it has merge keys (<<), which are not read; write the fields out")
    is_number = is_plain or event.tag is not None
    if is_number and len(event.value) > MAX_NUMBER and NUMBER_LIKE.fullmatch(event.value):
        raise LimitExceeded(f"it has a number of more than {MAX_NUMBER} characters")
