"""The numbers in decision records are those of the code: each names the constant that it comes from."""

from __future__ import annotations

import re
from datetime import timedelta
from importlib import import_module
from pathlib import Path

import pytest

from tests.documents.inventory import ROOT

RECORDS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
WORDS = "two|three|four|five|six|seven|eight|nine|ten|half|a quarter|a fifth|a tenth"
UNITS = {"ms": 1e-3, "s": 1.0, "minutes": 60.0, "days": 86400.0, "bytes": 1.0, "calls": 1.0, "attempts": 1.0}
UNIT = "|".join(UNITS)
QUOTED = re.compile(rf"([\d.]+) ({UNIT}) \(`([\w.]+)\.(\w+)`\)")
BARE = re.compile(rf"\b([\d.]+|{WORDS})(?: of a)? (?:{UNIT}|seconds?|times a second)\b(?! \(`)")


def constant(module: str, name: str) -> float:
    value = getattr(import_module(module), name)
    return value.total_seconds() if isinstance(value, timedelta) else float(value)


def differences(text: str) -> list[str]:
    """Return each number that differs from its constant, and each that names none."""
    quoted = [
        f"{number} {unit} is {constant(module, name)} in {module}.{name}"
        for number, unit, module, name in QUOTED.findall(text)
        if float(number) * UNITS[unit] != pytest.approx(constant(module, name))
    ]
    return quoted + [f"{match[0]} names no constant" for match in BARE.finditer(text)]


@pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.stem)
def test_each_number_is_that_of_the_code(record: Path):
    assert differences(record.read_text()) == []


def test_a_number_that_differs_is_named():
    right = "every 5 s (`worker.schedule.DISPATCH_EVERY_S`)"
    assert differences(right) == []
    assert differences(right.replace("5 s", "6 s")) == ["6 s is 5.0 in worker.schedule.DISPATCH_EVERY_S"]
    assert differences("within 50 ms") == ["50 ms names no constant"]
    assert differences("for five seconds") == ["five seconds names no constant"]
