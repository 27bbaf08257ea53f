"""Fetch published results and import them; off unless an operator turns it on."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from django.conf import settings

from evals.imports.formats import FORMATS, Format
from evals.models import Import
from evals.operations.imports.fetch import FetchRefused, fetch
from evals.operations.imports.proposals import ImportFile, apply_import, content_hash, propose_import
from evals.operations.refusals import Refused

MODES = ("off", "propose", "apply")
KEY_HEADER = "x-api-key"


class UnknownSource(Refused):
    """No format of this name has an address to be fetched from."""

    code = "unknown_source"
    field = "source"


def sync_imports(*, mode: str, now: datetime, only: Iterable[str] = ()) -> list[str]:
    """Propose or apply the files at the known addresses; return a sentence for each."""
    if mode == "off":
        return ["Nothing is fetched: SYNC_IMPORTS is off. Set it to propose or apply."]
    return [_synced(source, mode, now) for source in _sources(set(only))]


def _sources(only: set[str]) -> Iterator[Format]:
    known = {source.name: source for source in FORMATS.values() if source.sync_url}
    if strange := only - known.keys():
        words = f"There is no address for {', '.join(sorted(strange))}; known: {', '.join(known)}."
        raise UnknownSource(words)
    yield from (source for name, source in known.items() if not only or name in only)


def _synced(source: Format, mode: str, now: datetime) -> str:
    """Fetch and import one source; a failure does not stop the others."""
    headers = {}
    if source.sync_credential:
        if source.sync_credential not in settings.CREDENTIALS:
            return f"{source.name}: left out, there is no CREDENTIAL_{source.sync_credential}."
        headers[KEY_HEADER] = settings.CREDENTIALS[source.sync_credential]
    with tempfile.TemporaryDirectory() as folder:
        try:
            path = fetch(url=source.sync_url, folder=Path(folder), headers=headers)
            return f"{source.name}: {_imported(source, path, mode, now)}"
        except FetchRefused as refusal:
            return f"{source.name}: not fetched. {refusal.message}"
        except Refused as refusal:
            return f"{source.name}: not imported. {refusal.message}"


def _imported(source: Format, path: Path, mode: str, now: datetime) -> str:
    if Import.objects.filter(content_hash=content_hash(path)).exists():
        return "the same file as before."
    given = ImportFile(path, source.name, source.sync_url, retrieved_on=now.date())
    done = (apply_import if mode == "apply" else propose_import)(given=given, now=now)
    counts = ", ".join(f"{number} {name}" for name, number in done.report["counts"].items() if number)
    return f"{done.state}: {counts}."
