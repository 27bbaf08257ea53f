"""The newest export can be downloaded, verified and cited; no other file of the storage is served."""

from __future__ import annotations

import json
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client

from leaderboard.exports.export import MANIFEST, write_export
from leaderboard.exports.signing import new_signing_key, read_signing_key
from tests.leaderboard.exports.test_export import MADE, filled, storage
from tests.leaderboard.pages.reading import page, read

__all__ = ["filled", "storage"]
pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def whole(answer: Any) -> bytes:
    return b"".join(answer)


def test_without_an_export_the_page_says_so() -> None:
    assert "No export has been made yet." in read("/data/")


def test_the_page_leads_to_every_file_of_the_newest_export(
    filled: None, storage: Path, settings: Any, client: Client
) -> None:
    settings.EXPORT_SIGNING_KEY = new_signing_key()
    write_export(now=MADE - DAY)
    folder = write_export(now=MADE).partition("/")[2]
    manifest = json.loads((storage / "exports" / folder / MANIFEST).read_text())
    markup = page("/data/")
    for name in (*manifest["sha256"], MANIFEST, f"{MANIFEST}.minisig"):
        assert f'href="/data/{folder}/{name}"' in markup, name
    text = read("/data/")
    key = read_signing_key(settings.EXPORT_SIGNING_KEY)
    assert key is not None
    assert f"minisign -Vm manifest.json -P {key.public}" in text
    assert "@misc{lagline-2026-11-22" in text
    assert "(2026, November 22)" in text
    assert "2026-11-21T030000Z" in text
    newest, earlier, _ = client.get("/api/v1/exports").json()["data"]
    assert (newest["folder"], newest["manifest"]) == (folder, manifest)
    assert earlier["folder"] < folder


def test_a_file_is_sent_once_whole_and_for_good(filled: None, storage: Path, client: Client) -> None:
    folder = write_export(now=MADE).partition("/")[2]
    manifest = json.loads((storage / "exports" / folder / MANIFEST).read_text())
    for name, digest in manifest["sha256"].items():
        answer = client.get(f"/data/{folder}/{name}", headers={"Accept-Encoding": "gzip"})
        assert answer.status_code == 200
        assert sha256(whole(answer)).hexdigest() == digest
        assert "immutable" in answer["Cache-Control"]
        assert int(answer["Content-Length"]) == manifest["bytes"][name]
    again = client.get(f"/data/{folder}/{name}", headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    latest = client.get(f"/data/latest/{MANIFEST}")
    assert (latest.status_code, latest["Location"]) == (302, f"/data/{folder}/{MANIFEST}")


def test_nothing_else_of_the_storage_can_be_had(filled: None, storage: Path, client: Client) -> None:
    folder = write_export(now=MADE).partition("/")[2]
    (storage / "exports" / folder / "secret").write_text("x")
    (storage / "secret").write_text("x")
    for path in (
        f"{folder}/secret",
        f"{folder}/..%2F..%2Fsecret",
        f"{folder}/manifest.json.minisig",
        "none/x",
    ):
        assert client.get(f"/data/{path}").status_code == 404, path
    default_storage.delete(f"exports/{folder}/record.sqlite3")
    assert client.get(f"/data/{folder}/record.sqlite3").status_code == 404


def test_an_export_of_a_later_day_is_not_told(filled: None, storage: Path, client: Client) -> None:
    folder = write_export(now=MADE).partition("/")[2]
    before, after = f"{MADE - DAY:%Y-%m-%d}", f"{MADE:%Y-%m-%d}"
    assert folder not in page(f"/data/?as_of={before}")
    assert folder in page(f"/data/?as_of={after}")
    assert client.get(f"/data/{folder}/{MANIFEST}", {"as_of": before}).status_code == 404
    data = client.get("/api/v1/exports", {"as_of": before}).json()["data"]
    assert [row["folder"] for row in data] == ["2026-03-01T120000Z"]
