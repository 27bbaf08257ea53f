"""A Redis that is full ends no worker: it waits, and takes its messages when there is room again."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from tests.support.valkey import Valkey
from worker.celery import app
from worker.management.commands.up import CELERY

PATIENCE_S = 60


@pytest.fixture
def wake_ups() -> None:
    """Send the messages, other than in all other tests."""


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    server = Valkey(tmp_path)
    server.start()
    yield server
    server.stop()


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not condition():
        assert process.poll() is None, "the worker ended"
        assert time.monotonic() < until, "nothing happened"
        time.sleep(0.1)


def test_a_worker_waits_for_room_in_redis_and_goes_on(valkey: Valkey, tmp_path: Path) -> None:
    environment = os.environ | {"REDIS_URL": valkey.url, "DATA_DIR": str(tmp_path / "data")}
    command = [*CELERY, "worker", "--pool", "threads", "--concurrency", "1", "--loglevel", "INFO"]
    log = tmp_path / "log"
    with (
        redis.Redis.from_url(valkey.url) as client,
        log.open("wb") as output,
        subprocess.Popen(command, env=environment, stderr=output) as process,
    ):
        try:
            wait_for(lambda: "ready" in log.read_text(), process)
            process.send_signal(signal.SIGSTOP)
            with app.connection_for_write(f"redis+socket://{valkey.socket}") as connection:
                for _ in range(3):
                    app.send_task("unknown.job", connection=connection, retry=False)
            client.config_set("maxmemory", "1")
            process.send_signal(signal.SIGCONT)
            wait_for(lambda: "maxmemory" in log.read_text(), process)
            time.sleep(1)
            client.config_set("maxmemory", "0")
            wait_for(lambda: not client.llen("celery") and not client.hlen("unacked"), process)
        finally:
            process.kill()
