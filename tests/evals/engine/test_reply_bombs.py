"""Whatever a provider replies, a call ends in an outcome: no exception, little memory, little processor time.

The client runs in a fresh process each time, so that its memory and processor time can be told.
"""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from typing import Any

import pytest

MAX_CPU_S, MAX_MIB = 20.0, 400.0
PROGRAM = """
import asyncio, json, re, resource, sys
from pathlib import Path
from evals.engine.capabilities import Capabilities
from evals.engine.protocols import PROTOCOLS
from evals.engine.requests import Answer, EndpointSpec, Prompt
from evals.engine.send import Transport
url, protocol, stream = sys.argv[1:]
can = Capabilities(stream=bool(stream))
spec = EndpointSpec("e", protocol, url, "any", 1, 20, internal_allowed=True, can=can)
prompt = Prompt("2 + 2?", ({"role": "user", "content": "2 + 2?"},), {}, 8, 7)
body = json.dumps(PROTOCOLS[protocol].payload("any", prompt, can)).encode()
async def ask():
    async with Transport(spec) as transport:
        return await transport.send(body)
status, reply = asyncio.run(ask())
used = resource.getrusage(resource.RUSAGE_SELF)
peak = re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())  # ru_maxrss: the parent's too
kind = str(reply.outcome) if isinstance(reply, Answer) else str(reply.kind)
seconds = used.ru_utime + used.ru_stime
print(json.dumps({"kind": kind, "detail": getattr(reply, "detail", ""), "cpu_s": seconds,
                  "mib": int(peak[1]) / 1024}))
"""
Body = Callable[[], Iterator[bytes]]


def chat(**message: Any) -> dict[str, Any]:
    choice = {
        "index": 0,
        "finish_reason": "stop",
        "message": {"role": "assistant", "content": "4", **message},
    }
    return {
        "id": "r",
        "model": "any",
        "choices": [choice],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1},
    }


def once(content: bytes) -> Body:
    return lambda: iter([content])


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


def with_nested(depth: int) -> bytes:
    return json.dumps(chat(annotations="HERE")).encode().replace(b'"HERE"', nested(depth))


def gigabyte() -> Iterator[bytes]:
    return islice(iter(lambda: b"x" * 2**16, None), 2**14)


def gzipped() -> Iterator[bytes]:
    packer = zlib.compressobj(wbits=31)
    for piece in gigabyte():
        if packed := packer.compress(piece):
            yield packed
    yield packer.flush()


def gzip_in_gzip() -> Iterator[bytes]:
    yield gzip.compress(b"".join(gzipped()))


def event(**content: Any) -> bytes:
    return b"data: " + json.dumps(content).encode() + b"\n\n"


def delta(text: str = "4", **fields: Any) -> bytes:
    return event(choices=[{"index": 0, "delta": {"content": text}, **fields}])


def endless(piece: bytes) -> Body:
    return lambda: iter(lambda: piece, None)


REPLIES: dict[str, tuple[Body, str, str]] = {
    "1,200 nested brackets": (once(nested(1200)), "malformed", "nested too deeply"),
    "200,000 nested brackets": (once(nested(200_000)), "malformed", "nested too deeply"),
    "an answer that is nested 900 deep": (once(with_nested(900)), "malformed", "nested too deeply"),
    "an answer of 3 million values": (
        once(
            json.dumps(chat(annotations="HERE")).encode().replace(b'"HERE"', b"[" + b"0," * 3 * 10**6 + b"0]")
        ),
        "malformed",
        "values",
    ),
    "an answer of 5 million characters": (
        once(json.dumps(chat(content="x" * 5 * 10**6)).encode()),
        "too_large",
        "",
    ),
    "a number of a million digits": (once(b'{"choices": 1' + b"0" * 10**6 + b"}"), "malformed", ""),
    "a usage beyond all numbers": (
        once(
            json.dumps(chat() | {"usage": {"prompt_tokens": 10**4000, "completion_tokens": 1e308}})
            .encode()
            .replace(b"1e+308", b"1e999")
        ),
        "answered",
        "",
    ),
    "half a surrogate": (
        once(b'{"choices": [{"message": {"content": "\\ud800"}, "finish_reason": "stop"}]}'),
        "",
        "",
    ),
    "a gigabyte": (gigabyte, "too_large", "larger than 16 MiB"),
}
STREAMS: dict[str, tuple[Body, str, str]] = {
    "an event of 1,200 nested brackets": (
        once(b"data: " + nested(1200) + b"\n\n"),
        "malformed",
        "nested too deeply",
    ),
    "a delta that is nested 900 deep": (
        once(b'data: {"choices": [{"delta": {"content": ' + nested(900) + b"}}]}\n\n"),
        "malformed",
        "nested too deeply",
    ),
    "a line that never ends, in small pieces": (endless(b"data: " + b"x" * 90), "too_large", ""),
    "comments without end": (endless(b": ping\n\n" * 100), "too_large", ""),
    "empty events without end": (endless(b"data: {}\n\n" * 100), "too_large", ""),
    "text without end": (endless(delta("x") * 10), "too_large", ""),
}
ANTHROPIC: dict[str, tuple[Body, str, str]] = {
    "an index that is a list": (
        once(event(type="content_block_start", index=[], content_block={"type": "text", "text": ""})),
        "malformed",
        "",
    ),
    "indices of two kinds": (
        once(
            b"".join(
                event(type="content_block_start", index=index, content_block={"type": "text"})
                for index in (1, "a")
            )
            + event(type="message_stop")
        ),
        "malformed",
        "",
    ),
    "text in small pieces without end": (
        endless(event(type="content_block_delta", index=0, delta={"type": "text_delta", "text": "x" * 40})),
        "too_large",
        "",
    ),
}


class Provider(BaseHTTPRequestHandler):
    body: Body
    content_type = "application/json"
    status = 200
    headers_sent: dict[str, str] = {}

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.status)
        for name, value in {"Content-Type": self.content_type, **self.headers_sent}.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            for piece in type(self).body():
                self.wfile.write(piece)
        except OSError:
            pass

    def log_message(self, *args: object) -> None:
        pass


def reply_to(
    body: Body, *, protocol: str = "openai-chat", stream: bool = False, **fields: Any
) -> dict[str, Any]:
    content_type = "text/event-stream" if stream else "application/json"
    handler = type(
        "Handler", (Provider,), {"body": staticmethod(body), "content_type": content_type, **fields}
    )
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/v1"
        command = [sys.executable, "-c", PROGRAM, url, protocol, "stream" if stream else ""]
        done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
        server.shutdown()
    assert done.returncode == 0, done.stderr[-1000:]
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def check(result: dict[str, Any], kind: str, words: str) -> None:
    assert kind in result["kind"], result
    assert words in result["detail"], result
    assert result["cpu_s"] < MAX_CPU_S, result
    assert result["mib"] < MAX_MIB, result


@pytest.mark.parametrize("name", REPLIES)
def test_a_reply_is_an_outcome(name: str) -> None:
    body, kind, words = REPLIES[name]
    check(reply_to(body), kind, words)


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_is_an_outcome(name: str) -> None:
    body, kind, words = STREAMS[name]
    check(reply_to(body, stream=True), kind, words)


@pytest.mark.parametrize("name", ANTHROPIC)
def test_a_stream_of_events_by_index_is_an_outcome(name: str) -> None:
    body, kind, words = ANTHROPIC[name]
    check(reply_to(body, protocol="anthropic", stream=True), kind, words)


@pytest.mark.parametrize("body", [gzipped, gzip_in_gzip])
def test_a_gzip_bomb_is_an_outcome(body: Body) -> None:
    for stream in (False, True):
        result = reply_to(body, stream=stream, headers_sent={"Content-Encoding": "gzip"})
        check(result, "too_large" if body is gzipped else "", "")


@pytest.mark.parametrize(
    "content", [nested(1200), b'{"error": ' + nested(1200) + b"}", b'{"code": ' + b"9" * 10**6 + b"}"]
)
@pytest.mark.parametrize("status", [400, 500])
def test_an_error_body_is_an_outcome(content: bytes, status: int) -> None:
    check(reply_to(once(content), status=status), "bad_request" if status == 400 else "server_error", "")


@pytest.mark.parametrize(
    "after", ["Thu, 31 Dec 9999 23:59:59 -2359", "Mon, 01 Jan 0001 00:00:00 +2359", "9" * 4000]
)
def test_no_time_to_wait_is_a_crash(after: str) -> None:
    result = reply_to(once(b"{}"), status=503, headers_sent={"Retry-After": after})
    check(result, "overloaded", "")
