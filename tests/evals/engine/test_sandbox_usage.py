"""A meter measures a sandbox, and never the machine around it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from evals.engine.sandbox_usage import TICKS_PER_S, Meter, _read_process, attach


def test_a_process_outside_of_a_sandbox_is_not_measured() -> None:
    assert attach(os.getpid(), "/tmp") is None


def test_a_process_that_has_ended_is_not_measured() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    assert attach(process.pid, "/tmp") is None


def test_a_meter_stops_where_its_process_number_belongs_to_another() -> None:
    own = Path("/proc").stat().st_dev
    assert Meter(Path("/"), "/tmp", own).read() is not None
    assert Meter(Path("/"), "/tmp", own + 1).read() is None


def test_the_time_of_ended_children_counts() -> None:
    spin = "import time\nwhile time.process_time() < 0.3: pass"
    before = _read_process(Path("/proc/self"))
    subprocess.run([sys.executable, "-c", spin], check=True)
    after = _read_process(Path("/proc/self"))
    assert before is not None
    assert after is not None
    assert after.cpu_s - before.cpu_s >= 0.3 - 2 / TICKS_PER_S
    assert after.memory_bytes > 2**20
