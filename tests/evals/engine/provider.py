"""A provider in a thread: it answers sums, some wrongly but always alike, or does what a test tells it."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import ssl
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from tests.support.listener import Listener

Behaviour = Callable[[web.Request, dict[str, Any]], Awaitable[web.StreamResponse | None]]


class Provider(Listener):
    """Both protocols on one port of localhost; it counts what it is asked."""

    def __init__(
        self, *, latency_s: float = 0.0, behaviour: Behaviour | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        super().__init__(self._build_runner, tls)
        self.latency_s = latency_s
        self.behaviour = behaviour
        self.bodies: Counter[str] = Counter()
        self.headers: list[dict[str, str]] = []
        self.now = self.most = 0

    @property
    def calls(self) -> int:
        """How many calls came in."""
        return self.bodies.total()

    def _build_runner(self) -> web.AppRunner:
        app = web.Application(client_max_size=2**26)
        app.router.add_post("/v1/chat/completions", self._handle)
        app.router.add_post("/v1/completions", self._handle)
        return web.AppRunner(app, shutdown_timeout=0.1, access_log=None)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.bodies[json.dumps(body, sort_keys=True)] += 1
        self.headers.append(dict(request.headers))
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            if self.latency_s:
                await asyncio.sleep(self.latency_s)
            special = await self.behaviour(request, body) if self.behaviour else None
            return special or web.json_response(reply(request.path, body))
        finally:
            self.now -= 1


def reply(path: str, body: dict[str, Any], text: str | None = None) -> dict[str, Any]:
    """Return the reply of a provider that obeys `stop`."""
    chat = path.endswith("/chat/completions")
    prompt = body["messages"][-1]["content"] if chat else body["prompt"]
    content = answer(prompt) if text is None else text
    for stop in body.get("stop", []):
        content = content.split(stop)[0]
    choice: dict[str, Any] = {"index": 0, "finish_reason": "stop"}
    choice |= {"message": {"role": "assistant", "content": content}} if chat else {"text": content}
    return {
        "id": "reply-1",
        "model": f"{body['model']}-served",
        "choices": [choice],
        "usage": {"prompt_tokens": len(json.dumps(body)) // 4, "completion_tokens": 7, "total_tokens": 9},
    }


def answer(prompt: str) -> str:
    """Answer the last sum of a prompt; about a third of the answers are wrong, some ramble on."""
    luck = hashlib.sha256(prompt.encode()).digest()
    sums = re.findall(r"What is (\d+) \+ (\d+)", prompt) or [(luck[2], luck[3] % 10)]
    total = sum(int(number) for number in sums[-1]) + (luck[0] % 3 == 0)
    return f" {total}\n\nQuestion: What is next?" if luck[1] % 2 else f"The answer is {total}."
