"""Rows of any table, filled from its fields, with a row of each table that they refer to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.db import models
from django.db.models import Model as Row

from evals.models import Owner
from tests.support.record import NOW, make_user

WANTED: Mapping[str, Mapping[str, Any]] = {
    "accessattempt": {"path_info": "/login/"},
    "accessfailurelog": {"path_info": "/login/"},
    "accesslog": {"path_info": "/login/"},
    "alias": {"benchmark": None, "kind": "model", "unit": ""},
    "chart": {"name": "lags", "language": "en", "size": "wide"},
    "correction": {"table": "evals_model"},
    "developer": {"country": "CN"},
    "dispute": {"table": "evals_model", "field": "name"},
    "endpoint": {"protocol": "openai-chat"},
    "estimaterequest": {"estimate": None, "language": "en"},
    "forecast": {"kind": "match", "probability": 0.5, "horizon_months": 3},
    "freshedition": {"month": lambda number: f"{2000 + number}-01"},
    "import": {"format": "csv"},
    "invitation": {"email": ""},
    "lagestimate": {"method_version": "1"},
    "mailsubscription": {"address": "", "language": "en"},
    "notice": {"topic": "", "type": "submission.queued"},
    "response": {"outcome": "answered"},
    "score": {"provenance": "reported", "source": "a paper"},
    "suite": {"slug": "mini", "current": False},
    "webhookdelivery": {"next_at": NOW},
}
"""What constraints of a table want, and columns whose values the service chooses, not a user or provider."""


class Rows:
    """Rows by table and number; those of one number refer to each other."""

    def __init__(self) -> None:
        self.rows: dict[tuple[type[Row], int], Any] = {}

    def row(self, table: type[Row], number: int) -> Any:
        """Return a row, which is made with the rows that it refers to if there is none."""
        key = (table, number)
        if key not in self.rows:
            self.rows[key] = self._make(table, number)
        return self.rows[key]

    def _make(self, table: type[Row], number: int) -> Row:
        if table is User:
            return make_user(f"user-{number}")
        if table is Owner:
            owner: Owner = self.row(User, number).owner
            return owner
        wanted = WANTED.get(table._meta.model_name or "", {})
        values: dict[str, Any] = {}
        for field in table._meta.concrete_fields:
            if field.name in wanted:
                value = wanted[field.name]
                values[field.name] = value(number) if callable(value) else value
            elif isinstance(field, models.ForeignKey):
                if field.related_model is not table:
                    values[field.name] = self.row(field.related_model, number)
            elif not (field.primary_key or field.has_default() or field.has_db_default() or field.null):
                values[field.name] = value_of(field, number)
        return table._default_manager.create(**values)


# The first kind that a field is of; a time is at a minute of its own on one day.
VALUES: tuple[tuple[type[models.Field[Any, Any]], Callable[[int], Any]], ...] = (
    (models.BinaryField, lambda number: b"%d" % number),
    (models.DateTimeField, lambda number: NOW - timedelta(minutes=number)),
    (models.DateField, lambda number: NOW.date()),
    (models.DecimalField, Decimal),
    (models.FloatField, float),
    (models.IntegerField, int),
    (models.JSONField, lambda number: {}),
    (models.GenericIPAddressField, lambda number: "192.0.2.1"),
    (models.URLField, lambda number: f"https://{number}.example/"),
    (models.SlugField, lambda number: f"slug-{number}"),
)


def value_of(field: models.Field[Any, Any], number: int) -> Any:
    """Return a value of a field: its first choice, or one of its kind with the number of the row."""
    if field.blank and isinstance(field, models.CharField | models.TextField):
        return ""
    if field.choices:
        return next(code for code, _ in field.flatchoices)
    for kind, value in VALUES:
        if isinstance(field, kind):
            return value(number)
    return f"{number} {field.name}"[: field.max_length]
