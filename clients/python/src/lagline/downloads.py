"""Flows that download files of exports, verified by their manifest, and the samples of a run."""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import file_digest, sha256
from itertools import count
from pathlib import Path
from typing import IO, Any

from lagline.errors import NotFound, UnexpectedResponse, Unreachable, WrongHash
from lagline.exchange import Access, open_response
from lagline.flows import Close, Flow, Sleep, read
from lagline.messages import get
from lagline.reading import Pages, read_list

LATEST = "latest"
SAFE_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}")
Progress = Callable[[str, int, int], None]
"""Called with the name of a file, the bytes received so far, and its size in bytes."""


@dataclass(frozen=True, slots=True)
class ExportFile:
    """A file of an export as the manifest describes it; `size` is in bytes."""

    folder: str
    name: str
    sha256: str
    size: int


def fetch_export(
    access: Access, names: Sequence[str], folder: str, to: Path, progress: Progress | None
) -> Flow[list[Path]]:
    """Download files of an export, all without names, and return their paths.

    A file that is there already with the right hash is kept. Raises NotFound for an unknown export or file,
    and WrongHash for content that differs from the manifest; then nothing is left under its name.
    """
    files = yield from _find_files(access, names, folder)
    to.mkdir(parents=True, exist_ok=True)
    paths = []
    for file in files:
        path = to / file.name
        if not _is_complete(path, file):
            yield from _download(access, file, path, progress)
        paths.append(path)
    return paths


def fetch_samples(access: Access, run_id: int, path: Path) -> Flow[Path]:
    """Write the samples of a run as JSON Lines. Raises UnexpectedResponse if some are missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with _complete_or_nothing(path) as file:
        pages = Pages(access, ("runs", run_id, "samples"), {})
        while (page := (yield from pages.read_next())) is not None:
            for row in page:
                file.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
            written += len(page)
        if written != pages.count:
            raise UnexpectedResponse(f"Run {run_id} has {pages.count} samples; {written} were received.")
    return path


def _find_files(access: Access, names: Sequence[str], folder: str) -> Flow[list[ExportFile]]:
    exports = yield from read_list(access, "exports")
    for export in exports:
        if folder in (LATEST, export.get("folder")):
            known = _files_of(export)
            return [_known_file(known, name, str(export.get("folder"))) for name in names or known]
    raise NotFound(
        404, "not_found", f"There is no export {folder!r}." if exports else "There is no export yet."
    )


def _files_of(export: Mapping[str, Any]) -> dict[str, ExportFile]:
    """Return the files of a manifest by name. Raises UnexpectedResponse for names that are paths."""
    folder = str(export.get("folder"))
    try:
        manifest = export["manifest"]
        files = [
            ExportFile(folder, name, digest, manifest["bytes"][name])
            for name, digest in manifest["sha256"].items()
        ]
    except (KeyError, TypeError, AttributeError):
        raise UnexpectedResponse(f"The manifest of export {folder} has no hashes and sizes.") from None
    for file in files:
        if not SAFE_NAME.fullmatch(file.name):
            raise UnexpectedResponse(f"The manifest of export {folder} names the file {file.name!r}.")
    return {file.name: file for file in files}


def _known_file(files: Mapping[str, ExportFile], name: str, folder: str) -> ExportFile:
    if name not in files:
        message = f"Export {folder} has no file {name!r}."
        raise NotFound(404, "not_found", message, allowed=tuple(files))
    return files[name]


def _is_complete(path: Path, file: ExportFile) -> bool:
    if not path.is_file() or path.stat().st_size != file.size:
        return False
    with path.open("rb") as content:
        return file_digest(content, "sha256").hexdigest() == file.sha256


def _download(access: Access, file: ExportFile, path: Path, progress: Progress | None) -> Flow[None]:
    """Download a file; if the connection breaks meanwhile, again from the start."""
    request = get(access.service.file(file.folder, file.name), accept="*/*")
    for attempt in count(1):
        yield from open_response(access, request)
        try:
            return (yield from _receive(file, path, progress))
        except Unreachable:
            wait = access.retries.wait_after_error(request, attempt)
            if wait is None:
                raise
        finally:
            yield Close()
        yield Sleep(wait)


def _receive(file: ExportFile, path: Path, progress: Progress | None) -> Flow[None]:
    digest, size = sha256(), 0
    with _complete_or_nothing(path) as content:
        while size <= file.size and (chunk := (yield from read())):
            size += len(chunk)
            digest.update(chunk)
            content.write(chunk)
            if progress:
                progress(file.name, size, file.size)
        if (size, digest.hexdigest()) != (file.size, file.sha256):
            raise WrongHash(f"{file.name} of export {file.folder} is not what its manifest states.")


@contextmanager
def _complete_or_nothing(path: Path) -> Iterator[IO[bytes]]:
    """Open a temporary file beside a path; it gets that name at the end, or is deleted after an error."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb") as file:
            yield file
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
