"""A simulated provider on localhost: in a thread for a test, or `python -m tests.support.provider`."""

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import web

from tests.support.admin import PREFIX, administer, read_limits
from tests.support.answers import AnswerBook
from tests.support.fault_plan import Fault, FaultPlan, Kind
from tests.support.limits import Limits
from tests.support.listener import LOCALHOST, Listener, listen
from tests.support.service import Service, Settings

LARGEST_REQUEST_BYTES = 64 * 2**20
Given = TypeVar("Given")


def build_runner(service: Service) -> web.ServerRunner:
    """Build the web server of a simulated provider; the event loop must run."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        request._client_max_size = LARGEST_REQUEST_BYTES
        if request.path.startswith(PREFIX):
            return await administer(service, request)
        return await service.handle(request)

    # The low-level server: no router and no middleware, because benches measure clients against it.
    server = web.Server(handle, access_log=None)
    return web.ServerRunner(server, shutdown_timeout=0.1)


class SimulatedProvider(Listener):
    """A provider in a thread of its own: `with SimulatedProvider(Settings()) as provider: ...`."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.service = Service(settings or Settings())
        super().__init__(lambda: build_runner(self.service))

    def follow(self, *faults: Fault, seed: int = 0) -> None:
        """Let these faults happen from now on; none means that all goes well again."""
        self._ask(lambda: setattr(self.service, "plan", FaultPlan(faults, seed)))

    def limit(self, limits: Limits) -> None:
        """Declare these limits from now on."""
        self._ask(lambda: self.service.limit(limits))

    def reset(self) -> None:
        """Forget all counts."""
        self._ask(self.service.reset)

    def stats(self) -> dict[str, Any]:
        """Return what GET /admin/stats would say."""
        return self._ask(self.service.summary)

    def calls_by_payload(self) -> dict[str, int]:
        """Count the calls of each payload, by its hash."""
        return self._ask(lambda: dict(self.service.ledger.by_payload))

    def _ask(self, question: Callable[[], Given]) -> Given:
        """Ask in the loop's own thread, where nothing changes meanwhile."""

        async def ask() -> Given:
            return question()

        return self._run(ask())


def _read_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.support.provider", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port")
    parser.add_argument("--port-file", type=Path, help="where the port is written once it answers")
    parser.add_argument(
        "--dialect", default="openai", help="a protocol, such as anthropic, vllm or llama-cpp"
    )
    parser.add_argument("--api-key", help="required from every caller if given")
    parser.add_argument(
        "--items", type=Path, nargs="*", default=[], help="JSONL files of questions and answers"
    )
    parser.add_argument("--latency", type=float, default=0.0, metavar="SECONDS")
    parser.add_argument("--plan", type=Path, help="a JSON file with a plan of faults")
    parser.add_argument("--requests", type=int, help="limit: requests in a window")
    parser.add_argument("--tokens", type=int, help="limit: tokens in a window")
    parser.add_argument("--at-once", type=int, help="limit: calls at once")
    parser.add_argument("--window-seconds", type=float, default=60.0)
    return parser.parse_args(arguments)


def _settings(options: argparse.Namespace) -> Settings:
    plan = FaultPlan.from_file(options.plan) if options.plan else FaultPlan()
    if options.latency:
        plan = FaultPlan((Fault(Kind.LATENCY, seconds=options.latency), *plan.faults), plan.seed)
    names = ("requests", "tokens", "at_once", "window_seconds")
    return Settings(
        book=AnswerBook.from_task_files(options.items),
        api_key=options.api_key,
        dialect=options.dialect,
        limits=read_limits({name: getattr(options, name) for name in names}),
        plan=plan,
    )


async def _serve(settings: Settings, port: int, port_file: Path | None) -> None:
    runner = build_runner(Service(settings))
    port = await listen(runner, port)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    if port_file is not None:
        # Written beside and moved: whoever waits for the file never reads half of it.
        draft = port_file.with_suffix(".draft")
        draft.write_text(str(port))
        draft.replace(port_file)
    sys.stdout.write(f"http://{LOCALHOST}:{port}/v1\n")
    sys.stdout.flush()
    await stop.wait()
    await runner.cleanup()


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until a signal comes."""
    options = _read_arguments(arguments)
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(_serve(_settings(options), options.port, options.port_file))
    return 0


if __name__ == "__main__":
    sys.exit(main())
