"""Every address, and every page and action of the admin, tried as every role: the table says who may.

Whatever changes something is recorded in the audit log.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from django.contrib import admin
from django.core.files.storage import InMemoryStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import Settings

from evals.models import AuditEvent
from leaderboard.pages.submission_actions import ACTIONS as STEP_NAMES
from tests.leaderboard.access.table import (
    ACTIONS,
    CHANGED,
    EVERYBODY,
    NOBODY,
    PRIVATE,
    PUBLIC,
    ROLES,
    SHOWN_ANYWAY,
    STEPS,
    VIEWED,
    WRITES,
    Write,
)
from tests.leaderboard.access.world import (
    CSV,
    UNSAFE,
    World,
    compute_comparison,
    is_refused,
    propose_import,
    routes,
)
from tests.support.record import make_benchmark

# Some thousand requests, whose code other tests cover: measuring it would double their time.
pytestmark = [pytest.mark.django_db, pytest.mark.timeout(400), pytest.mark.no_cover]
LOG = AuditEvent._meta.db_table


@pytest.fixture
def world(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> World:
    """A world without a limit on writes, whose files are in memory."""
    dummy = {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}
    settings.CACHES = settings.CACHES | {"default": dummy}
    monkeypatch.setattr("evals.operations.imports.proposals.default_storage", InMemoryStorage())
    make_benchmark()
    return World()


def failures(world: World, role: str, method: str, path: str, write: Write, body: Any) -> list[str]:
    """Send a write as a role; return how its outcome differs from the table."""
    response, tables = world.send(role, method, path, body)
    name = f"{role} {method} {path}: {response.status_code}"
    if role not in write.allowed:
        return [f"{name} wrote {tables}"] * bool(tables) + [f"{name} is not refused"] * (
            not is_refused(response) and response.status_code != 302
        )
    if response.status_code >= 400 or is_refused(response):
        return [f"{name} is refused"]
    return [f"{name} is not recorded, of {tables}"] * (LOG not in tables and not write.unrecorded)


def tables_of_the_admin() -> dict[str, Any]:
    return {table._meta.label_lower: page for table, page in admin.site._registry.items()}


def test_every_address_has_its_row_in_the_table() -> None:
    assert sorted(set(routes())) == sorted([*PUBLIC, *PRIVATE])
    assert {key.split()[1] for key in WRITES} <= {*PUBLIC, *PRIVATE}
    assert STEPS.keys() == STEP_NAMES.keys()


def test_every_page_and_action_of_the_admin_has_its_row_in_the_table() -> None:
    assert sorted(tables_of_the_admin()) == sorted(VIEWED)
    assert {key.split()[0] for key in CHANGED | ACTIONS} <= VIEWED.keys()
    actions = {
        f"{table} {name}"
        for table, page in tables_of_the_admin().items()
        for _, name, _ in page._get_base_actions()
        if name != "delete_selected" or f"{table} delete" in CHANGED
    }
    assert actions == ACTIONS.keys()


def test_each_role_reads_what_the_table_allows(world: World) -> None:
    wrong = []
    readable = dict.fromkeys(PUBLIC, EVERYBODY) | PRIVATE
    for role, (route, allowed) in product(ROLES, readable.items()):
        response, tables = world.send(role, "GET", world.path(route))
        refused = is_refused(response) and response.status_code != 404
        refused = refused or (route == "/admin/logout/" and response.status_code == 302)
        if refused is (role in allowed) or response.status_code >= 500 or tables:
            wrong.append(f"{role} GET {route}: {response.status_code} {tables}")
    assert not wrong, "\n".join(wrong)


def test_each_role_changes_what_the_table_allows_and_it_is_recorded(world: World) -> None:
    compute_comparison()
    wrong = []
    for role, (key, write) in product(ROLES, WRITES.items()):
        method, route, *step = key.split()
        path = world.path(route, write.state, *step)
        wrong += failures(world, role, method, path, write, write.body)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("method", UNSAFE)
def test_every_other_method_is_refused(world: World, method: str) -> None:
    known = {" ".join(key.split()[:2]) for key in WRITES}
    wrong = []
    for role, route in product(ROLES, [*PUBLIC, *PRIVATE]):
        if f"{method} {route}" not in known:
            response, tables = world.send(role, method, world.path(route))
            answered = not is_refused(response) and response.status_code != 302 and route not in SHOWN_ANYWAY
            if answered or tables:
                wrong.append(f"{role} {method} {route}: {response.status_code} {tables}")
    assert not wrong, "\n".join(wrong)


def admin_form(world: World, key: str, write: Write) -> dict[str, Any]:
    forms: dict[str, dict[str, Any]] = {
        "evals.spendingcap add": {"owner": world.acme.pk},
        "evals.price add": {"endpoint": world.submissions["PENDING"].endpoint_id},
        "evals.import add": {"file": SimpleUploadedFile("ours.csv", CSV.encode()), "format": "", "url": ""},
    }
    return forms.get(key, {}) | write.body


@pytest.mark.parametrize("role", ROLES)
def test_each_role_sees_and_edits_the_rows_that_the_table_allows(world: World, role: str) -> None:
    wrong = []
    for table, viewers in VIEWED.items():
        home = f"/admin/{table.replace('.', '/')}/"
        row = f"{home}{world.row_of(table)}/"
        for path in (home, f"{row}change/", f"{row}history/"):
            response, tables = world.send(role, "GET", path)
            if path.endswith("/history/") and response.headers.get("Location") == "/admin/":
                continue  # there is no such row
            if is_refused(response) is (role in viewers) or response.status_code >= 500 or tables:
                wrong.append(f"{role} GET {path}: {response.status_code} {tables}")
        for step, path in (("add", f"{home}add/"), ("change", f"{row}change/"), ("delete", f"{row}delete/")):
            key = f"{table} {step}"
            write = CHANGED.get(key, Write(NOBODY))
            wrong += failures(world, role, "POST", path, write, admin_form(world, key, write))
    assert not wrong, "\n".join(wrong)


def test_each_role_takes_the_actions_that_the_table_allows(world: World) -> None:
    world.rows["evals.import"] = propose_import(world)
    wrong = []
    for role, (table, page) in product(ROLES, tables_of_the_admin().items()):
        for _, name, _ in page._get_base_actions():
            write = ACTIONS.get(f"{table} {name}", Write(NOBODY))
            body = {"action": name, "_selected_action": world.row_of(table, write.state), "post": "yes"}
            body |= write.body
            response, tables = world.send(role, "POST", f"/admin/{table.replace('.', '/')}/", body)
            outcome = f"{role} {table} {name}: {response.status_code} {tables}"
            if role not in write.allowed and tables:
                wrong.append(f"{outcome} is not refused")
            if role in write.allowed and LOG not in tables and not write.unrecorded:
                wrong.append(f"{outcome} is not recorded")
    assert not wrong, "\n".join(wrong)
