"""A provider that costs next to nothing, as a process of its own: it waits, answers, and counts."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.client import HTTPConnection
from multiprocessing.connection import Connection
from typing import Any

LATELY_S = 0.1  # what is promised of answers that came just before a kill
REPLY = {
    "id": "chatcmpl-bench",
    "object": "chat.completion",
    "model": "bench-served",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "ANSWER"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 91, "completion_tokens": 3, "total_tokens": 94},
}


class Line(asyncio.Protocol):
    """One connection, in as few steps as HTTP allows; requests on it come one after another."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self.transport: Any = transport

    def data_received(self, data: bytes) -> None:
        """Answer once the whole body has come."""
        self.buffer += data
        head, separator, body = self.buffer.partition(b"\r\n\r\n")
        if not separator:
            return
        length = next(
            (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        if len(body) >= length:
            self.buffer = b""
            self.provider.take(self, head, body)

    def answer(self, text: bytes) -> None:
        """Send a reply, if anybody still listens."""
        if not self.transport.is_closing():
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(
                text
            )
            self.transport.write(head + text)


class Provider:
    """Counts what is asked, and how much of it at once."""

    def __init__(self, latency_s: float) -> None:
        self.latency_s = latency_s
        self.bodies: Counter[bytes] = Counter()
        self.now = self.most = 0
        self.given_at: deque[float] = deque(maxlen=1000)

    def take(self, line: Line, head: bytes, body: bytes) -> None:
        """Take a request: the counts at once, an answer after a while."""
        if head.startswith(b"GET /reset"):
            self.bodies.clear()
            self.most = 0
        if head.startswith(b"GET"):
            line.answer(json.dumps(self.counts()).encode())
            return
        self.bodies[sha256(body).digest()] += 1
        self.now += 1
        self.most = max(self.most, self.now)
        asyncio.get_running_loop().call_later(self.latency_s, self.give, line, body)

    def counts(self) -> dict[str, int]:
        """Return what was counted; on the way is what is not answered, or so lately that it may be unread."""
        lately = asyncio.get_running_loop().time() - LATELY_S
        while self.given_at and self.given_at[0] < lately:
            self.given_at.popleft()
        return {
            "calls": self.bodies.total(),
            "distinct": len(self.bodies),
            "most": self.most,
            "on_the_way": self.now + len(self.given_at),
        }

    def give(self, line: Line, body: bytes) -> None:
        """Answer with a number that depends on the body alone."""
        self.now -= 1
        self.given_at.append(asyncio.get_running_loop().time())
        number = str(sha256(body).digest()[0])
        line.answer(json.dumps(REPLY).replace("ANSWER", number).encode())


async def serve(latency_s: float, ready: Connection) -> None:
    """Serve until killed; say on which port."""
    provider = Provider(latency_s)
    server = await asyncio.get_running_loop().create_server(
        lambda: Line(provider), "127.0.0.1", 0, backlog=1024
    )
    ready.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


def _main(latency_s: float, ready: Connection) -> None:
    asyncio.run(serve(latency_s, ready))


class Served:
    """The address of a provider that runs, and its counts."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.base_url = f"http://127.0.0.1:{port}/v1"

    def counts(self) -> dict[str, int]:
        """Ask how many calls came in, how many different ones, and how many at once."""
        return self._get("/counts")

    def reset(self) -> None:
        """Forget what was counted."""
        self._get("/reset")

    def _get(self, path: str) -> dict[str, int]:
        connection = HTTPConnection("127.0.0.1", self.port)
        connection.request("GET", path)
        content: dict[str, int] = json.loads(connection.getresponse().read())
        connection.close()
        return content


@contextmanager
def provider(latency_s: float) -> Iterator[Served]:
    """Run a provider while the block runs."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_main, args=(latency_s, theirs), daemon=True)
    process.start()
    try:
        yield Served(ours.recv())
    finally:
        process.kill()
        process.join()
