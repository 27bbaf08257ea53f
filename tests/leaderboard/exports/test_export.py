"""An export holds the record and no secret, and the same record comes of it again."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.apps import apps
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command

from evals.csv_cells import restore_cell
from evals.models import AuditEvent, Endpoint, Model, Response, Run, Score, Submission
from evals.untrusted.child import ReaderStopped
from leaderboard.exports import archive, parquet_rows
from leaderboard.exports.archive import TABLES, columns
from leaderboard.exports.export import (
    MANIFEST,
    BrokenExport,
    file_digest,
    restore_export,
    stored_exports,
    write_export,
)
from leaderboard.exports.signing import BadSigningKey, new_signing_key, read_signing_key
from leaderboard.models import ApiToken, LagEstimate
from tests.leaderboard.history import HISTORY, at
from tests.leaderboard.test_as_of import everything
from tests.support.record import make_model

pytestmark = pytest.mark.django_db
MADE = datetime(2026, 11, 22, 3, tzinfo=UTC)
SECRETS = (
    "planted-credential",
    "10.9.8.7",
    "planted-raw-body",
    "planted-idempotency",
    "planted-token",
    "planted-contact",
    "planted-provider-words",
    "curious",
)


@pytest.fixture
def storage(settings: Any, tmp_path: Path) -> Path:
    backend = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = settings.STORAGES | {"default": backend}
    return tmp_path


@pytest.fixture
def filled() -> None:
    for event in HISTORY:
        event.happen(at(event.day))
    Endpoint.objects.update(credential="planted-credential", base_url="http://10.9.8.7/v1")
    Response.objects.update(body='{"key": "planted-raw-body"}')
    submission = Submission.objects.get()
    Submission.objects.update(idempotency_key="planted-idempotency")
    Submission.objects.update(failure_message="planted-provider-words", held_reason="planted-provider-words")
    Run.objects.update(failure_message="planted-provider-words")
    ApiToken.objects.create(user=submission.submitter, name="planted-token", digest="x" * 64, created_at=MADE)


def empty() -> None:
    for table in reversed(TABLES):
        if table is Model:
            Model.objects.update(base_model=None, variant_of=None)
        table._default_manager.all().delete()


def tables(folder: Path) -> dict[str, Any]:
    return {path.stem: pq.read_table(path).to_pylist() for path in sorted(folder.glob("*.parquet"))}


def meant(answers: dict[str, str]) -> dict[str, Any]:
    """Return what answers say: a page's text, and JSON without the order of its keys."""
    return {path: json.loads(text) if path.startswith("/api/") else text for path, text in answers.items()}


def contents(path: Path) -> Iterator[bytes]:
    """Give what a file holds, unpacked."""
    if path.suffix == ".parquet":
        yield json.dumps(pq.read_table(path).to_pylist(), default=str).encode()
    elif path.suffix == ".zip":
        with ZipFile(path) as archive:
            yield from (archive.read(name) for name in archive.namelist())
    else:
        yield path.read_bytes()


def test_what_is_restored_is_what_was_exported(filled: None, storage: Path, client: Any) -> None:
    first = storage / write_export(now=MADE)
    before = everything(client, ["/models/", "/models/m-one/", "/benchmarks/b-one/", "/api/v1/scores"])
    old = everything(client, ["/api/v1/models", "/api/v1/scores", "/api/v1/lags"], as_of="2025-06-15")
    empty()
    counts = restore_export(folder=first)
    assert counts["evals_score"] == 2
    assert counts["leaderboard_chart"] == 12
    recorded = AuditEvent.objects.filter(action__in=["export.write", "record.restore"]).order_by("pk")
    assert [event.action for event in recorded] == ["export.write", "record.restore"]
    second = storage / write_export(now=MADE + timedelta(days=1))
    assert tables(first) == tables(second), "a round trip loses nothing"
    hashes = [json.loads((folder / MANIFEST).read_text())["sha256"] for folder in (first, second)]
    assert {n: h for n, h in hashes[0].items() if n.endswith("csv")} == {
        n: h for n, h in hashes[1].items() if n.endswith("csv")
    }
    assert meant(everything(client, list(before))) == meant(before)
    assert meant(everything(client, list(old), as_of="2025-06-15")) == meant(old), "what was known then, too"
    make_model("next")  # and a new row finds a number that is free


def test_rows_are_written_in_lists_that_are_small_however_long_a_row_is(
    filled: None, storage: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(archive, "MAX_ROWS", 5)
    monkeypatch.setattr(archive, "MAX_CHARACTERS", 200)
    folder = storage / write_export(now=MADE)
    charts, developers = (
        [len(rows) for rows in archive.read_rows(folder / f"{name}.parquet")]
        for name in ("leaderboard_chart", "evals_developer")
    )
    assert (sum(charts), max(charts)) == (12, 3), "a chart has about 90 letters"
    assert developers == [2]
    first = tables(folder)
    empty()
    restore_export(folder=folder)
    assert tables(storage / write_export(now=MADE + timedelta(days=1))) == first


def test_the_csv_of_an_export_has_no_formula_and_its_text_can_be_restored(
    filled: None, storage: Path
) -> None:
    Model.objects.filter(slug="m-one").update(name='=HYPERLINK("http://evil.example")')
    Score.objects.update(value=-1.5, source="- first;=1+1\n+2")
    folder = storage / write_export(now=MADE)
    models, scores = (
        pc.read_csv(
            folder / f"{name}.csv", parse_options=pc.ParseOptions(newlines_in_values=True)
        ).to_pylist()
        for name in ("evals_model", "evals_score")
    )
    assert '\'=HYPERLINK("http://evil.example")' in [row["name"] for row in models]
    assert {(row["value"], row["source"]) for row in scores} == {(-1.5, "'- first;'=1+1\n'+2")}
    stored = {row["id"]: row["name"] for row in tables(folder)["evals_model"]}
    assert {row["id"]: restore_cell(row["name"]) for row in models} == stored
    empty()
    restore_export(folder=folder)
    assert set(Score.objects.values_list("value", "source")) == {(-1.5, "- first;=1+1\n+2")}


def test_the_keys_of_json_are_in_one_order_whatever_database_kept_them(filled: None, storage: Path) -> None:
    Run.objects.update(results={"b": 1, "a": {"d": "ü", "c": None}})
    folder = storage / write_export(now=MADE)
    rows = pq.read_table(folder / "evals_run.parquet").to_pylist()
    assert [row["results"] for row in rows] == ['{"a": {"c": null, "d": "ü"}, "b": 1}']


def test_no_secret_user_token_or_raw_body_is_in_an_export(filled: None, storage: Path) -> None:
    folder = storage / write_export(now=MADE)
    assert len(list(folder.iterdir())) == 2 * len(TABLES) + 5
    for path in folder.iterdir():
        for content in contents(path):
            for secret in SECRETS:
                assert secret.encode() not in content, f"{secret} is in {path.name}"


def test_every_table_of_the_record_is_exported() -> None:
    kept_here = {"ApiToken", "Limit", "Attempt", "EstimateRequest", "Export", "RequestedEstimate"}
    kept_here |= {"AuditEvent", "AccountPseudonym", "SignUp", "Invitation", "Owner", "Member", "SolvedPuzzle"}
    kept_here |= {"EndpointKey", "WorkerKey", "Preflight", "SpendingCap", "Installation"}
    kept_here |= {"DeveloperVerification", "Notice", "Webhook", "WebhookDelivery"}
    kept_here |= {"MailItem", "MailSubscription", "PolicyVersion", "PolicyAcceptance"}
    named = {
        table.__name__ for package in ("evals", "leaderboard")
        for table in apps.get_app_config(package).get_models()
    }  # fmt: skip
    assert named - {table.__name__ for table in TABLES} == kept_here
    assert "credential" not in {field.attname for field in columns(Endpoint)}


def test_a_signature_is_minisigns(filled: None, storage: Path, settings: Any) -> None:
    settings.EXPORT_SIGNING_KEY = new_signing_key()
    key = read_signing_key(settings.EXPORT_SIGNING_KEY)
    assert key is not None
    folder = storage / write_export(now=MADE)
    content = (folder / MANIFEST).read_bytes()
    untrusted, encoded, trusted, whole = (folder / f"{MANIFEST}.minisig").read_text().splitlines()
    assert untrusted.startswith("untrusted comment: ")
    public, raw = base64.b64decode(key.public), base64.b64decode(encoded)
    assert (public[:2], raw[:2], raw[2:10]) == (b"Ed", b"ED", public[2:10])
    verifier = Ed25519PublicKey.from_public_bytes(public[10:])
    verifier.verify(raw[10:], blake2b(content, digest_size=64).digest())
    verifier.verify(base64.b64decode(whole), raw[10:] + trusted.removeprefix("trusted comment: ").encode())
    assert json.loads(content)["signed"] == "by minisign"
    assert settings.EXPORT_SIGNING_KEY not in repr(key)


def test_without_a_key_it_says_that_it_is_not_signed(storage: Path) -> None:
    folder = storage / write_export(now=MADE)
    assert json.loads((folder / MANIFEST).read_text())["signed"].startswith("no: ")
    assert not (folder / f"{MANIFEST}.minisig").exists()
    with pytest.raises(BadSigningKey, match="EXPORT_SIGNING_KEY is no key"):
        read_signing_key("short")


def test_a_changed_file_and_a_full_database_are_refused(filled: None, storage: Path) -> None:
    folder = storage / write_export(now=MADE)
    with pytest.raises(CommandError, match="is not empty"):
        call_command("restore", folder)
    path = folder / "evals_score.parquet"
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(BrokenExport, match=r"evals_score\.parquet is missing, or is not the file"):
        restore_export(folder=folder)
    assert LagEstimate.objects.count() == 2


def test_old_exports_go_and_one_without_a_manifest_does_not_count(storage: Path) -> None:
    places = [write_export(now=MADE + timedelta(days=days)) for days in (0, 20, 40)]
    assert stored_exports() == [place.split("/")[1] for place in (places[2], places[1])]
    default_storage.delete(f"{places[2]}/{MANIFEST}")
    assert stored_exports() == [places[1].split("/")[1]]


def with_manifest(folder: Path) -> None:
    """Write the digests of the files as they are: whoever gives an export can do that."""
    digests = {path.name: file_digest(path) for path in folder.glob("*.parquet")}
    (folder / MANIFEST).write_text(json.dumps({"sha256": digests}))


@pytest.mark.parametrize(
    ("manifest", "problem"),
    [
        (b"[" * 1200, "nested too deeply"),
        (b'{"sha256": []}', "AttributeError"),
        (b"7", "TypeError"),
        (b'{"a": 1' + b"0" * 2**24, "JSONDecodeError|ValueError"),
        (b"{" + b'"a":0,' * 2**21 + b'"a":0}', "values"),
        (b"\xff", "UnicodeDecodeError"),
    ],
)
def test_a_manifest_over_a_limit_is_refused(tmp_path: Path, manifest: bytes, problem: str) -> None:
    (tmp_path / MANIFEST).write_bytes(manifest)
    with pytest.raises(CommandError, match=problem):
        call_command("restore", tmp_path)


def test_a_table_that_grows_beyond_the_limit_is_refused_and_nothing_is_restored(
    filled: None, storage: Path
) -> None:
    folder = storage / write_export(now=MADE)
    empty()
    column = pa.array(["x" * 2**24] * 40).dictionary_encode()  # 640 MiB of text in a small file
    pq.write_table(pa.table({"id": column}), folder / "evals_developer.parquet", compression="zstd")
    assert (folder / "evals_developer.parquet").stat().st_size < 2**22
    with_manifest(folder)
    tight = replace(parquet_rows.LIMITS, memory_mib=512)
    with pytest.raises(BrokenExport, match="cannot be restored"):
        restore_export(folder=folder)
    with pytest.raises(ReaderStopped):
        [list(rows) for rows in parquet_rows.rows_by_file([folder / "evals_developer.parquet"], tight)]
    assert not Model.objects.exists()


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + b"\xff" * 100 + b"\x64\x00\x00\x00PAR1"])
def test_a_table_that_is_no_parquet_is_refused(filled: None, storage: Path, content: bytes) -> None:
    folder = storage / write_export(now=MADE)
    empty()
    (folder / "evals_model.parquet").write_bytes(content)
    with_manifest(folder)
    with pytest.raises(CommandError, match="cannot be restored"):
        call_command("restore", folder)
    assert not Model.objects.exists()
