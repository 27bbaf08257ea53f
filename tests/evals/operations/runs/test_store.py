"""Times in plain SQL are those that Django itself would write, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.db import connection

from evals.operations.runs.store import sql_time

MOMENTS = [
    datetime(2026, 11, 28, 2, 3, 4, 567, tzinfo=UTC),
    datetime(2026, 11, 28, tzinfo=UTC),
    datetime(2026, 11, 28, 2, tzinfo=timezone(timedelta(hours=7, minutes=30))),
    None,
]


@pytest.mark.django_db
@pytest.mark.parametrize("time", MOMENTS)
def test_a_time_is_written_as_django_writes_it(time: datetime | None) -> None:
    assert sql_time(time) == connection.ops.adapt_datetimefield_value(time)
