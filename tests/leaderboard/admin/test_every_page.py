"""Every page of the admin opens, names its rows, hides secrets, and takes the same queries for many rows."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.db.models import Model as Row
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from evals import models
from leaderboard.models import ApiToken, Invitation
from tests.support.accounts import staff_client
from tests.support.rows import Rows

pytestmark = pytest.mark.django_db
TABLES = list(admin.site._registry)
FEW, MANY = 5, 50
UNNAMED = re.compile(r"\b\w+ object \(\w+\)")
SECRETS: dict[type[Row], tuple[str, ...]] = {
    models.EndpointKey: ("sealed",),
    models.FreshEdition: ("seed",),
    models.MailSubscription: ("key", "made_from", "made_network"),
    models.Webhook: ("secret", "former_secret", "url"),
    ApiToken: ("digest", "password_digest"),
    Invitation: ("digest",),
}


@pytest.fixture
def operator(settings: Settings) -> Client:
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}  # the hashed names are made at build time
    return staff_client()


def address(table: type[Row], page: str, *args: Any) -> str:
    return reverse(f"admin:{table._meta.app_label}_{table._meta.model_name}_{page}", args=args)


def list_sizes(operator: Client) -> dict[str, tuple[int, int]]:
    """Return by table how many queries its list takes, and how many choices its filters have."""
    sizes = {}
    for table in TABLES:
        with CaptureQueriesContext(connection) as queries:
            response = operator.get(address(table, "changelist"))
        assert response.status_code == 200, table
        changes = response.context["cl"]
        choices = sum(len(list(spec.choices(changes))) for spec in changes.filter_specs)
        sizes[table._meta.label] = (len(queries), choices)
    return sizes


def test_a_list_takes_the_same_queries_and_offers_the_same_filters_however_many_rows_it_has(
    operator: Client,
) -> None:
    rows = Rows()
    for number in range(1, FEW + 1):
        for table in TABLES:
            rows.row(table, number)
    list_sizes(operator)  # the first requests fill caches
    few = list_sizes(operator)
    for number in range(FEW + 1, MANY + 1):
        for table in TABLES:
            rows.row(table, number)
    many = list_sizes(operator)
    grown = [f"{name}: {few[name]} {size}" for name, size in many.items() if size != few[name]]
    assert not grown, "\n".join(grown)
    assert max(queries for queries, _ in many.values()) <= 14


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table._meta.label_lower)
def test_every_page_of_a_table_opens_and_names_its_rows(operator: Client, table: type[Row]) -> None:
    row = Rows().row(table, 1)
    page = admin.site._registry[table]
    paths = [
        address(table, "changelist"),
        address(table, "change", row.pk),
        address(table, "history", row.pk),
    ]
    paths.append(f"{paths[0]}?q=zzz")
    request = operator.get(paths[0]).wsgi_request
    if page.has_add_permission(request):
        paths.append(address(table, "add"))
    if page.has_delete_permission(request):
        paths.append(address(table, "delete", row.pk))
    for path in paths:
        response = operator.get(path)
        text = response.content.decode()
        assert response.status_code == 200, path
        assert not UNNAMED.search(text), path
        assert not [name for name in SECRETS.get(table, ()) if str(getattr(row, name) or "–no–") in text], (
            path
        )
    assert page.search_fields
    assert str(row) in operator.get(paths[1]).context["subtitle"]


def test_every_secret_column_is_left_out(operator: Client) -> None:
    for table, names in SECRETS.items():
        row = Rows().row(table, 1)
        shown = operator.get(address(table, "change", row.pk)).content.decode()
        assert not [name for name in names if f"field-{name}" in shown]
