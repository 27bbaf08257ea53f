"""A database that a network swallows blocks no thread of the web server for more than five seconds."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from django.core.cache.backends.redis import RedisCache
from django.db import OperationalError, connection
from pytest_django.fixtures import Settings

from leaderboard.postgresql.base import DatabaseWrapper
from tests.support.stalling_proxy import StallingProxy
from worker.management.commands.up import listens, web_command

MOST_S = 5.0
on_postgresql = pytest.mark.skipif(
    not os.environ.get("DATABASE_URL", "").startswith("postgres"), reason="SQLite has no network"
)


@pytest.fixture
def proxy() -> Iterator[StallingProxy]:
    server = connection.settings_dict
    with StallingProxy(server["HOST"], int(server["PORT"])) as between:
        yield between


def seconds_of(url: str) -> tuple[float, int]:
    started = time.monotonic()
    response = requests.get(url, timeout=60)
    return time.monotonic() - started, response.status_code


@on_postgresql
@pytest.mark.django_db
def test_a_reply_that_does_not_come_is_given_up_and_the_connection_closed(proxy: StallingProxy) -> None:
    settings = connection.settings_dict
    options = settings["OPTIONS"] | {"wait_s": 1}
    wrapper = DatabaseWrapper(settings | {"HOST": "127.0.0.1", "PORT": str(proxy.port), "OPTIONS": options})
    with wrapper.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)
        proxy.stall()
        started = time.monotonic()
        with pytest.raises(OperationalError, match="did not answer within 1 s"):
            cursor.execute("SELECT 1")
    assert 0.9 < time.monotonic() - started < 2
    assert not wrapper.is_usable()
    wrapper.close()
    started = time.monotonic()
    with pytest.raises(OperationalError):
        wrapper.ensure_connection()
    assert time.monotonic() - started < 3


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_the_web_server_answers_in_time_while_the_database_is_out_of_reach(
    proxy: StallingProxy, tmp_path: Path
) -> None:
    database = connection.settings_dict
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"postgres://{database['USER']}:{database['PASSWORD']}@127.0.0.1:{proxy.port}/{database['NAME']}"
    environment = os.environ | {
        "DATABASE_URL": url,
        "DATA_DIR": str(tmp_path),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    with subprocess.Popen(web_command("127.0.0.1", port), env=environment) as process:
        try:
            until = time.monotonic() + 60
            while not listens("127.0.0.1", port) and time.monotonic() < until:
                time.sleep(0.1)
            assert seconds_of(f"http://127.0.0.1:{port}/api/v1/models")[1] == 200
            proxy.stall()
            for number in range(3):
                seconds, status = seconds_of(f"http://127.0.0.1:{port}/api/v1/benchmarks?page={number + 1}")
                assert (status, seconds < MOST_S) == (503, True)
        finally:
            process.kill()


def test_a_redis_that_does_not_answer_costs_a_second(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        options = settings.CACHES["default"]["OPTIONS"]
        cache = RedisCache(f"redis://127.0.0.1:{silent.getsockname()[1]}/0", {"OPTIONS": options})
        started = time.monotonic()
        with pytest.raises(Exception, match="Timeout"):
            cache.get("x")
        assert time.monotonic() - started < 2.5
