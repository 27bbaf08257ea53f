"""Roles: what each may do, who gets one, and what staff without a role may no longer do."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.test import Client

from evals.operations.audit import pseudonym_of
from leaderboard.accounts.roles import ROLES, roles_of
from tests.support.accounts import log_in
from tests.support.record import make_submission, make_user

pytestmark = pytest.mark.django_db
NAMES = ("ann", "editor", "staff", "viewer")


def staff_who_may_only_view() -> Client:
    user = get_user_model().objects.create_user("viewer", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client = Client()
    log_in(client, user)
    return client


def test_staff_who_may_only_view_cannot_retry_or_prioritise_a_submission() -> None:
    submission, viewer = make_submission(state="FAILED"), staff_who_may_only_view()
    page = f"/submissions/{submission.public_id}/"
    assert viewer.post(f"{page}retry/").status_code == 403
    assert viewer.post(f"{page}priority/", {"priority": "7"}).status_code == 403
    for action in ("retry", "put_first"):
        viewer.post("/admin/evals/submission/", {"action": action, "_selected_action": [submission.pk]})
    submission.refresh_from_db()
    assert (submission.state, submission.attempt, submission.priority) == ("FAILED", 1, 0)


def test_a_new_account_is_a_submitter_and_has_a_pseudonym() -> None:
    user = get_user_model().objects.create_user("ann")
    assert roles_of(user) == ["submitter"]
    assert user.has_perm("evals.add_submission")
    assert not user.has_perm("evals.change_submission")
    assert pseudonym_of(user.pk)


def test_a_role_opens_the_admin_only_as_long_as_the_account_has_it() -> None:
    user = make_user("ann")
    for role in ("operator", "auditor"):
        call_command("role", "ann", role)
    for role, is_staff in (("operator", True), ("auditor", False)):
        call_command("role", "ann", role, remove=True)
        user.refresh_from_db()
        assert user.is_staff is is_staff


def test_an_unknown_account_or_role_is_named() -> None:
    make_user("ann")
    with pytest.raises(CommandError, match="no account 'bob'"):
        call_command("role", "bob", "operator")
    with pytest.raises(CommandError, match=r"no role .boss.\. Roles: reader, submitter"):
        call_command("role", "ann", "boss")


def test_every_permission_of_a_role_exists() -> None:
    for role in ROLES.values():
        granted = Permission.objects.filter(group__name=role.name)
        names = {f"{given.content_type.app_label}.{given.codename}" for given in granted}
        assert role.permissions <= names


def test_an_auditor_can_only_view_and_views_every_table_of_the_admin() -> None:
    granted = Permission.objects.filter(group__name="auditor")
    assert all(permission.codename.startswith("view_") for permission in granted)
    auditor = make_user("eve", role="auditor")
    for table in admin.site._registry:
        assert auditor.has_perm(f"{table._meta.app_label}.view_{table._meta.model_name}")


def test_accounts_of_before_get_roles_by_what_they_could_do() -> None:
    users = {name: get_user_model().objects.create_user(name, is_staff=name != "ann") for name in NAMES}
    for user in users.values():
        user.groups.clear()
    viewing = Permission.objects.filter(codename__startswith="view_")
    users["viewer"].user_permissions.set(viewing)
    users["editor"].user_permissions.set([*viewing, Permission.objects.get(codename="change_endpoint")])
    import_module("leaderboard.migrations.0007_roles").assign_roles(apps, None)
    assert {name: roles_of(user) for name, user in users.items()} == {
        "ann": ["submitter"],
        "editor": ["operator"],
        "staff": ["operator"],
        "viewer": ["auditor"],
    }
