"""Write the rows of all quirks to build/quirks.json when `make quirks` runs them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

ROWS: list[dict[str, Any]] = []
REPORT = Path(__file__).parents[2] / "build" / "quirks.json"


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Collect the row of a test that has run, here or in another process."""
    if report.when == "call":
        ROWS.extend(dict(value) for name, value in report.user_properties if name == "quirk")  # type: ignore[call-overload]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the report, once, where the tests were started."""
    if os.environ.get("QUIRKS") == "all" and not hasattr(session.config, "workerinput"):
        REPORT.parent.mkdir(exist_ok=True)
        ordered = sorted(ROWS, key=lambda row: (row["name"], row["protocol"]))
        REPORT.write_text(json.dumps(ordered, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
