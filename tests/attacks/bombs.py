"""Attacks by content that is small to send and large to read."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2

from tests.attacks.attack import Count
from tests.attacks.service import Service

MAX_CPU_S, MAX_GROWTH_BYTES = 6.0, 96 * 2**20
JSON = {"Content-Type": "application/json"}
POSTS = ("/api/v1/submissions", "/api/v1/disputes")


def bodies() -> Iterator[tuple[str, bytes]]:
    """Yield JSON that is deep, wide, or long in one number."""
    for depth in (1_200, 100_000):
        yield f"{depth} brackets", b"[" * depth
        yield f"{depth} closed brackets", b"[" * depth + b"]" * depth
        yield f"{depth} objects", b'{"a":' * depth + b"1" + b"}" * depth
    yield "a list of 8 MB", b"[" + b"1," * 4_000_000 + b"1]"
    yield "a number of 1,000,000 digits", b'{"priority": ' + b"9" * 1_000_000 + b"}"
    yield "an exponent", b'{"budget_usd": 1e999999999}'
    yield "a statement of 3 MB", b'{"statement": "' + b"a" * 3_000_000 + b'"}'
    yield "half a surrogate", b'{"statement": "\\ud800", "endpoint": "\\u0000"}'
    yield "no UTF-8", b'{"statement": "\xff\xfe"}'
    yield "the same key 100,000 times", b"{" + b'"a":1,' * 100_000 + b'"a":1}'


def json_bombs(service: Service) -> Count:
    """Every body is refused in words, at little cost of processor and memory."""
    count, client = Count(), service.client("127.57.1.1", token="mallory")
    for path in POSTS:
        for name, body in bodies():
            with measured(service, count, f"{path}: {name}"):
                try:
                    status = client.post(path, content=body, headers=JSON).status_code
                except httpx2.TransportError:
                    status = 413  # the server closed the connection rather than read it all
                count.add(400 <= status < 500, f"{path}: {name}: {status}")
    return count


def upload_bombs(service: Service) -> Count:
    """Files that an operator uploads are refused before they fill memory or time."""
    count = Count()
    for name, content in files():
        with measured(service, count, name):
            response = service.propose_import(files={"file": (name, content)})
            refused = response.status_code == 413 or "errorlist" in response.text
            count.add(refused, f"{name}: {response.status_code}")
    return count


def files() -> Iterator[tuple[str, bytes]]:
    """Yield files that grow when they are read."""
    levels = "".join(f"  - &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9))
    yield "aliases.yaml", f"results:\n  - &a0 [x, x, x, x, x, x, x, x, x]\n{levels}".encode()
    merges = "".join(f"m{n}: &m{n}\n  <<: [{', '.join([f'*m{n - 1}'] * 9)}]\n" for n in range(1, 30))
    yield "merges.yaml", f"m0: &m0 {{a: 1}}\n{merges}".encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(8):
            archive.writestr(f"results_{number}.json", b"0" * 200_000_000)
    yield "zeros.zip", packed.getvalue()
    yield "zeros.json.gz", gzip.compress(b"0" * 500_000_000, 1)
    yield "deep.json", b"[" * 200_000
    yield "wide.csv", b"a," * 2_000_000 + b"\n"


@contextmanager
def measured(service: Service, count: Count, name: str) -> Iterator[None]:
    """Count whether the web server used little processor time and memory inside the block."""
    cpu_before_s, resident_before = _figures(service)
    yield
    cpu_s, resident = _figures(service)
    withstood = cpu_s - cpu_before_s < MAX_CPU_S and resident - resident_before < MAX_GROWTH_BYTES
    used = f"{cpu_s - cpu_before_s:.1f} s of CPU, {(resident - resident_before) / 2**20:.0f} MiB"
    count.add(withstood, f"{name}: {used}")


def _figures(service: Service) -> tuple[float, int]:
    """Return the CPU seconds and resident bytes of the web server with its ended children."""
    cpu_s, resident = 0.0, 0
    for process in service.web_processes():
        times = process.cpu_times()
        cpu_s += times.user + times.system + times.children_user + times.children_system
        resident += process.memory_info().rss
    return cpu_s, resident
