"""What is measured, each in a process of its own: ours, bare aiohttp, lm-eval without and with its cache.

`python -m tests.bench.clients NAME URL AT_ONCE FOLDER` prints the seconds of wall and CPU that calls took.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

TASKS = Path(__file__).parent / "tasks"
TASK = "bench_sums"


def bare(url: str, at_once: int, folder: Path) -> Callable[[], None]:
    """The least that a client can do: the same bodies, nothing kept."""
    import aiohttp

    bodies = [json.loads(line) for line in (folder / "bodies.jsonl").read_text().splitlines()]

    async def run() -> None:
        queue = iter(bodies)
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=at_once)) as session:

            async def lane() -> None:
                for body in queue:
                    async with session.post(f"{url}/chat/completions", json=body) as response:
                        reply = await response.json()
                        assert reply["choices"]

            await asyncio.gather(*(lane() for _ in range(at_once)))

    return lambda: asyncio.run(run())


def ours(url: str, at_once: int, folder: Path) -> Callable[[], None]:
    """Our calls, with everything put on record."""
    from evals.operations.runs.execution import call_run
    from evals.operations.runs.lease_owners import current_lease_owner
    from evals.operations.runs.recovery import recover
    from tests.evals.engine.builders import clock

    run_id = int((folder / "run").read_text())

    def run() -> None:
        recover(now=clock())
        summary = call_run(run_id=run_id, owner=current_lease_owner(), seconds=600, clock=clock)
        assert summary.failure is None, summary

    return run


def ours_scored(url: str, at_once: int, folder: Path) -> Callable[[], None]:
    """Our scoring of answers that are on record."""
    from evals.operations.runs.scoring import score_run
    from tests.evals.engine.builders import clock

    run_id = int((folder / "run").read_text())

    def run() -> None:
        assert score_run(run_id=run_id, owner="bench", now=clock())

    return run


def lm_eval(url: str, at_once: int, folder: Path, cache: bool = False) -> Callable[[], None]:
    """lm-eval's own calls for the same task."""
    from evals.engine import harness
    from evals.engine.requests import TaskSpec

    spec = TaskSpec(TASK, TASKS, 0)
    task = harness.load(spec)
    from lm_eval.api.model import CachingLM
    from lm_eval.models.openai_completions import LocalChatCompletion

    model = LocalChatCompletion(base_url=f"{url}/chat/completions", model="bench", num_concurrent=at_once)
    task.build_all_requests(
        apply_chat_template=True, fewshot_as_multiturn=True, chat_template=model.apply_chat_template
    )
    model = CachingLM(model, str(folder / "lm_eval_cache.db")) if cache else model
    return lambda: model.generate_until(task.instances) and None


def lm_eval_cached(url: str, at_once: int, folder: Path) -> Callable[[], None]:
    """lm-eval with its cache, the only other client that keeps answers."""
    return lm_eval(url, at_once, folder, cache=True)


CLIENTS: dict[str, Callable[[str, int, Path], Callable[[], None]]] = {
    "bare": bare,
    "ours": ours,
    "ours_scored": ours_scored,
    "lm_eval": lm_eval,
    "lm_eval_cached": lm_eval_cached,
}


def measure(run: Callable[[], None]) -> dict[str, Any]:
    """Measure one run: wall, the CPU of all threads, the most memory."""
    wall, cpu = time.perf_counter(), time.process_time()
    run()
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu, "peak_mib": peak_mib}


if __name__ == "__main__":
    name, url, at_once, folder = sys.argv[1:]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leaderboard.settings")
    import django

    django.setup()
    prepared = CLIENTS[name](url, int(at_once), Path(folder))
    print(json.dumps(measure(prepared)))  # noqa: T201
