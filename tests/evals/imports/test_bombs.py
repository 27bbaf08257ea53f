"""A small file that grows when it is read costs a child process little, and is refused with the limit.

Processor time and memory are those of the children of a fresh process, so that nothing else counts.
"""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest

MAX_CPU_S, MAX_MIB = 20.0, 1200.0  # wide: the child has a limit of 1024 MiB of addresses
PROGRAM = """
import json, re, resource, sys
from pathlib import Path
from dataclasses import replace
from evals.imports.reading import IN_A_REQUEST, read_import_rows
from evals.imports.rows import RejectedRow, Unreadable
patient = replace(IN_A_REQUEST, child=replace(IN_A_REQUEST.child, deadline_s=100))  # on a busy machine
try:
    rows = [row for row in read_import_rows(Path(sys.argv[1]), sys.argv[2], limits=patient)[1]]
    reason = f"{len(rows)} rows: " + "; ".join(row.reason for row in rows[:3] if isinstance(row, RejectedRow))
except Unreadable as error:
    reason = str(error)
child, own = resource.getrusage(resource.RUSAGE_CHILDREN), resource.getrusage(resource.RUSAGE_SELF)
cpu_s = child.ru_utime + child.ru_stime + own.ru_utime + own.ru_stime
peak = re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())  # ru_maxrss: the parent's too
print(json.dumps({"reason": reason, "cpu_s": cpu_s, "mib": max(child.ru_maxrss, int(peak[1])) / 1024}))
"""


@dataclass(frozen=True, slots=True)
class Bomb:
    """A file, and what the refusal says."""

    name: str
    content: Callable[[], bytes]
    reason: str
    format: str = ""


HEADER = b"model,benchmark,value,reported_by,source"
ROW = b"a,b,1,vendor,a paper\n"
LINE = b"0" * 4095 + b"\n"
GIBIBYTE = 2**30
LIMIT = "536,870,912 bytes"


def unpacked(file: IO[bytes] | gzip.GzipFile) -> None:
    """Write a gibibyte of lines, piece by piece, as this process's memory must stay small."""
    for _ in range(GIBIBYTE // len(LINE) // 64):
        file.write(LINE * 64)


def gzipped() -> bytes:
    packed = io.BytesIO()
    with gzip.open(packed, "wb", 1) as file:
        unpacked(file)
    return packed.getvalue()


def zipped_bomb(method: int) -> bytes:
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(packed, "w", method) as archive,
        archive.open("a.jsonl", "w", force_zip64=True) as file,
    ):
        unpacked(file)
    return packed.getvalue()


def merge_keys() -> bytes:
    """Return the 1,437 bytes that once cost 18.8 seconds: each level merges the one below several times."""
    levels = [f"- &a0 {{{', '.join(f'k{n}: {n}' for n in range(20))}}}"]
    levels += [f"- &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 7)}], m{n}: 1}}" for n in range(1, 8)]
    return ("\n".join(levels) + "\n").encode()


def laughs() -> bytes:
    levels = "\n".join(f"l{n}: &l{n} [{', '.join(['*l' + str(n - 1)] * 9)}]" for n in range(1, 10))
    return f"l0: &l0 [lol]\n{levels}\n".encode()


def archive(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as file:
        for name, content in files.items():
            file.writestr(name, content)
    return packed.getvalue()


def nested_archive() -> bytes:
    content = archive({"a.csv": b"model\n" + b"a\n" * 2**20})
    for _ in range(5):
        content = archive({f"{number}.zip": content for number in range(10)})
    return content


def many_entries() -> bytes:
    return archive({f"{number}.json": b"" for number in range(30_000)}, zipfile.ZIP_STORED)


def overlapping_archive() -> bytes:
    """Return an archive whose many entries all are the same compressed megabytes."""
    packed, length = archive({"aaaa.jsonl": b"\n" * 2**23}), 46 + len("aaaa.jsonl")
    start = packed.rindex(b"PK\x01\x02")
    directory, end = packed[start : start + length], packed[start + length :]
    entries = b"".join(directory.replace(b"aaaa", b"%04d" % number) for number in range(1000))
    count = (1000).to_bytes(2, "little")
    end = end[:8] + count + count + len(entries).to_bytes(4, "little") + end[16:]
    return packed[:start] + entries + end


BOMBS = {
    "merge keys": Bomb("a.yml", merge_keys, "merge keys (<<), which are not read", "aider"),
    "a billion laughs": Bomb("a.yml", laughs, "more than 50 aliases", "metr"),
    "a number to the base 60": Bomb(
        "a.yml", lambda: b"- model: 1" + b":1" * 2**20, "number of more than 200 characters", "aider"
    ),
    "YAML of a million nodes": Bomb(
        "a.yml", lambda: b"- [" + b"a," * 2**20 + b"a]\n", "more than 500,000 nodes", "aider"
    ),
    "YAML of 1,200 levels": Bomb("a.yml", lambda: b"[" * 1200 + b"]" * 1200, "nested too deeply", "aider"),
    "JSON of 1,200 levels": Bomb("a.json", lambda: b"[" * 1200 + b"]" * 1200, "nested too deeply", "lmarena"),
    "JSON of 200,000 levels": Bomb("a.json", lambda: b'{"a":' * 200_000, "nested too deeply", "lmarena"),
    "a list of 32 MB": Bomb(
        "a.json", lambda: b"[" + b"[]," * (2**25 // 3) + b"0]", "values|memory", "lmarena"
    ),
    "a number of a million digits": Bomb(
        "a.json", lambda: b'[{"model_name": "a", "rating": 1' + b"0" * 10**6 + b"}]", "finite", "lmarena"
    ),
    "an exponent beyond all floats": Bomb(
        "a.json", lambda: b'[{"model_name": "a", "rating": 1e999999999}]', "finite", "lmarena"
    ),
    "names repeated a million times": Bomb(
        "a.json", lambda: b'[{"rating": 1' + b', "rating": 1' * 10**6 + b"}]", "model_name|rows", "lmarena"
    ),
    "a table of a million columns": Bomb(
        "a.csv",
        lambda: HEADER + b",".join(b"%d" % n for n in range(10**6)) + b"\n1\n" * 9999,
        "1,000 columns",
    ),
    "a cell of 8 MB": Bomb(
        "a.csv", lambda: HEADER + b'\n"' + b"x" * (2**23 - 9) + b'",1\n', "field larger than field limit"
    ),
    "a line that never ends": Bomb("a.csv", lambda: HEADER + b"\n" + b"x" * 2**24, "longer than 8,388,608"),
    "quotes that never close": Bomb(
        "a.csv", lambda: HEADER + b"\n" + b'"",""\n"\n' * 2**18, "50,000 rows|never closed"
    ),
    "more rows than a request holds": Bomb("a.csv", lambda: HEADER + b"\n" + ROW * 60_000, "50,000 rows"),
    "NUL bytes": Bomb("a.csv", lambda: HEADER + b"\n" + b"\x00" * 2**22, "reported_by is"),
    "a gzip bomb": Bomb("a.jsonl.gz", gzipped, f"{LIMIT}|50,000 rows", "every-eval-ever"),
    "a zip bomb": Bomb(
        "a.zip", lambda: zipped_bomb(zipfile.ZIP_DEFLATED), f"{LIMIT}|50,000 rows", "every-eval-ever"
    ),
    "bzip2 in an archive": Bomb(
        "a.zip",
        lambda: zipped_bomb(zipfile.ZIP_BZIP2),
        f"{LIMIT}|MiB of memory|50,000 rows",
        "every-eval-ever",
    ),
    "overlapping entries": Bomb(
        "a.zip", overlapping_archive, "|".join((LIMIT, "cannot be unpacked")), "every-eval-ever"
    ),
    "archives in archives": Bomb("a.zip", nested_archive, "none of the known formats"),
    "too many entries": Bomb("a.zip", many_entries, "holds 30000 files; at most 20000"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_at_little_cost(tmp_path: Path, name: str) -> None:
    bomb = BOMBS[name]
    path = tmp_path / bomb.name
    path.write_bytes(bomb.content())
    command = [sys.executable, "-c", PROGRAM, str(path), bomb.format]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=110)
    cost = json.loads(done.stdout)
    assert any(words in cost["reason"] for words in bomb.reason.split("|")), cost
    assert cost["cpu_s"] < MAX_CPU_S, cost
    assert cost["mib"] < MAX_MIB, cost
