"""Compare the API with its schema: `python -m tests.contract [--roles NAME …] [--only REGEX] [--short]`."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from tests.contract.contract import Form, Row, check_role
from tests.contract.roles import ANONYMOUS, ROLES
from tests.contract.service import running

RESULTS = Path(__file__).resolve().parents[2] / "build" / "contract.json"
SHORT = Form(phases=("examples", "coverage", "fuzzing"), examples=3)
EVERYBODY = (ANONYMOUS, *ROLES)


def main() -> int:
    """Check every role, print and keep the rows; fail if there is a finding."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--roles", nargs="+", choices=EVERYBODY, default=list(EVERYBODY))
    parser.add_argument("--only", default="", help="A regular expression that the paths match.")
    parser.add_argument("--short", action="store_true", help="Fewer requests, and no chains of operations.")
    options = parser.parse_args()
    rows: list[Row] = []
    with running() as service:
        for role in options.roles:
            checked = check_role(service, role, SHORT if options.short else Form(), options.only)
            rows += checked
            _print(role, checked)
            RESULTS.parent.mkdir(exist_ok=True)
            RESULTS.write_text(json.dumps([_content(row) for row in rows], indent=1) + "\n")
    return 0 if rows and not any(row.findings for row in rows) else 1


def _print(role: str, rows: list[Row]) -> None:
    findings = [(row, finding) for row in rows for finding in row.findings.values()]
    total = sum(row.requests for row in rows)
    sys.stdout.write(f"{role}: {len(rows)} operations, {total} requests, {len(findings)} findings\n")
    for row, finding in findings:
        sys.stdout.write(
            f"  {row.operation}: {finding.get('title', finding['check'])}, {finding['message'][:200]!r}\n"
        )
    sys.stdout.flush()


def _content(row: Row) -> dict[str, object]:
    return asdict(row) | {"findings": list(row.findings.values())}


if __name__ == "__main__":
    sys.exit(main())
