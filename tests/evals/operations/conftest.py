"""Operations call under shared limits, so their tests have a Redis of their own, and are impatient."""

import pytest

from evals.engine import backoff


@pytest.fixture(autouse=True)
def limits(shared_limits: str) -> None:
    """Use it in every test of this folder."""


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask again at once."""
    monkeypatch.setattr(backoff, "FIRST_CEILING_S", 0.01)
