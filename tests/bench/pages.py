"""The first page and explore beside a bare view, on the production server. `python -m tests.bench.pages`."""

from __future__ import annotations

import asyncio
import gzip
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

import aiohttp
import psutil

from tests.bench.house import house, valkey
from tests.bench.rows import Row, merge, print_row, row
from tests.faults.service import free_port
from worker.management.commands.up import listens, web_command

AT_ONCE, SECONDS, COLD = 16, 5.0, 15
LIMIT_WARM, NEEDED_PER_S, LIMIT_COLD_MS, LIMIT_KB = 2.0, 500.0, 200.0, 60.0
LIMIT_ANSWER_MS = 1000.0
EXPLORED = "/explore/?follower=CN&leader=US"
UNASKED = {
    "home": [f"/?cold={i}" for i in range(COLD)],
    "explore": [f"{EXPLORED}&benchmarks=benchmark-{i:02}" for i in range(1, COLD + 1)],
}
"""Addresses that nobody has asked for before."""


@dataclass(frozen=True)
class Server:
    """The production server on a record of its own."""

    url: str
    pid: int

    def cpu_s(self) -> float:
        """Return the processor time that its processes have used."""
        parent = psutil.Process(self.pid)
        return sum(sum(process.cpu_times()[:2]) for process in [parent, *parent.children(recursive=True)])


@dataclass(frozen=True)
class Load:
    """What an address answered under load: requests a second, and the server's time for one."""

    per_s: float
    cpu_ms: float


@contextmanager
def server() -> Iterator[Server]:
    """Lay the record out and start the server on it."""
    with valkey() as redis_url, house(items=0, redis_url=redis_url) as place:
        env = place.env | {"DJANGO_SETTINGS_MODULE": "tests.bench.web_settings"}
        subprocess.run([sys.executable, "-m", "tests.bench.web_record"], env=env, check=True)
        port = free_port()
        process = subprocess.Popen(web_command("127.0.0.1", port), env=os.environ | env)
        try:
            while not listens("127.0.0.1", port):
                time.sleep(0.05)
            yield Server(f"http://127.0.0.1:{port}", process.pid)
        finally:
            process.terminate()
            process.wait()


async def load(running: Server, path: str) -> Load:
    """Ask for an address as fast as it answers, over kept connections."""
    count = 0
    headers = {"Accept-Encoding": "gzip"}

    async def ask(until: float) -> None:
        nonlocal count
        while time.monotonic() < until:
            async with session.get(running.url + path, headers=headers) as answer:
                await answer.read()
                assert answer.status == 200, f"{path} answers {answer.status}"
            count += 1

    async with aiohttp.ClientSession(auto_decompress=False) as session:
        await (await session.get(running.url + path, headers=headers)).read()
        began, cpu = time.monotonic(), running.cpu_s()
        await asyncio.gather(*(ask(began + SECONDS) for _ in range(AT_ONCE)))
        return Load(count / (time.monotonic() - began), 1000 * (running.cpu_s() - cpu) / count)


async def cold_ms(running: Server, page: str) -> float:
    """Return how long a page takes when nobody has asked for this address before."""
    took = []
    async with aiohttp.ClientSession() as session:
        for path in UNASKED[page]:
            began = time.monotonic()
            async with session.get(running.url + path) as answer:
                await answer.read()
                assert answer.status == 200, f"{path} answers {answer.status}"
            took.append(1000 * (time.monotonic() - began))
    return median(took[1:])


async def size_kb(running: Server) -> float:
    """Return what the first page weighs on the wire: markup and style, compressed."""
    async with aiohttp.ClientSession() as session:
        page = await (await session.get(f"{running.url}/")).read()
    return len(gzip.compress(page)) / 1000


def rows() -> list[Row]:
    """Run the benchmark, the views in turns."""
    with server() as running:
        turns = [[asyncio.run(load(running, path)) for path in ("/", EXPLORED, "/bare")] for _ in range(3)]
        home, explore, bare = (
            min(side, key=lambda measured: measured.cpu_ms) for side in zip(*turns, strict=True)
        )
        cold, answer = (asyncio.run(cold_ms(running, page)) for page in ("home", "explore"))
        size = asyncio.run(size_kb(running))
    return [
        row("pages_home_warm_cpu_ms", ours=home.cpu_ms, peer=bare.cpu_ms, limit=LIMIT_WARM),
        row("pages_home_needed_of_rate", ours=NEEDED_PER_S, peer=home.per_s, limit=1.0),
        row("pages_home_cold_ms", ours=cold, peer=LIMIT_COLD_MS, limit=1.0),
        row("pages_home_kilobytes", ours=size, peer=LIMIT_KB, limit=1.0),
        row("pages_explore_warm_cpu_ms", ours=explore.cpu_ms, peer=bare.cpu_ms, limit=LIMIT_WARM),
        row("pages_explore_cold_ms", ours=answer, peer=LIMIT_ANSWER_MS, limit=1.0),
    ]


def main() -> int:
    """Print the rows, keep them, and return 1 where one does not hold."""
    measured = rows()
    for measured_row in measured:
        print_row(measured_row)
    merge(measured)
    return 0 if all(measured_row.ok for measured_row in measured) else 1


if __name__ == "__main__":
    sys.exit(main())
