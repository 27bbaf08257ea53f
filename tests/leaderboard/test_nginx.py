"""The proxy configuration of production: slow clients, forged headers and floods end at nginx."""

from __future__ import annotations

import re
import secrets
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings

from leaderboard.server_sent_events import MAX_PER_CLIENT
from tests.faults.service import free_port
from tests.support.record import make_submission
from tests.support.web_server import WebServer, until_closed, web_servers
from worker.management.commands.up import listens

pytestmark = pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed")

CONFIGURATION = Path(settings.BASE_DIR) / "deploy" / "nginx.conf"
MAX_CONNECTIONS_PER_CLIENT = 64
ATTACKER, READER = "127.0.0.2", "127.0.0.3"
HALF_HEADERS = b"GET / HTTP/1.1\r\nHost: localhost\r\nA: "
HALF_BODY = b"POST /api/v1/submissions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{"


@dataclass(frozen=True)
class Proxy:
    """A running nginx, and the web server behind it."""

    https_port: int
    http_port: int
    web: WebServer

    def connect(self, sent: bytes, *, source: str) -> socket.socket:
        """Connect by TLS from a loopback address, and send bytes."""
        tcp = socket.create_connection(("127.0.0.1", self.https_port), 30, source_address=(source, 0))
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        client = context.wrap_socket(tcp)
        client.sendall(sent)
        return client

    def status(self, sent: bytes, *, source: str) -> int:
        """Return the status of a request."""
        with self.connect(sent, source=source) as client:
            return int(client.recv(2**16).split()[1])

    def get(self, path: str = "/healthz", *, source: str, headers: str = "") -> int:
        """Return the status of a GET."""
        request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n"
        return self.status(request.encode(), source=source)


@pytest.fixture(scope="module")
def web(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    """Run the server on the tests' database."""
    with web_servers(tmp_path_factory.mktemp("web")) as start:
        yield start(
            PUBLIC_URL="https://localhost", SECRET_KEY=secrets.token_urlsafe(48), TRUSTED_PROXIES="127.0.0.1"
        )


@pytest.fixture
def proxy(
    request: pytest.FixtureRequest, web: WebServer, transactional_db: None, tmp_path: Path
) -> Iterator[Proxy]:
    """Run nginx with the configuration of production: only addresses, files and a time are replaced."""
    proxy = Proxy(free_port(), free_port(), web)
    make_certificate(tmp_path)
    site = adapt(CONFIGURATION.read_text(), proxy, tmp_path)
    site = site.replace(
        "client_body_timeout 10s;", f"client_body_timeout {getattr(request, 'param', '10s')};"
    )
    (tmp_path / "site.conf").write_text(site)
    (tmp_path / "nginx.conf").write_text(
        f"daemon off; pid {tmp_path}/pid; error_log {tmp_path}/error.log;"
        "events { worker_connections 2000; }"
        f"http {{ client_body_temp_path {tmp_path}/bodies; proxy_temp_path {tmp_path}/responses;"
        f"include {tmp_path}/site.conf; }}"
    )
    command = [
        "nginx",
        "-p",
        str(tmp_path),
        "-c",
        str(tmp_path / "nginx.conf"),
        "-e",
        str(tmp_path / "error.log"),
    ]
    tested = subprocess.run([*command, "-t"], check=False, capture_output=True, text=True)
    assert tested.returncode == 0, tested.stderr
    process = subprocess.Popen(command)
    try:
        until = time.monotonic() + 30
        while not listens("127.0.0.1", proxy.https_port):
            assert time.monotonic() < until, (tmp_path / "error.log").read_text()
            time.sleep(0.1)
        yield proxy
    finally:
        process.terminate()
        process.wait()


def make_certificate(folder: Path) -> None:
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")]
    subject = ["-subj", "/CN=localhost", "-days", "1", "-nodes"]
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            *files,
            *subject,
        ],
        check=True,
    )


def adapt(text: str, proxy: Proxy, folder: Path) -> str:
    """Replace what belongs to a host."""
    for pattern, replacement in (
        (r"listen \[::\]:.*;", ""),
        (r"listen 80;", f"listen 127.0.0.1:{proxy.http_port};"),
        (r"listen 443 ", f"listen 127.0.0.1:{proxy.https_port} "),
        (r"server 127\.0\.0\.1:8000;", f"server 127.0.0.1:{proxy.web.port};"),
        (r"lagline\.example;", "localhost;"),
        (r"ssl_certificate /.*;", f"ssl_certificate {folder}/certificate.pem;"),
        (r"ssl_certificate_key /.*;", f"ssl_certificate_key {folder}/key.pem;"),
        (r"/var/log/nginx/lagline.log", f"{folder}/access.log"),
    ):
        text, count = re.subn(pattern, replacement, text)
        assert count, f"{pattern} is not in the configuration"
    return text


@pytest.mark.parametrize("half", [HALF_HEADERS, HALF_BODY])
def test_half_sent_requests_end_at_the_proxy(proxy: Proxy, half: bytes) -> None:
    clients = [proxy.connect(half, source=ATTACKER) for _ in range(100)]
    assert [proxy.get(source=READER) for _ in range(5)] == [200] * 5
    for client in clients:
        until_closed(client)
    assert proxy.get(source=ATTACKER) == 200


@pytest.mark.parametrize("proxy", ["10m"], indirect=True)
def test_the_connections_of_one_client_are_limited(proxy: Proxy) -> None:
    held = [proxy.connect(HALF_BODY, source=ATTACKER) for _ in range(MAX_CONNECTIONS_PER_CLIENT)]
    assert proxy.get(source=ATTACKER) == 429
    assert proxy.get(source=READER) == 200
    for client in held:
        client.close()


def test_the_requests_of_one_client_are_limited(proxy: Proxy) -> None:
    flood = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" * 600
    with proxy.connect(flood, source=ATTACKER) as client:
        received = b""
        while b"HTTP/1.1 429 " not in received[-(2**17) :]:
            received += client.recv(2**16)
    assert proxy.get(source=READER) == 200


def test_the_proxy_names_the_client_and_its_protocol(proxy: Proxy) -> None:
    path = f"/api/v1/submissions/{make_submission().public_id}"
    forged = "X-Forwarded-For: 192.0.2.{}\r\nX-Forwarded-Proto: http\r\nX-Real-IP: 192.0.2.9\r\n"
    assert proxy.get(path, source=READER, headers=forged.format(1)) == 200, "no redirect to https"
    streams = [
        proxy.connect(
            f"GET {path}/events HTTP/1.1\r\nHost: localhost\r\n{forged.format(number)}\r\n".encode(),
            source=ATTACKER,
        )
        for number in range(MAX_PER_CLIENT)
    ]
    for stream in streams:
        received = b""
        while b"event: state" not in received:  # at once: the proxy does not buffer events
            received += stream.recv(2**16)
    assert proxy.get(f"{path}/events", source=ATTACKER, headers=forged.format(99)) == 503
    assert proxy.get(f"{path}/events", source=READER, headers=forged.format(99)) == 200


@pytest.mark.parametrize(("path", "size"), [("/api/v1/submissions", 2**20), ("/admin/", 33 * 2**20)])
def test_a_body_that_is_too_large_is_refused(proxy: Proxy, path: str, size: int) -> None:
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size + 1}\r\n\r\n"
    assert proxy.status(head.encode(), source=READER) == 413


def test_http_leads_to_https(proxy: Proxy) -> None:
    with socket.create_connection(("127.0.0.1", proxy.http_port), 30) as client:
        client.sendall(b"GET /models/?q=1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answer = client.recv(2**16)
    assert answer.startswith(b"HTTP/1.1 301 ")
    assert b"Location: https://localhost/models/?q=1\r\n" in answer


def test_a_query_string_is_not_logged(proxy: Proxy, tmp_path: Path) -> None:
    assert proxy.get("/healthz?token=hunter2", source=READER) == 200
    log = ""
    while "/healthz" not in log:
        log = (tmp_path / "access.log").read_text()
    assert "hunter2" not in log
