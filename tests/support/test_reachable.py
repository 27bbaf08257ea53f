"""Tests on the production shape fail at once where a service is away."""

from pathlib import Path

from tests.support.reachable import unreachable


def test_each_service_that_is_away_is_named(tmp_path: Path) -> None:
    database, broker = unreachable("postgres://nobody@127.0.0.1:1/none", f"unix://{tmp_path / 'none'}")
    assert database.startswith("PostgreSQL does not answer at DATABASE_URL: ")
    assert broker == "Redis does not answer at REDIS_URL."


def test_a_redis_that_answers_is_not_named(redis_url: str) -> None:
    (only,) = unreachable("postgres://nobody@127.0.0.1:1/none", redis_url)
    assert only.startswith("PostgreSQL")
