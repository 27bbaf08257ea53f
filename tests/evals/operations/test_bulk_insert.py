"""Many rows are inserted as `bulk_create` would insert them, and refused as the database refuses them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from evals.models import Alias, Benchmark, ListPrice, Score
from evals.operations.bulk_insert import insert_rows
from tests.support.record import make_model

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 12, 30, 15, 123456, tzinfo=UTC)


def contents(table: Any) -> list[dict[str, Any]]:
    return [{k: v for k, v in row.items() if k != "id"} for row in table.objects.order_by("pk").values()]


def test_every_column_is_what_bulk_create_writes() -> None:
    model, benchmark = make_model(), Benchmark.objects.create(slug="b", name="B")
    rows = [("reported", 0.1 + 0.2, None, "s one", date(2026, 1, 2)), ("imported", 1e-17, 7, "s two", None)]
    columns = ("provenance", "value", "n", "source", "observed_on")
    of_all = {"model": model.pk, "benchmark": benchmark.pk, "recorded_at": NOW, "known_at": NOW}
    insert_rows(table=Score, columns=columns, rows=iter(rows), of_all=of_all)
    ours = contents(Score)
    Score.objects.all().delete()
    same = {"model": model, "benchmark": benchmark, "recorded_at": NOW, "known_at": NOW}
    Score.objects.bulk_create(Score(**dict(zip(columns, row, strict=True)), **same) for row in rows)
    assert ours == contents(Score)
    assert len(ours) == 2


def test_decimals_and_the_databases_own_defaults_are_kept() -> None:
    model = make_model()
    of_all = {
        "model": model.pk,
        "provider": "p",
        "source": "list",
        "output_usd_per_mtok": Decimal("0.000001"),
    }
    rows = [(date(2026, 1, day), Decimal("1.25")) for day in (1, 2)]
    insert_rows(table=ListPrice, columns=("in_force_on", "input_usd_per_mtok"), rows=rows, of_all=of_all)
    assert [price.input_usd_per_mtok for price in ListPrice.objects.all()] == [Decimal("1.25")] * 2
    assert all(price.known_at for price in ListPrice.objects.all())


def test_a_row_that_cannot_stand_is_refused_with_all_the_others() -> None:
    model, benchmark = make_model(), Benchmark.objects.create(slug="b", name="B")
    of_all = {"model": model.pk, "benchmark": benchmark.pk, "recorded_at": NOW, "provenance": "reported"}
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows(table=Score, columns=("value", "source"), rows=[(0.5, "s"), (0.5, "")], of_all=of_all)
    assert not Score.objects.exists()


def test_no_rows_are_no_work() -> None:
    insert_rows(table=Alias, columns=("kind",), rows=[], of_all={})
    assert not Alias.objects.exists()
