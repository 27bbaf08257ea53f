"""Backdate the first recorded facts to the dates on which they became public.

Later facts are known from the time they are recorded. The first ones take the date of their publication, so
that `as_of` works for the years before the record began.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from django.db.models.functions import TruncDate

from evals.models import Adoption, Benchmark, Claim, Developer, ListPrice, Model, Openness, Score
from evals.models.catalogue import Sourced
from evals.operations.catalogue.corrections import correct_rows

BATCH = 500
Days = dict[int, date]


def backdate_first_facts(*, now: datetime) -> None:
    """Set since when each fact recorded now has been public; a score is not known before its model."""
    today = now.date()
    models = _models(today)
    benchmarks = _benchmarks(today)
    developers: Days = {}
    for pk, developer_id in Model.objects.values_list("pk", "developer_id"):
        developers[developer_id] = min(models[pk], developers.get(developer_id, date.max))
    for pk, retrieved_on in Developer.objects.values_list("pk", "retrieved_on"):
        developers.setdefault(pk, retrieved_on or today)
    _write(Developer, developers, now)
    _write(Model, models, now)
    _opened_later(now)
    _write(Benchmark, benchmarks, now)
    _write(Score, _scores(models, benchmarks, today), now)
    _write(Claim, _of_a_day(Claim, "claimed_on", "precision"), now)
    _write(Adoption, _of_a_day(Adoption, "observed_on", "precision"), now)
    _write(ListPrice, _prices(models), now)


def _models(today: date) -> Days:
    columns = ("pk", "released_on", "announced_on", "retrieved_on", "release_precision")
    days = {
        pk: _end(released or announced or retrieved or today, precision)
        for pk, released, announced, retrieved, precision in Model.objects.values_list(*columns)
    }
    links = list(Model.objects.values_list("pk", "base_model_id", "variant_of_id"))
    for _ in range(len(days)):  # a model names its base model, so it is not known before it
        late = {
            pk: day
            for pk, *others in links
            if (day := max([days[other] for other in others if other], default=date.min)) > days[pk]
        }
        if not late:
            break
        days |= late
    return days


def _benchmarks(today: date) -> Days:
    first: Days = {}
    for pk, observed, retrieved in Score.objects.values_list("benchmark_id", "observed_on", "retrieved_on"):
        first[pk] = min(observed or retrieved or today, first.get(pk, date.max))
    columns = ("pk", "released_on", "retrieved_on")
    return {
        pk: released or min(first.get(pk, date.max), retrieved or today)
        for pk, released, retrieved in Benchmark.objects.values_list(*columns)
    }


def _scores(models: Mapping[int, date], benchmarks: Mapping[int, date], today: date) -> Days:
    columns = ("pk", "model_id", "benchmark_id", "observed_on", "retrieved_on")
    return {
        pk: max(observed or retrieved or today, models[model], benchmarks[benchmark])
        for pk, model, benchmark, observed, retrieved in Score.objects.values_list(*columns)
    }


def _of_a_day(table: Any, *columns: str) -> Days:
    return {pk: _end(day, precision) for pk, day, precision in table.objects.values_list("pk", *columns)}


def _prices(models: Mapping[int, date]) -> Days:
    columns = ("pk", "model_id", "in_force_on")
    return {pk: max(day, models[model]) for pk, model, day in ListPrice.objects.values_list(*columns)}


def _opened_later(now: datetime) -> None:
    """Record a model as closed until the date on which its weights were published."""
    told_by_now = Model.objects.filter(weights_opened_on__lte=now.date())
    for model in told_by_now.filter(weights_opened_on__gt=TruncDate("known_at")):
        opened_at = datetime.combine(model.weights_opened_on or now.date(), time.min, UTC)
        before = {"openness": Openness.CLOSED.value, "weights_opened_on": None, "weights_licence": ""}
        after = {column: getattr(model, column) for column in before}
        for column, value in before.items():
            setattr(model, column, value)
        correct_rows(
            rows=[(model, after)], reason="The weights were published.", source=model.source, now=opened_at
        )


def _end(day: date, precision: str) -> date:
    """Return the last day that a date of this precision can mean, so that nothing is known too early."""
    month = 12 if precision == "year" else day.month
    if precision == "day":
        return day
    return date(day.year, month, calendar.monthrange(day.year, month)[1])


def _write(table: type[Sourced], days: Mapping[int, date], now: datetime) -> None:
    """Set `known_at` of a table's rows, except those recorded before `now`."""
    manager: Any = table._default_manager
    rows = list(manager.filter(known_at=now))
    for row in rows:
        row.known_at = min(now, datetime.combine(days[row.pk], time.min, UTC))
    manager.bulk_update(rows, ["known_at"], batch_size=BATCH)
