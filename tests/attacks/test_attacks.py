"""The short form of `make attacks`: every attack on the shape under test, with fewer connections."""

from __future__ import annotations

import os

import pytest

from tests.attacks.__main__ import attack


@pytest.mark.no_cover
@pytest.mark.timeout(900)
def test_the_running_service_withstands_every_attack() -> None:
    shape = "production" if os.environ.get("DATABASE_URL") else "default"
    rows = list(attack(shape, full=False))
    assert rows
    assert [row for row in rows if not row.ok] == []
