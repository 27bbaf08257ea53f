"""The engine beside bare aiohttp and lm-eval: wall, CPU, memory, two workers. `python -m tests.bench.engine`.

Every comparison is made several times, one client after the other, and the medians are compared: a machine
that is busy with something else is busy for all of them.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from statistics import median

from tests.bench.house import House, house, result, valkey
from tests.bench.provider import provider
from tests.bench.rows import Row, merge, print_row, row

LATENCY_S, AT_ONCE = 0.2, 64
KILLS = 3
CHANCE = 1.1  # the share of two or three calls that are being read or written just then
CALL_AND_SCORE = (("call", "ours"), ("score", "ours_scored"))
PEERS = ("bare", "lm_eval", "lm_eval_cached")
Measured = dict[str, list[dict[str, float]]]


def measured_side_by_side(*, items: int, rounds: int, redis_url: str) -> Measured:
    """Run ours and the peers in turn, each on a provider and in a house of its own."""
    measured: Measured = defaultdict(list)
    for _ in range(rounds):
        for name in ("ours", *PEERS):
            with provider(LATENCY_S) as served, house(items=items, redis_url=redis_url) as place:
                place.prepare(served, at_once=AT_ONCE)
                measured[name].append(place.measure(name, served, at_once=AT_ONCE))
                assert served.counts()["distinct"] == items, f"{name} asked everything"
    return measured


def speed(*, items: int, rounds: int, redis_url: str) -> Iterator[Row]:
    """Compare wall seconds and CPU microseconds a call."""
    measured = measured_side_by_side(items=items, rounds=rounds, redis_url=redis_url)

    def wall(name: str) -> float:
        return median(part["wall_s"] for part in measured[name])

    def cpu(name: str) -> float:
        return median(part["cpu_s"] for part in measured[name]) / items * 1e6

    yield row("engine_wall_to_bare", ours=wall("ours"), peer=wall("bare"), limit=1.03)
    yield row("engine_wall_to_lm_eval", ours=wall("ours"), peer=wall("lm_eval"), limit=1.0)
    yield row("engine_cpu_to_lm_eval", ours=cpu("ours"), peer=cpu("lm_eval"), limit=1.0)
    yield row("engine_cpu_to_lm_eval_cached", ours=cpu("ours"), peer=cpu("lm_eval_cached"), limit=0.3)


@dataclass(frozen=True)
class Kill:
    """What was on its way at a kill, by the provider's count, and how many calls were made again after it."""

    on_the_way: int
    repeated: int


def killed(name: str, *, items: int, redis_url: str) -> Kill:
    """Kill a client in the middle of its calls, and let another finish."""
    with provider(LATENCY_S) as served, house(items=items, redis_url=redis_url) as place:
        place.prepare(served, at_once=AT_ONCE)
        process = place.client(name, served, at_once=AT_ONCE)
        while served.counts()["calls"] < items // 4:
            time.sleep(0.02)
        process.kill()
        on_the_way = served.counts()["on_the_way"]
        process.communicate()
        place.measure(name, served, at_once=AT_ONCE)
        counts = served.counts()
        assert counts["distinct"] == items, f"{name} asked everything"
        return Kill(on_the_way, counts["calls"] - counts["distinct"])


def kills(*, items: int, redis_url: str) -> Iterator[Row]:
    """Compare the calls that are made again after a kill.

    Ours are those that were on their way, at most the calls at once. lm-eval with its cache repeats its own:
    which of the two has more on their way is chance, so the shares that they repeat are compared. Without its
    cache lm-eval repeats everything.
    """
    trials: dict[str, list[Kill]] = {
        name: [killed(name, items=items, redis_url=redis_url) for _ in range(count)]
        for name, count in {"ours": KILLS, "lm_eval_cached": KILLS, "lm_eval": 1}.items()
    }

    def most(name: str) -> float:
        return max(trial.repeated for trial in trials[name])

    def share(name: str) -> float:
        return sum(trial.repeated for trial in trials[name]) / sum(trial.on_the_way for trial in trials[name])

    yield row("engine_kill_to_calls_at_once", ours=most("ours"), peer=AT_ONCE, limit=1.0)
    yield row("engine_kill_to_lm_eval_cached", ours=share("ours"), peer=share("lm_eval_cached"), limit=CHANCE)
    yield row("engine_kill_to_lm_eval", ours=most("ours"), peer=most("lm_eval"), limit=0.25)


def memory(*, items: int, redis_url: str) -> Iterator[Row]:
    """Compare the peak memory of each step for a large suite with that for half of it: it must not grow."""
    peaks = {count: _peaks_mib(count, redis_url) for count in (items, items // 2)}
    for step, ours in peaks[items].items():
        yield row(f"engine_memory_of_{step}", ours=ours, peer=peaks[items // 2][step], limit=1.1)


def _peaks_mib(count: int, redis_url: str) -> dict[str, float]:
    """Return the peak memory of the process that does each step of a run, in MiB."""
    with provider(0.02) as served, house(items=count, redis_url=redis_url) as place:
        plan = place.prepare(served, at_once=AT_ONCE)
        steps = {step: place.measure(client, served, at_once=AT_ONCE) for step, client in CALL_AND_SCORE}
        return {"plan": plan["peak_mib"]} | {step: took["peak_mib"] for step, took in steps.items()}


def two_workers(*, items: int, redis_url: str) -> Iterator[Row]:
    """Compare two workers at 32 calls each with one at 32: the seconds of one, halved, over those of two."""

    def wall_s(workers: int) -> float:
        with provider(LATENCY_S) as served, house(items=items, redis_url=redis_url) as place:
            place.prepare(served, at_once=32 * workers)
            return max(part["wall_s"] for part in together(place, served.base_url, workers))

    def together(place: House, url: str, workers: int) -> list[dict[str, float]]:
        arguments = ("tests.bench.clients", "ours", url, "32", str(place.folder))
        return [result(process) for process in [place.start(*arguments) for _ in range(workers)]]

    yield row("engine_two_workers", ours=wall_s(2), peer=wall_s(1), limit=1 / 1.9)


def main() -> int:
    """Measure, print, keep; fail where a limit does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--large", type=int, default=20_000)
    options = parser.parse_args()
    with valkey() as redis_url:
        rows = chain(
            speed(items=options.items, rounds=options.rounds, redis_url=redis_url),
            kills(items=options.items, redis_url=redis_url),
            two_workers(items=options.items, redis_url=redis_url),
            memory(items=options.large, redis_url=redis_url),
        )
        held = [keep(measured_row) for measured_row in rows]
    return 0 if all(held) else 1


def keep(measured_row: Row) -> bool:
    """Print a row and put it into the table as soon as it is measured; return whether it holds."""
    print_row(measured_row)
    merge([measured_row])
    return measured_row.ok


if __name__ == "__main__":
    sys.exit(main())
