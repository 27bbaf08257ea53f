"""An account downloads all that is kept about it, without a secret and without what is others'."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import models
from django.test import Client
from pytest_django import Settings

from evals.models import AuditEvent, Notice
from evals.operations.owners.access import owner_of
from leaderboard.accounts import data_export
from leaderboard.accounts.data_export import MOST_A_DAY, archive_of, parts_of
from tests.leaderboard.accounts.full_account import MAIL, NAME, make_full_account
from tests.support.accounts import confirm_identity
from tests.support.own_endpoints import KEY, give_key, make_own_endpoint, pass_preflight, worker_with_keys
from tests.support.record import NOW, make_endpoint, make_submission, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _worker(db: None, settings: Settings, tmp_path: Path) -> Iterator[None]:
    with worker_with_keys(settings, tmp_path):
        yield


@pytest.fixture
def secrets() -> list[str]:
    return []


@pytest.fixture
def zelda(secrets: list[str]) -> User:
    user, theirs = make_full_account()
    lab = make_own_endpoint(user)
    key = give_key(user, lab)
    pass_preflight(lab)
    make_submission(endpoint=make_endpoint(), submitter=user)
    secrets += [*theirs, KEY, bytes(key.sealed).hex(), str(bytes(key.sealed))]
    return user


def files_of(account: User) -> dict[str, Any]:
    archive = zipfile.ZipFile(io.BytesIO(b"".join(archive_of(account))))
    assert archive.testzip() is None
    names = [name for name in archive.namelist() if name.endswith(".json")]
    return {name.removesuffix(".json"): json.loads(archive.read(name)) for name in names}


def confirmed(user: User) -> Client:
    client = Client()
    client.force_login(user)
    confirm_identity(client, user, method="password")
    return client


def test_the_archive_has_what_is_kept_of_each_kind(zelda: User) -> None:
    files = files_of(zelda)
    assert files["profile"][0]["email"] == MAIL
    assert files["tokens"][0]["name"] == "zelda's laptop"
    assert files["keys"][0]["endpoint__slug"] == f"{NAME}--lab"
    assert files["memberships"][0]["organisation__handle"] == "acme"
    assert {row["topic"] for row in files["mail_subscriptions"]} == {"key.deleted", "headline"}
    assert "account.login" in {row["action"] for row in files["audit_log"]}
    empty = {name for name, rows in files.items() if not rows}
    assert empty == {*("sharing", "webhook_deliveries", "mails", "failed_logins", "login_delays")}, (
        "the others have a row in this test"
    )


def test_no_secret_is_in_it(zelda: User, secrets: list[str]) -> None:
    text = json.dumps(files_of(zelda))
    assert not [secret for secret in secrets if secret in text]


def test_nothing_of_others_is_in_it(zelda: User) -> None:
    boss = make_user("boss", email="boss@mail.example")
    Notice.objects.create(owner=owner_of(boss), type="key.deleted", subject="of boss", created_at=NOW)
    text = json.dumps(files_of(zelda))
    for word in ("boss@", "of boss", "somebody.else@mail.example"):
        assert word not in text
    assert NAME not in json.dumps(files_of(boss))


def test_every_table_about_an_account_is_in_it_or_listed_here(zelda: User) -> None:
    """A new table with a reference to an account or an owner needs a file, or a reason here."""
    elsewhere = {
        "Owner", "AccountPseudonym",  # the account itself
        "LogEntry",  # what staff did in the admin is in the audit log
        "Import", "Model", "ModelProposal",  # by their moderators; proposals have a file
        "DeveloperVerification",  # of organisations
        "User_groups", "User_user_permissions", "Endpoint_shared_with",  # roles and sharing have files
    }  # fmt: skip
    exported = {rows.model.__name__ for rows in parts_of(zelda).values()}
    related = set()
    for row in (zelda, owner_of(zelda)):
        relations = row._meta.get_fields(include_hidden=True)
        related |= {r.related_model.__name__ for r in relations if isinstance(r, models.ManyToOneRel)}
    assert related - exported - elsewhere == set()


def test_long_tables_are_read_in_parts(zelda: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_export, "ROWS_AT_ONCE", 50)
    owner = owner_of(zelda)
    Notice.objects.bulk_create(
        Notice(owner=owner, type="key.deleted", subject=f"n{number} \x07模型", created_at=NOW)
        for number in range(2_000)
    )
    parts = list(archive_of(zelda))
    assert len(parts) > 2_000
    assert max(map(len, parts)) < 100_000
    assert len(files_of(zelda)["notices"]) >= 2_000


def test_the_download_needs_a_recent_authentication_is_recorded_and_limited(zelda: User) -> None:
    unconfirmed = Client()
    unconfirmed.force_login(zelda)
    assert unconfirmed.post("/account/data/").status_code == 302
    browser = confirmed(zelda)
    assert browser.get("/account/data/").status_code == 200
    assert not AuditEvent.objects.filter(action="account.export").exists(), "a GET downloads nothing"
    for _ in range(MOST_A_DAY):
        response: Any = browser.post("/account/data/")
        assert response["Content-Type"] == "application/zip"
        assert zipfile.is_zipfile(io.BytesIO(b"".join(response.streaming_content)))
    refused = browser.post("/account/data/")
    assert (refused.status_code, int(refused["Retry-After"]) > 80_000) == (429, True)
    assert AuditEvent.objects.filter(action="account.export").count() == MOST_A_DAY
    assert confirmed(make_user("boss")).post("/account/data/").status_code == 200
