"""Exports: the record as files in the storage, a manifest of hashes written last, and its signature."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, transaction

from evals.models import AuditAction
from evals.operations.audit import record_event
from evals.operations.installation import refuse_in_simulated_world
from evals.operations.refusals import Refused
from evals.untrusted.child import ReaderStopped
from evals.untrusted.json_text import JsonLimits, load_json
from leaderboard.exports.archive import (
    TABLES,
    columns,
    exported_columns,
    licences,
    read_rows,
    restore_tables,
    write_tables,
)
from leaderboard.exports.packing import pack_every_eval_ever, pack_lm_eval
from leaderboard.exports.signing import read_signing_key
from leaderboard.exports.static_site import pack_site
from leaderboard.lag import METHOD_VERSION
from leaderboard.models import Export
from leaderboard.operations.snapshot import snapshot

FOLDER, MANIFEST, SIGNATURE = "exports", "manifest.json", "manifest.json.minisig"
FORMAT_VERSION = 2
SITE, EVERY_EVAL_EVER, LM_EVAL = "site.zip", "every_eval_ever.zip", "lm_eval.zip"
LICENCE = "CC-BY-4.0 for the compilation; each row names its source and licence"
BLOCK = 1 << 20
MAX_MANIFEST, MANIFEST_LIMITS = 2**24, JsonLimits(depth=20, values=2**20)
NOT_RESTORED = (ReaderStopped, ValueError, TypeError, KeyError, ArithmeticError, DatabaseError)
"""What the rows of a table that is not ours raise on their way into the database."""


class BrokenExport(Refused):
    """A file of an export does not have the hash that the manifest states."""

    code = "broken_export"


def write_export(*, now: datetime) -> str:
    """Write an export and return its folder in the storage; it is complete once its manifest is written."""
    refuse_in_simulated_world("an export")
    name, key = f"{now:%Y-%m-%dT%H%M%SZ}", read_signing_key(str(settings.EXPORT_SIGNING_KEY))
    place = f"{FOLDER}/{name}"
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        manifest = {
            "format_version": FORMAT_VERSION,
            "made_at": now.isoformat(),
            "method_version": METHOD_VERSION,
            "licence": LICENCE,
            "signed": "by minisign" if key else "no: this service has no signing key",
            "public_key": key.public if key else "",
            **_write(folder, now),
        }
        files = sorted(folder.iterdir())
        manifest["bytes"] = {path.name: path.stat().st_size for path in files}
        manifest["sha256"] = {path.name: file_digest(path) for path in files}
        for path in files:
            with path.open("rb") as file:
                default_storage.save(f"{place}/{path.name}", File(file))
    content = json.dumps(manifest, indent=1, sort_keys=True).encode() + b"\n"
    if key:
        signature = key.sign(content, f"timestamp:{int(now.timestamp())} file:{MANIFEST}")
        default_storage.save(f"{place}/{SIGNATURE}", ContentFile(signature.encode()))
    default_storage.save(f"{place}/{MANIFEST}", ContentFile(content))
    with transaction.atomic():
        Export.objects.create(folder=name, made_at=now, manifest=manifest)
        record_event(action=AuditAction.EXPORT_WRITE, object_type="export", object_id=name)
    delete_old_exports(now=now)
    return place


def _write(folder: Path, now: datetime) -> dict[str, Any]:
    """Write every file of an export; return the manifest's entries about them."""
    with snapshot():
        contents: dict[str, Any] = {"rows": write_tables(folder), "licences": licences()}
        contents["columns"] = exported_columns()
        contents["every_eval_ever"] = {"evaluations": pack_every_eval_ever(folder / EVERY_EVAL_EVER)}
        contents["lm_eval"] = {"runs": pack_lm_eval(folder / LM_EVAL)}
    write_sqlite(folder)
    return contents | {"site": pack_site(folder / SITE, now=now)}


def write_sqlite(folder: Path) -> None:
    """Write the tables' Parquet files as one SQLite file; times become text."""
    with sqlite3.connect(folder / "record.sqlite3") as database:
        for table in TABLES:
            name, names = table._meta.db_table, [field.attname for field in columns(table)]
            database.execute(f'CREATE TABLE "{name}" ({", ".join(f"{n!r}" for n in names)})')
            marks = ", ".join("?" * len(names))
            for rows in read_rows(folder / f"{name}.parquet"):
                cells = ([_sqlite(row[n]) for n in names] for row in rows)
                database.executemany(f'INSERT INTO "{name}" VALUES ({marks})', cells)  # noqa: S608
    database.close()


def _sqlite(value: Any) -> Any:
    return value if value is None or isinstance(value, int | float | str) else str(value)


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    hasher = sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            hasher.update(block)
    return hasher.hexdigest()


def restore_export(*, folder: Path) -> dict[str, int]:
    """Restore the record from an export's folder.

    Raises BrokenExport if a file differs from the manifest, or cannot be read within the limits.
    """
    for name, expected in _digests(folder / MANIFEST).items():
        path = folder / Path(name).name
        if not path.is_file() or file_digest(path) != expected:
            raise BrokenExport(
                f"{name} is missing, or is not the file that {MANIFEST} names. Nothing was read."
            )
    try:
        return restore_tables(folder=folder)
    except NOT_RESTORED as error:
        problem = f"{type(error).__name__}: {error}"[:300]
        raise BrokenExport(f"A table cannot be restored ({problem}). Nothing was restored.") from None


def _digests(manifest: Path) -> dict[str, str]:
    """Return the digest of each file by its name. Raises BrokenExport."""
    try:
        with manifest.open("rb") as file:
            content = load_json(file.read(MAX_MANIFEST + 1)[:MAX_MANIFEST].decode(), MANIFEST_LIMITS)
        digests = content["sha256"]
        return {str(name): str(digest) for name, digest in digests.items()}
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        problem = f"{type(error).__name__}: {error}"[:200]
        raise BrokenExport(f"{MANIFEST} cannot be read ({problem}). Nothing was read.") from None


def stored_exports() -> list[str]:
    """Return the folders of complete exports, newest first."""
    if not default_storage.exists(FOLDER):
        return []
    names = default_storage.listdir(FOLDER)[0]
    whole = (n for n in names if default_storage.exists(f"{FOLDER}/{n}/{MANIFEST}"))
    return sorted(whole, reverse=True)


def delete_old_exports(*, now: datetime) -> None:
    """Delete exports older than EXPORT_DAYS, each manifest first; keep the newest."""
    oldest = f"{now - timedelta(days=settings.EXPORT_DAYS):%Y-%m-%dT%H%M%SZ}"
    for name in stored_exports()[1:]:
        if name < oldest:
            Export.objects.filter(folder=name).delete()
            files = default_storage.listdir(f"{FOLDER}/{name}")[1]
            for file in sorted(files, key=lambda f: f != MANIFEST):
                default_storage.delete(f"{FOLDER}/{name}/{file}")
