"""The supervisor: order, restarts, stopping, no orphans."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from worker import processes
from worker.processes import Child, NotReady, Program, Supervisor

PROJECT = Path(__file__).resolve().parents[2]
SUPERVISE = """
import sys
from pathlib import Path
from worker.processes import Program, Supervisor
folder = Path(sys.argv[1])
def program(name):
    script = "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(600)"
    written = lambda: (folder / name).exists() and (folder / name).read_text()
    return Program(name, (sys.executable, "-c", script, str(folder / name)), written)
Supervisor([program("first"), program("second")]).run(lambda: (folder / "up").touch())
"""


def eventually(condition: Callable[[], bool], seconds: float = 20.0) -> bool:
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    process = subprocess.Popen([sys.executable, "-c", SUPERVISE, str(tmp_path)], cwd=PROJECT)
    assert eventually((tmp_path / "up").exists)
    yield process, tmp_path
    process.kill()
    process.wait()


def pid_of(folder: Path, name: str) -> int:
    return int((folder / name).read_text() or 0)


def test_a_killed_program_is_started_again(supervised: tuple[subprocess.Popen[bytes], Path]) -> None:
    _, folder = supervised
    killed = pid_of(folder, "second")
    os.kill(killed, signal.SIGKILL)
    assert eventually(lambda: pid_of(folder, "second") not in {0, killed})
    assert alive(pid_of(folder, "second"))


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_no_program_outlives_its_supervisor(
    supervised: tuple[subprocess.Popen[bytes], Path], ending: signal.Signals
) -> None:
    process, folder = supervised
    pids = [pid_of(folder, name) for name in ("first", "second")]
    process.send_signal(ending)
    process.wait(20)
    assert eventually(lambda: not any(alive(pid) for pid in pids))


def test_a_program_that_ends_at_its_start_is_named() -> None:
    broken = Program("web", (sys.executable, "-c", "raise SystemExit(3)"), lambda: False)
    with pytest.raises(NotReady, match="web ended with status 3 at its start"):
        Supervisor([broken]).run()


def test_what_was_started_is_stopped_when_a_later_program_does_not_start(tmp_path: Path) -> None:
    started = Program("broker", (sys.executable, "-c", "import time; time.sleep(600)"))
    supervisor = Supervisor(
        [started, Program("web", (sys.executable, "-c", "raise SystemExit(1)"), lambda: False)]
    )
    with pytest.raises(NotReady):
        supervisor.run()
    assert supervisor.children[0].process.poll() is not None


def test_a_program_that_keeps_failing_waits_twice_as_long_each_time() -> None:
    child = Child(
        Program("beat", (sys.executable, "-c", "")), subprocess.Popen((sys.executable, "-c", "")), 0.0
    )
    supervisor = Supervisor([], [child])
    pauses: list[float] = []
    now = 0.0
    for _ in range(6):
        child.process.wait()
        supervisor.watch(now)
        assert child.start_again_at is not None
        pauses.append(child.start_again_at - now)
        now = child.start_again_at
        supervisor.watch(now)
    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0]
    child.process.wait()
    supervisor.watch(now + 3600)
    assert (
        child.start_again_at == now + 3600 + 0.5
    )  # it had run for an hour: that was no failure at the start


def test_a_program_that_never_answers_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "READY_SECONDS", 0.1)
    silent = Program("web", (sys.executable, "-c", "import time; time.sleep(600)"), lambda: False)
    with pytest.raises(NotReady, match="web does not answer after 0 seconds"):
        Supervisor([silent]).run()


def test_a_program_that_ignores_the_signal_to_end_is_killed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(processes, "GRACE_SECONDS", 0.2)
    script = (
        "import pathlib, signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "pathlib.Path(sys.argv[1]).touch(); time.sleep(600)"
    )
    deaf = Program("web", (sys.executable, "-c", script, str(tmp_path / "up")), (tmp_path / "up").exists)
    supervisor = Supervisor([deaf])
    supervisor.run(supervisor.ask_to_stop)
    assert supervisor.children[0].process.returncode == -signal.SIGKILL
    assert "web did not end in 0 s and is killed" in caplog.text
