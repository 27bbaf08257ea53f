"""The web server as it is run: slow clients and event streams delay nobody, and it stops at once."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from django.conf import settings

from leaderboard.server_sent_events import MAX_CONNECTIONS, MAX_PER_CLIENT
from tests.support.web_server import StartWebServer, until_closed

HALF = 100
"""Half-sent requests: more than the server has threads."""

HALF_HEADERS = b"POST /login/ HTTP/1.1\r\nHost: localhost\r\nContent-"
HALF_BODY = b"POST /login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nusername="


@pytest.mark.parametrize("half", [HALF_HEADERS, HALF_BODY])
def test_half_sent_requests_delay_nobody_and_are_closed(
    start_web_server: StartWebServer, half: bytes
) -> None:
    server = start_web_server(HEADER_TIMEOUT_S="20", BODY_TIMEOUT_S="20")
    assert server.answers() == (200, 401)
    clients = [server.connect(half) for _ in range(HALF)]
    assert [server.answers() for _ in range(5)] == [(200, 401)] * 5
    for client in clients:
        assert until_closed(client).startswith(b"HTTP/1.1 408 ")
    assert server.answers() == (200, 401)


def test_half_sent_requests_of_both_kinds_do_not_delay_the_end(start_web_server: StartWebServer) -> None:
    server = start_web_server(HEADER_TIMEOUT_S="300", BODY_TIMEOUT_S="300")
    clients = [server.connect(half) for half in (HALF_HEADERS, HALF_BODY) for _ in range(HALF)]
    assert server.answers() == (200, 401)
    server.process.terminate()
    server.process.wait(timeout=60)
    assert [until_closed(client) for client in clients] == [b""] * len(clients)


def test_more_connections_than_open_files_are_no_obstacle(start_web_server: StartWebServer) -> None:
    server = start_web_server(HEADER_TIMEOUT_S="300", max_files=160)
    clients = [server.connect(HALF_HEADERS) for _ in range(2 * HALF)]
    assert [server.answers() for _ in range(5)] == [(200, 401)] * 5
    assert until_closed(clients[0]) == b""


def test_a_body_that_is_too_large_is_refused_before_it_is_received(start_web_server: StartWebServer) -> None:
    server = start_web_server()
    head = "POST {} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n"
    for path, limit in (
        ("/api/v1/submissions", settings.DATA_UPLOAD_MAX_MEMORY_SIZE),
        ("/admin/evals/import/add/", settings.MAX_UPLOAD_BYTES),
    ):
        refused = until_closed(server.connect(head.format(path, limit + 1).encode()))
        assert refused.startswith(b"HTTP/1.1 413 ")
    accepted = server.request("POST", "/api/v1/submissions", bytes(settings.DATA_UPLOAD_MAX_MEMORY_SIZE))
    assert accepted.status == 401
    upload = server.request("POST", "/admin/evals/import/add/", bytes(settings.MAX_UPLOAD_BYTES))
    assert (upload.status, b"1024 KiB" in upload.read()) == (413, True), "the application refuses strangers"


def test_a_query_string_is_not_logged(start_web_server: StartWebServer) -> None:
    server = start_web_server(LOG_LEVEL="DEBUG")
    assert server.request("GET", "/healthz?token=hunter2").status == 200
    server.process.terminate()
    server.process.wait(timeout=60)
    assert server.log.read_bytes()
    assert b"hunter2" not in server.log.read_bytes()


def test_event_streams_that_hang_delay_no_page_and_the_server_stops_at_once(
    start_web_server: StartWebServer,
) -> None:
    server = start_web_server(TRUSTED_PROXIES="127.0.0.1")
    addresses = [f"192.0.2.{number // MAX_PER_CLIENT}" for number in range(MAX_CONNECTIONS)]
    followers = [server.follow(address) for address in addresses]
    assert [follower.recv(12) for follower in followers] == [b"HTTP/1.1 200"] * MAX_CONNECTIONS
    assert server.follow("198.51.100.1").recv(12) == b"HTTP/1.1 503"
    assert [server.answers() for _ in range(20)] == [(200, 401)] * 20
    received = b""
    while b"event: state" not in received:
        received += followers[0].recv(2**16)
    server.process.terminate()
    began = time.monotonic()
    server.process.wait(timeout=60)
    assert time.monotonic() - began < 8, "the streams end when the server does, not after their minute"
    for follower in followers:
        follower.close()


def test_a_stream_that_its_client_leaves_makes_room_for_another(start_web_server: StartWebServer) -> None:
    server = start_web_server(TRUSTED_PROXIES="127.0.0.1")
    followers = [server.follow("192.0.2.1") for _ in range(MAX_PER_CLIENT)]
    assert [follower.recv(12) for follower in followers] == [b"HTTP/1.1 200"] * MAX_PER_CLIENT
    refused = server.follow("192.0.2.1")
    assert b"retry-after: 5" in refused.recv(2**16)
    assert server.follow("192.0.2.2").recv(12) == b"HTTP/1.1 200"
    followers[0].close()
    until = time.monotonic() + 30
    while server.follow("192.0.2.1").recv(12) != b"HTTP/1.1 200":
        assert time.monotonic() < until
        time.sleep(0.2)


def test_a_client_behind_a_proxy_on_a_unix_socket_is_known_by_its_address(
    start_web_server: StartWebServer, tmp_path: Path
) -> None:
    server = start_web_server(unix_socket=str(tmp_path / "web"), TRUSTED_PROXIES="unix")
    followers = [server.follow("192.0.2.1") for _ in range(MAX_PER_CLIENT)]
    assert [follower.recv(12) for follower in followers] == [b"HTTP/1.1 200"] * MAX_PER_CLIENT
    assert server.follow("192.0.2.1").recv(12) == b"HTTP/1.1 503"
    assert server.follow("192.0.2.2").recv(12) == b"HTTP/1.1 200"
