"""A worker's journal: the calls that it sends and the replies, in a file that survives a kill.

The database records answers in batches. The journal holds each reply as soon as it arrives, and each call
just before it is sent, so that after a kill no answered call is repeated, and only the calls in flight are
possibly billed. The writer holds a lock on its file, which ends with the process: an unlocked file is
abandoned. After a regular end everything is in the database, and the file is removed.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from json.encoder import encode_basestring_ascii
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

from evals.engine.capabilities import Capabilities
from evals.engine.outcomes import Fault, Kind
from evals.engine.protocols.protocol import Protocol
from evals.engine.requests import Claim, Ended, Sent

SUFFIX = ".journal"
BOOT = Path("/proc/sys/kernel/random/boot_id")


class JournalUnavailable(OSError):
    """This host cannot keep a journal, so no call is made here; the message says why."""


class Journal:
    """The journal of one worker's part in one run; not more than a few microseconds a line.

    Every method raises JournalUnavailable where the file cannot be written.
    """

    def __init__(self, folder: Path, *, run_id: int, owner: str) -> None:
        self.path = folder / f"{run_id}-{uuid4().hex}{SUFFIX}"
        self.first = {"run": run_id, "owner": owner, "boot": _boot()}
        self.file = -1

    def __enter__(self) -> Self:
        """Open the file under its lock; it gets its name once it is locked."""
        hidden = self.path.with_suffix(".new")
        with _or_unavailable(self.path.parent):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.file = os.open(hidden, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX)
            self._write(json.dumps(self.first))
            with _or_unavailable(self.path.parent):
                hidden.rename(self.path)
        except JournalUnavailable:
            os.close(self.file)
            hidden.unlink()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        """Remove the file, for all of it is on record; after an error it is left to be read."""
        if kind is None:
            self.path.unlink(missing_ok=True)
        os.close(self.file)

    def sent(self, sent: Sent) -> None:
        """Note that a call is about to be made."""
        self._write(f'[{sent.claim.request_id}, {sent.claim.attempt}, "{sent.at.isoformat()}"]')

    def ended(self, end: Ended) -> None:
        """Note how a call ended."""
        claim, answer, fault = end.sent.claim, end.answer, end.fault
        line = (  # by hand: json.dumps takes four times as long, for every call
            f'{{"request": {claim.request_id}, "attempt": {claim.attempt}, '
            f'"sent_at": "{end.sent.at.isoformat()}", "ended_at": "{end.ended_at.isoformat()}", '
            f'"latency_ms": {end.latency_ms}, "http_status": {json.dumps(end.http_status)}'
        )
        if answer is not None:
            line += f', "body": {encode_basestring_ascii(answer.body)}'
        if fault is not None:
            again = end.retry_at.isoformat() if end.retry_at else None
            record = {"kind": fault.kind, "detail": fault.detail, "failures": end.failures, "retry_at": again}
            line += f', "fault": {json.dumps(record)}'
        self._write(line + "}")

    def _write(self, line: str) -> None:
        """Append a line whole, on a line of its own."""
        data = f"{line}\n".encode()
        with _or_unavailable(self.path.parent):
            if (written := os.write(self.file, data)) < len(data):
                os.ftruncate(self.file, os.fstat(self.file).st_size - written)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def folder_problem(folder: Path) -> str:
    """Return why no journal can be kept in a folder; empty if one can."""
    try:
        with Journal(folder, run_id=0, owner=""):
            return ""
    except JournalUnavailable as problem:
        return str(problem)


@contextmanager
def _or_unavailable(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        raise JournalUnavailable(f"No journal can be written in {folder}: {problem.strerror}.") from problem


@dataclass(frozen=True)
class AbandonedJournal:
    """A journal that was left behind: whose it was, and what it says."""

    path: Path
    run_id: int
    owner: str
    whole: bool  # nothing can be missing: the machine has not been down since

    def sent(self) -> dict[tuple[int, int], datetime]:
        """Return when each request and attempt was sent."""
        lines = (line for line in _lines(self.path) if isinstance(line, list))
        return {(request, attempt): datetime.fromisoformat(at) for request, attempt, at in lines}

    def ended(self, protocol: Protocol, can: Capabilities) -> Iterator[Ended]:
        """Give the calls that ended, read as they were when they came."""
        return (_ended(line, protocol, can) for line in _lines(self.path) if "request" in line)


@contextmanager
def open_abandoned(path: Path) -> Iterator[AbandonedJournal | None]:
    """Give what a journal says while it is locked; None where its writer lives, or it is gone already."""
    try:
        file = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        yield None
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        first: dict[str, Any] = next(_lines(path), {})
        whole = first["boot"] == _boot()
        yield AbandonedJournal(path=path, run_id=first["run"], owner=first["owner"], whole=whole)
    except BlockingIOError:
        yield None
    finally:
        os.close(file)


def _boot() -> str:
    return BOOT.read_text().strip() if BOOT.exists() else ""


def _lines(path: Path) -> Iterator[Any]:
    """Give the lines; a last one that the kill cut is none."""
    with path.open(encoding="ascii") as file:
        for line in file:
            if line.endswith("\n"):
                yield json.loads(line)


def _ended(line: dict[str, Any], protocol: Protocol, can: Capabilities) -> Ended:
    claim = Claim(line["request"], line["attempt"], 0, b"")
    record = line.get("fault", {})
    fault = Fault(Kind(record["kind"]), record["detail"], line["http_status"]) if record else None
    again = record.get("retry_at")
    return Ended(
        sent=Sent(claim, datetime.fromisoformat(line["sent_at"])),
        ended_at=datetime.fromisoformat(line["ended_at"]),
        latency_ms=line["latency_ms"],
        http_status=line["http_status"],
        answer=protocol.read(json.loads(line["body"]), line["body"], b"", can) if "body" in line else None,
        fault=fault,
        failures=record.get("failures", 0),
        retry_at=datetime.fromisoformat(again) if again else None,
    )
