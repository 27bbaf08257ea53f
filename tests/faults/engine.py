"""Kills at random moments, counted at the provider. `python -m tests.faults.engine [--kills 20]`.

For each process of the service (one worker, all workers, the broker with its data, the web server) a run is
called for while the process is killed again and again. When the run has finished by itself: no answer is
lost, its score is that of an undisturbed run, never were more calls made at once than the limit, and no more
were repeated than were in flight at the kills. A kill of the broker or of the web server repeats none.

`clocks` kills nothing: two workers are like containers that share a host name, with clocks 20 minutes apart,
and no call is repeated. SQLite has no clock but its host's, so only PostgreSQL is tried.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.bench.house import House, result
from tests.bench.provider import Served, provider
from tests.bench.rows import BUILD
from tests.faults.plans import BASES, Plan, planned
from tests.faults.service import Service, log_line

AT_ONCE, LATENCY_S = 16, 0.2
TARGETS = ("clocks", "worker", "workers", "broker", "web")
ITEMS_PER_KILL = 60
LONGEST_S = 900.0


@dataclass(frozen=True)
class Row:
    """One kind of kill: how many answers were lost and calls repeated, and how many might have been."""

    name: str
    trials: int
    lost: int
    repeated: int
    allowed: int
    ok: bool


def state(place: House) -> dict[str, Any]:
    """Ask the record how far the run is."""
    return result(place.start("tests.faults.look", (place.folder / "run").read_text()))


def wait_for_calls(served: Served, count: int) -> int:
    """Wait until the provider has had so many calls; return how many it had."""
    until = time.monotonic() + LONGEST_S / 5
    while (calls := served.counts()["calls"]) < count and time.monotonic() < until:
        time.sleep(0.05)
    return calls


def trial(target: str, *, kills: int, plan: Plan, served: Served, chance: random.Random) -> Row:
    """Kill a target so often while a run is called for, then let the run finish."""
    items = plan.items
    kills = 0 if target == "clocks" else kills
    with plan.copy() as place:
        served.reset()
        hit = 0
        with Service(place, apart=target == "clocks") as service:
            for _ in range(kills):
                before = served.counts()["calls"]
                wait_for_calls(served, min(before + chance.randrange(1, ITEMS_PER_KILL - 10), items))
                hit += service.hit(target, chance)
            until = time.monotonic() + LONGEST_S
            wait_for_calls(served, items)
            while (run_state := state(place))["state"] in ("calling", "scoring") and time.monotonic() < until:
                time.sleep(2)
        counts = served.counts()
    repeated = counts["calls"] - counts["distinct"]
    allowed = (kills if hit else 0) * AT_ONCE
    lost = items - run_state["answers"]
    undisturbed = run_state["state"] == "finished" and run_state["score"] == plan.score
    ok = lost == 0 and repeated <= allowed and undisturbed and counts["most"] <= AT_ONCE
    return Row(f"{plan.base}_{target}", kills, lost, repeated, allowed, ok)


def main() -> int:
    """Try every target on every database, print, keep; fail where a row does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--targets", nargs="+", choices=TARGETS, default=list(TARGETS))
    parser.add_argument("--databases", nargs="+", choices=list(BASES), default=list(BASES))
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    chance = random.Random(options.seed)
    log_line(f"seed {options.seed}")
    rows = []
    with provider(LATENCY_S) as served:
        for base in options.databases:
            with planned(base, items=options.kills * ITEMS_PER_KILL, served=served, at_once=AT_ONCE) as plan:
                for target in options.targets:
                    if (base, target) == ("sqlite", "clocks"):
                        continue
                    result = trial(target, kills=options.kills, plan=plan, served=served, chance=chance)
                    rows.append(result)
                    log_line(line(result))
                    keep(rows, BUILD / "faults.json")
    return 0 if all(row.ok for row in rows) else 1


def line(row: Row) -> str:
    """Return a row as people read it."""
    verdict = "ok" if row.ok else "NOT OK"
    counts = f"lost {row.lost:3}  repeated {row.repeated:4} of {row.allowed:4} allowed"
    return f"{row.name:20} kills {row.trials:3}  {counts}  {verdict}"


def keep(rows: list[Row], path: Path) -> None:
    """Write the table."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
