"""Responses on disk, which are used only after the service has confirmed by their ETag that they are current.

The name of an entry is a digest of address and token, so accounts do not share any, and neither is stored.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

import platformdirs

from lagline.messages import Request, Response

FORMAT = 1
MAX_ENTRIES = 500
MAX_BYTES = 32 * 2**20
"""Size of the largest body that is kept."""


@dataclass(frozen=True, slots=True)
class Cache:
    """A folder of responses, readable by its owner alone."""

    folder: Path

    @classmethod
    def default(cls) -> Self:
        """Return the cache in the usual place of the operating system."""
        return cls(platformdirs.user_cache_path("lagline", appauthor=False) / "responses")

    def find(self, request: Request, token: str) -> Response | None:
        """Return the stored response; None without one, or if its file is damaged."""
        try:
            head, _, body = self._path(request, token).read_bytes().partition(b"\n")
            entry = json.loads(head)
            if (entry["format"], entry["sha256"]) != (FORMAT, sha256(body).hexdigest()):
                return None
            return Response(200, request.url, {"etag": entry["etag"]}, body)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def store(self, request: Request, token: str, response: Response) -> None:
        """Store a response that has an ETag; a full or read-only disk is no error."""
        tag, control = response.headers.get("etag", ""), response.headers.get("cache-control", "")
        if response.status != 200 or not tag or "no-store" in control or len(response.body) > MAX_BYTES:
            return
        entry: dict[str, Any] = {"format": FORMAT, "etag": tag}
        entry["sha256"] = sha256(response.body).hexdigest()
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._write(self._path(request, token), json.dumps(entry).encode() + b"\n" + response.body)
            self._prune()
        except OSError:
            return

    def clear(self) -> None:
        """Delete every entry."""
        for path in self.folder.glob("*"):
            path.unlink(missing_ok=True)

    def _path(self, request: Request, token: str) -> Path:
        parts = [request.method, request.url, request.headers.get("accept", ""), token]
        return self.folder / sha256("\0".join(parts).encode()).hexdigest()

    def _write(self, path: Path, content: bytes) -> None:
        """Write a file that only its owner can read; readers see the former one or this one, whole."""
        part = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        part.replace(path)

    def _prune(self) -> None:
        """Delete the entries that were stored longest ago."""
        paths = sorted(self.folder.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in paths[MAX_ENTRIES:]:
            path.unlink(missing_ok=True)
