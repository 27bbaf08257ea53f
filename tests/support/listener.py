"""A web server on localhost, in a thread of its own while a test runs."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Callable, Coroutine
from typing import Any, Self, TypeVar

from aiohttp import web

LOCALHOST = "127.0.0.1"
TIMEOUT_SECONDS = 10
Result = TypeVar("Result")


async def listen(runner: web.BaseRunner, port: int = 0, tls: ssl.SSLContext | None = None) -> int:
    """Begin to accept connections and return the port; port 0 takes a free one."""
    await runner.setup()
    await web.TCPSite(runner, LOCALHOST, port, backlog=4096, ssl_context=tls).start()
    bound: int = runner.addresses[0][1]
    return bound


class Listener:
    """Runs an event loop in a thread and serves there inside a `with` block."""

    def __init__(self, new_runner: Callable[[], web.BaseRunner], tls: ssl.SSLContext | None = None) -> None:
        self.tls = tls
        self.port = 0
        self._new_runner = new_runner
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def url(self) -> str:
        """The address without a path."""
        return f"{'https' if self.tls else 'http'}://{LOCALHOST}:{self.port}"

    @property
    def base_url(self) -> str:
        """The address that a client of OpenAI's API takes."""
        return f"{self.url}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        self.port = self._run(self._start())
        return self

    def __exit__(self, *_error: object) -> None:
        self._run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(TIMEOUT_SECONDS)
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(TIMEOUT_SECONDS)

    async def _start(self) -> int:
        self._runner = self._new_runner()
        return await listen(self._runner, tls=self.tls)

    async def _stop(self) -> None:
        await self._runner.cleanup()
        pending = asyncio.all_tasks() - {asyncio.current_task()}
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
