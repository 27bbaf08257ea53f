"""What a program takes too much of ends it, and costs no other program its result."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from evals.engine import sandbox
from evals.engine.sandbox import UNUSED_USERS, ProgramLimits, run
from tests.evals.engine.sandboxes import MARK, PATIENCE_S, own_sandboxes, sandboxed, wait_until_gone  # noqa: F401 - a fixture

pytestmark = [
    pytest.mark.skipif(shutil.which("bwrap") is None, reason="`make sandbox` installs bubblewrap"),
    pytest.mark.usefixtures("own_sandboxes"),
]
ROOT = Path(__file__).parents[3]
SHORT = ProgramLimits(seconds=1.0)
SHORTER = ProgramLimits(seconds=0.5)
STOPPED = ("timed out", "out of memory")
FORK_BOMB = """
import os
while True:
    try: os.fork()
    except OSError: pass
"""
MEMORY_BOMB = """
import os
for _ in range(4): os.fork()
held = []
while True:
    try: held.append(b"x" * 2**24)
    except MemoryError: pass
"""
SHORT_LIVED_CHILDREN = """
import os
while True:
    if os.fork() == 0:
        for _ in range(10**5): pass
        os._exit(0)
    os.wait()
"""
FILES = """
n = 0
while True:
    open(f"/tmp/{n}", "w").close()
    n += 1
"""
THREADS = """
import threading, time
while True:
    try: threading.Thread(target=time.sleep, args=[60], daemon=True).start()
    except RuntimeError: pass
"""
DESCRIPTORS = """
import os
kept = []
while True:
    try: kept.append(os.pipe()); os.write(kept[-1][1], bytes(2**16))
    except OSError: os.fork()
"""
ZOMBIES = """
import os
while True:
    try:
        if os.fork() == 0: os._exit(0)
    except OSError: pass
"""
BOMBS = {
    "zombies": ZOMBIES,
    "forks": FORK_BOMB,
    "memory": MEMORY_BOMB,
    "short-lived children": SHORT_LIVED_CHILDREN,
    "files": FILES,
    "threads": THREADS,
    "pipes": DESCRIPTORS,
}
IGNORES_SIGNALS = """
import signal
for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD}:
    signal.signal(number, signal.SIG_IGN)
while True: pass
"""
UNREADABLE_NAME = """
import ctypes
ctypes.CDLL(None).prctl(15, b"\\xff) R 0 0\\n:", 0, 0, 0)
while True: pass
"""
# The first thread ends, so that the process itself has no memory any more; its second thread holds it.
MEMORY_OF_A_THREAD = """
import ctypes, os, platform, threading, time
for _ in range(3): os.fork()
def hold():
    held = [b"x" * 2**24 for _ in range(12)]
    time.sleep(600)
threading.Thread(target=hold).start()
time.sleep(0.1)
ctypes.CDLL(None).syscall({"x86_64": 60, "aarch64": 93}[platform.machine()], 0)
"""
HONEST = """
import os, time
children = []
for _ in range(24):
    child = os.fork()
    if child == 0:
        time.sleep(0.1)
        os._exit(0)
    children.append(child)
assert [os.waitpid(child, 0)[1] for child in children] == [0] * 24
open("/tmp/file", "wb").write(bytes(12 * 2**20))
held = b"x" * (100 * 2**20)
while time.process_time() < 0.5: pass
"""


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_a_bomb_costs_an_honest_program_nothing(bomb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "CROWDED", 60)  # other tests keep the processors busy too
    with ThreadPoolExecutor() as pool:
        bombs = [pool.submit(run, bomb, SHORT) for _ in range(2)]
        honest = pool.submit(run, HONEST, SHORT)
        assert honest.result() == "passed"
        assert all(future.result() != "passed" for future in bombs)


ENDLESS = {
    "spins": "while True: pass",
    "sleeps": "import time; time.sleep(600)",
    "ignores signals": IGNORES_SIGNALS,
    "spins in two processes": "import os\nos.fork()\nwhile True: pass",
    "spins in a child": "import os, time\nif os.fork() == 0:\n    while True: pass\ntime.sleep(600)",
    "prints": "while True: print('x' * 10**6)",
    "short-lived children": SHORT_LIVED_CHILDREN,
    "forks": FORK_BOMB,
    "has an unreadable name": UNREADABLE_NAME,
}


@pytest.mark.parametrize("program", ENDLESS.values(), ids=ENDLESS)
def test_a_program_that_does_not_end_is_ended(program: str) -> None:
    assert run(program, SHORTER) in STOPPED


@pytest.mark.parametrize(
    "program",
    [
        "if os.fork() == 0: time.sleep(600)",
        "if os.fork() == 0:\n    if os.fork() == 0: time.sleep(600)\n    os._exit(0)\nos.wait()",
        f"subprocess.Popen(['/usr/bin/env', 'sleep', '600.{os.getpid()}'])",
    ],
    ids=["child", "grandchild", "other program"],
)
def test_nothing_outlives_its_program(program: str) -> None:
    assert run(f"import os, subprocess, time\n{program}") == "passed"
    wait_until_gone(f"sleep 600.{os.getpid()}")


def test_a_killed_worker_leaves_no_program() -> None:
    worker = f"from evals.engine import sandbox; sandbox.RUNNER += {f'# {MARK}'!r}; "
    worker += "sandbox.run('import time; time.sleep(600)', sandbox.ProgramLimits(seconds=600))"
    with subprocess.Popen([sys.executable, "-c", worker], cwd=ROOT) as process:
        until = time.monotonic() + PATIENCE_S
        while len(sandboxed()) < 3:  # bubblewrap, the first process inside, the program
            assert time.monotonic() < until
            time.sleep(0.05)
        process.kill()
    wait_until_gone()


def test_a_program_has_its_seconds_however_many_others_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "CROWDED", 60)
    spin = "import time\nwhile time.process_time() < 0.7: pass"
    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(run, [spin] * 6, [SHORT] * 6)) == {"passed"}


def test_processes_are_counted_for_each_program_alone() -> None:
    program = "import os, time\nfor _ in range({}):\n    if os.fork() == 0: time.sleep(9)\nos.kill(-1, 9)"
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(run, [program.format(25)] * 4)) == {"passed"}
    assert "BlockingIOError" in run(program.format(40))


def test_memory_has_an_end_in_one_process_and_over_all() -> None:
    assert run("x = bytearray(600 * 2**20)").startswith("failed: MemoryError")
    many = "import os, time\nfor _ in range(8):\n"
    many += "    if os.fork() == 0: x = b'x' * (200 * 2**20); time.sleep(9)\n"
    assert run(many + "time.sleep(9)", ProgramLimits(seconds=9)) == "out of memory"
    assert run(MEMORY_OF_A_THREAD, ProgramLimits(seconds=9)) == "out of memory"


@pytest.mark.parametrize(
    "program",
    [
        "import mmap; mmap.mmap(-1, 2**20)",
        "import os; os.memfd_create('x')",
        "import mmap; mmap.mmap(os.open('/dev/zero', os.O_RDWR), 2**20)",
        "import os; os.truncate(os.open('/tmp/sparse', os.O_CREAT | os.O_RDWR), 2**40)",
        "import os; os.posix_fallocate(os.open('/tmp/x', os.O_CREAT | os.O_RDWR), 0, 2**25)",
        "import os; os.setxattr('/tmp', 'user.x', bytes(2**16))",
        "import os; os.execve('/usr/bin/env', ['x' * 2**17] * 99, {})",
    ],
    ids=["shared", "memfd", "zero", "sparse file", "allocated file", "attributes", "arguments"],
)
def test_memory_cannot_be_had_where_it_is_not_counted(program: str) -> None:
    assert run(program).startswith("failed: ")


@pytest.mark.parametrize("folder", ["/tmp", "/dev/shm", "/", "/usr", "/dev", "/var/tmp"])
def test_the_disk_cannot_be_filled(folder: str) -> None:
    fill = f"n = 0\nwhile True:\n    open('{folder}/f%d' % n, 'wb').write(bytes(2**20)); n += 1"
    output = run(fill)
    assert "OSError" in output or "FileNotFoundError" in output
    assert not Path(folder, "f0").exists()


def test_files_are_counted() -> None:
    assert run(FILES, SHORT).startswith(("failed: it made more than 1024 files", "failed: OSError(28, "))


def test_a_flood_of_words_is_dropped() -> None:
    flood = (
        "import os, sys\nfor _ in range(200): sys.stdout.write('x' * 2**20); sys.stderr.write('y' * 2**20)"
    )
    assert run(flood) == "passed"
    through_any_stream = (
        "import os\nfor fd in range(3, 64):\n    try: os.write(fd, b'x' * 2**20)\n    except OSError: 0"
    )
    assert run(through_any_stream, SHORT) != "passed"
    assert threading.active_count() < 50


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can start a process as another user")
def test_started_by_root_each_program_has_a_user_of_its_own() -> None:
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(run, "import time; time.sleep(60)") for _ in range(2)]
        users: set[int] = set()
        while not all(future.done() for future in runs):
            users |= {user for row in sandboxed() if (user := real_user(row)) is not None}
    assert len(users) == 2
    assert all(user in UNUSED_USERS for user in users)


def real_user(process: psutil.Process) -> int | None:
    try:
        user: int = process.uids().real
    except psutil.NoSuchProcess:
        return None
    return user
