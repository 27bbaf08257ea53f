"""A file is fetched from a public address over https, of a bounded size; everything else is a sentence."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from evals.operations.imports import fetch as fetching
from evals.operations.imports.fetch import FetchRefused, fetch


class Served(BaseHTTPRequestHandler):
    seen: list[str] = []

    def do_GET(self) -> None:
        Served.seen.append(self.headers.get("x-api-key", ""))
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/a%20file.csv")
            self.end_headers()
            return
        if self.path == "/round":
            self.send_response(302)
            self.send_header("Location", "/round")
            self.end_headers()
            return
        self.send_response(404 if self.path == "/none" else 200)
        self.end_headers()
        self.wfile.write(b"model,value\n" * 100)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    house = ThreadingHTTPServer(("127.0.0.1", 0), Served)
    threading.Thread(target=house.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{house.server_port}"
    house.shutdown()


def test_a_file_is_fetched_through_redirects_with_its_key(server: str, tmp_path: Path) -> None:
    path = fetch(url=f"{server}/moved", folder=tmp_path, headers={"x-api-key": "k"}, internal_allowed=True)
    assert path == tmp_path / "a-file.csv"
    assert path.read_bytes() == b"model,value\n" * 100
    assert Served.seen[-2:] == ["k", "k"]


@pytest.mark.parametrize(
    ("path", "sentence"), [("/none", "answered 404"), ("/round", "redirects more than 5 times")]
)
def test_an_address_without_a_file_is_told(server: str, tmp_path: Path, path: str, sentence: str) -> None:
    with pytest.raises(FetchRefused, match=sentence):
        fetch(url=server + path, folder=tmp_path, internal_allowed=True)


def test_a_file_over_the_limit_is_left(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MOST_BYTES", 100)
    with pytest.raises(FetchRefused, match="more than 100 bytes"):
        fetch(url=f"{server}/a.csv", folder=tmp_path, internal_allowed=True)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("https://１27.0.0.1/a.csv", "not on the public internet"),
        ("https://[64:ff9b::a9fe:a9fe]/latest", "not on the public internet"),
        ("https://user:word@example.org/a.csv", "holds a user name or a password"),
        ("https://example.org/\r\nHost: localhost", "control character"),
        ("http://127.0.0.1/a.csv", "not on the public internet"),
        ("https://169.254.169.254/latest", "not on the public internet"),
        ("https://localhost/a.csv", "not on the public internet"),
        ("file:///etc/passwd", "must start with http:// or https://"),
        ("http://example.org/a.csv", "over https only"),
        ("https://nowhere.invalid/a.csv", "nowhere.invalid cannot be reached .*is there a network"),
    ],
)
def test_no_address_inside_and_no_other_protocol_is_fetched(tmp_path: Path, url: str, sentence: str) -> None:
    with pytest.raises(FetchRefused, match=sentence):
        fetch(url=url, folder=tmp_path)
    assert list(tmp_path.iterdir()) == []
