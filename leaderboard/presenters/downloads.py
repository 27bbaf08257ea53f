"""The files of an export, for the page of the data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings

from leaderboard.exports.export import EVERY_EVAL_EVER, LM_EVAL, SITE
from leaderboard.models import Export

SQLITE = "record.sqlite3"
COMPLETE_FILES = (SQLITE, SITE, EVERY_EVAL_EVER, LM_EVAL)


@dataclass(frozen=True, slots=True)
class ExportFile:
    """One file of an export."""

    name: str
    n_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class TableFiles:
    """One table with its row count, the licences of its rows, and its two files."""

    name: str
    n_rows: int
    licences: Mapping[str, int]
    parquet: ExportFile
    csv: ExportFile


@dataclass(frozen=True, slots=True)
class Downloads:
    """An export, its tables, and the files that contain all tables."""

    export: Export
    tables: list[TableFiles]
    whole: list[ExportFile]

    @property
    def public_key(self) -> str:
        """Return the public key of its signature; empty if it is not signed."""
        return str(self.export.manifest.get("public_key", ""))

    @property
    def bibtex(self) -> str:
        """Return its citation in BibTeX."""
        made_at = self.export.made_at
        return (
            f"@misc{{lagline-{made_at:%Y-%m-%d},\n"
            "  title = {Lagline: how many months apart are Chinese and US AI models?},\n"
            f"  year = {{{made_at:%Y}}},\n  month = {{{made_at.month}}},\n"
            f"  url = {{{settings.PUBLIC_URL}}},\n"
            f"  note = {{Export {self.export.folder}, method {self.export.manifest['method_version']}}}\n}}"
        )

    @property
    def apa(self) -> str:
        """Return its citation in APA style."""
        made_at, method = self.export.made_at, self.export.manifest["method_version"]
        return (
            "Lagline. (" + f"{made_at:%Y, %B} {made_at.day}"
            "). Lagline: How many months apart are Chinese and US AI models? "
            f"(Export {self.export.folder}, method {method}) [Data set]. {settings.PUBLIC_URL}"
        )


def list_downloads(export: Export) -> Downloads:
    """List the files of an export from its manifest."""
    manifest = export.manifest

    def file(name: str) -> ExportFile:
        return ExportFile(name, manifest.get("bytes", {}).get(name, 0), manifest["sha256"][name])

    tables = [
        TableFiles(
            name,
            rows,
            manifest.get("licences", {}).get(name, {}),
            file(f"{name}.parquet"),
            file(f"{name}.csv"),
        )
        for name, rows in manifest["rows"].items()
    ]
    return Downloads(export, tables, [file(name) for name in COMPLETE_FILES if name in manifest["sha256"]])
