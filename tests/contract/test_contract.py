"""The short form of `make contract`: the owner of most rows, in less than a minute of computing."""

from __future__ import annotations

import pytest

from tests.contract.contract import Form, check_role
from tests.contract.service import running

ROLE = "owner"
SHORT = Form(phases=("examples", "coverage"), methods=("TRACE",), seconds=60)
FEWEST_OPERATIONS = 15  # that answer 200


@pytest.mark.no_cover
@pytest.mark.timeout(600)
def test_the_api_answers_what_its_schema_says() -> None:
    with running() as service:
        rows = check_role(service, ROLE, SHORT)
    assert sum("200" in row.statuses for row in rows) >= FEWEST_OPERATIONS
    assert {row.operation: list(row.findings.values()) for row in rows if row.findings} == {}
