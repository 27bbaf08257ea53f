"""Planted secrets, and where they may be found: in bytes, files, a Redis and the memory of a process."""

from __future__ import annotations

import base64
import gzip
import html
import io
import json
import re
import threading
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow.parquet as pq
import redis

CHUNK = 8 * 2**20
END = 12


@dataclass(frozen=True)
class Secret:
    """A secret that can be recognised in every usual encoding, whole or by its first and last characters."""

    name: str
    value: str = field(repr=False)

    def forms(self, *, ends: bool = True) -> dict[str, bytes]:
        """Return the bytes that give the secret away, by the name of the encoding."""
        raw = self.value.encode()
        forms = {
            "whole": raw,
            "JSON": json.dumps(self.value)[1:-1].encode(),
            "URL": quote(self.value, safe="").encode(),
            "HTML": html.escape(self.value).encode(),
            "hexadecimal": raw.hex().encode(),
        }
        for offset in range(3):  # the characters of Base64 that do not depend on what is around
            encoded = base64.b64encode(b"\0" * offset + raw)
            forms[f"Base64, offset {offset}"] = encoded[-(-offset * 8 // 6) : (offset + len(raw)) * 8 // 6]
        if ends:
            forms |= {"first characters": raw[:END], "last characters": raw[-END:]}
        return forms


def found_in(content: bytes, secrets: Mapping[str, Secret]) -> list[str]:
    """Return which secrets some bytes hold, and in which form."""
    return [
        f"{secret.name} ({form})"
        for secret in secrets.values()
        for form, needle in secret.forms().items()
        if needle in content
    ]


def contents(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield bytes as they are and, of compressed files, what they hold."""
    yield name, content
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for part in archive.namelist():
                yield from contents(f"{name}/{part}", archive.read(part))
    elif content[:2] == b"\x1f\x8b":
        yield f"{name} unpacked", gzip.decompress(content)
    elif name.endswith(".parquet"):
        table = pq.read_table(io.BytesIO(content))
        yield f"{name} as JSON", json.dumps(table.to_pylist(), default=str, ensure_ascii=False).encode()


def files_below(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield every file below a folder, by its path there, and what compressed files hold."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield from contents(str(path.relative_to(folder)), path.read_bytes())


def redis_contents(url: str) -> Iterator[tuple[str, bytes]]:
    """Yield every key of a Redis with its value, as text and as its own dump."""
    with redis.Redis.from_url(url) as client:
        for key in client.scan_iter("*"):
            yield f"Redis {key!r}", key + b"\n" + _value(client, key) + (client.dump(key) or b"")


READERS: dict[bytes, tuple[str, ...]] = {
    b"string": ("GET",),
    b"list": ("LRANGE", "0", "-1"),
    b"hash": ("HGETALL",),
    b"set": ("SMEMBERS",),
    b"zset": ("ZRANGE", "0", "-1"),
}


def _value(client: redis.Redis, key: bytes) -> bytes:
    """Return a value uncompressed: a dump may be packed."""
    kind: Any = client.type(key)
    command, *rest = READERS[kind]
    return _joined(client.execute_command(command, key, *rest))


def _joined(reply: Any) -> bytes:
    if isinstance(reply, bytes):
        return reply
    parts = chain.from_iterable(reply.items()) if isinstance(reply, dict) else reply
    return b"\n".join(map(_joined, parts))


class RedisMonitor(threading.Thread):
    """Notes every command that a Redis gets: the messages of Celery are among them."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.client = redis.Redis.from_url(url, socket_timeout=None)
        self.lines: list[bytes] = []

    def run(self) -> None:
        """Listen until the server ends."""
        try:
            with self.client.monitor() as monitor:
                for line in monitor.listen():
                    self.lines.append(repr(line).encode())
        except (redis.RedisError, OSError, ValueError):
            return


def descendants(pid: int) -> dict[int, str]:
    """Return the processes below a process, with their command lines."""
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(path.parent.name))
    below, waiting = {}, [pid]
    while waiting:
        for child in children.get(waiting.pop(), []):
            waiting.append(child)
            below[child] = Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    return below


def memory_of(pid: int) -> Iterator[bytes]:
    """Yield the memory of a process in overlapping pieces. Raises PermissionError where that is forbidden."""
    maps = Path(f"/proc/{pid}/maps").read_text()
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for start, end in re.findall(r"^([0-9a-f]+)-([0-9a-f]+) r", maps, re.MULTILINE):
            place, until = int(start, 16), int(end, 16)
            while place < until:
                try:
                    memory.seek(place)
                    piece = memory.read(min(CHUNK, until - place))
                except (OSError, OverflowError):  # pages of the kernel, such as [vvar] and [vsyscall]
                    break
                yield piece
                place += max(len(piece) - 4096, 4096)
