"""What a program in the sandbox tries, it does not get; what it leaves behind is nothing."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from evals.engine import sandbox
from evals.engine.sandbox import ProgramLimits, run

pytestmark = pytest.mark.skipif(shutil.which("bwrap") is None, reason="`make sandbox` installs bubblewrap")
SHORT = ProgramLimits(seconds=1.0)


@pytest.fixture
def listener() -> Iterator[int]:
    """Listen on this machine's localhost; a connection that comes in is a failure of the sandbox."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]
        server.settimeout(0.1)
        with pytest.raises(TimeoutError):
            server.accept()


@pytest.mark.parametrize(
    ("program", "verdict"),
    [
        ("assert sorted([3, 1, 2]) == [1, 2, 3]", "passed"),
        ("assert sorted([3, 1, 2]) == [3, 2, 1]", "failed: AssertionError()"),
        ("open('/tmp/note', 'w').write('x' * 100); assert len(open('/tmp/note').read()) == 100", "passed"),
        ("print('x' * 100)", "passed"),
        ("def f(:", "failed: SyntaxError"),
        ("import sys; sys.exit(0)", "failed: SystemExit(0)"),
        ("import os; os._exit(0)", "failed: it ended early, with status 0"),
        ("import os; os.kill(os.getpid(), 11)", "failed: it ended early, with status 139"),
    ],
)
def test_a_program_passes_only_when_it_comes_to_its_end(program: str, verdict: str) -> None:
    assert run(program).startswith(verdict)


@pytest.mark.parametrize(
    "program",
    [
        "while True: pass",
        "import time; time.sleep(60)",
        "import signal, time\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\nwhile True: time.sleep(9)",
    ],
)
def test_a_program_that_does_not_end_is_ended(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "START_S", 3.0)
    begun = time.monotonic()
    assert run(program, SHORT) == "timed out"
    assert time.monotonic() - begun < 10


def test_a_fork_bomb_ends_with_its_sandbox_and_leaves_no_process() -> None:
    bomb = "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass"
    before = sandboxed()
    assert run(bomb, SHORT) in ("timed out", "out of memory")
    until = time.monotonic() + 5
    while (left := sandboxed() - before) and time.monotonic() < until:
        time.sleep(0.05)
    assert not left


def sandboxed() -> set[int]:
    """Return the processes of every sandbox on this machine."""
    processes = psutil.process_iter(["cmdline"])
    return {row.pid for row in processes if "<answer>" in " ".join(row.info["cmdline"] or ())}


def test_processes_are_counted() -> None:
    program = "import os, time\nmade = 0\nfor _ in range(200):\n    if os.fork() == 0: time.sleep(9)\n"
    assert "BlockingIOError" in run(program, SHORT)


def test_memory_has_an_end_in_one_process_and_over_all() -> None:
    assert run("x = bytearray(600 * 2**20)").startswith("failed: MemoryError")
    many = "import os, time\nfor _ in range(8):\n"
    many += "    if os.fork() == 0: x = b'x' * (200 * 2**20); time.sleep(9)\n"
    assert run(many + "time.sleep(9)", ProgramLimits(seconds=9)) == "out of memory"


@pytest.mark.parametrize("folder", ["/tmp", "/dev/shm", "/", "/usr", "/dev", "/var/tmp"])
def test_the_disk_cannot_be_filled(folder: str) -> None:
    fill = f"n = 0\nwhile True:\n    open('{folder}/f%d' % n, 'wb').write(bytes(2**20)); n += 1"
    output = run(fill)
    assert "OSError" in output or "FileNotFoundError" in output
    assert not Path(folder, "f0").exists()


def test_the_network_is_not_there(listener: int) -> None:
    connect = f"import socket; socket.create_connection(('127.0.0.1', {listener}), 1)"
    assert "ConnectionRefusedError" in run(connect)
    assert "OSError" in run("import socket; socket.create_connection(('192.0.2.1', 80), 1)")
    assert "gaierror" in run("import socket; socket.getaddrinfo('example.org', 80)")
    interfaces = "import socket; assert [name for _, name in socket.if_nameindex()] == ['lo']"
    assert run(interfaces) == "passed"


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "/etc/hostname", "/root", "/home", "/var", "/run", "/sys", str(Path.cwd())]
)
def test_our_files_are_not_there(path: str) -> None:
    assert "FileNotFoundError" in run(f"import os; os.stat({path!r})")


def test_our_environment_and_processes_are_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDENTIAL_OPENAI", "sk-very-secret")
    assert run("import os; assert set(os.environ) <= {'PWD', 'LC_CTYPE'}, os.environ") == "passed"
    look = "import glob\nfor path in glob.glob('/proc/[0-9]*/environ'):\n"
    look += "    try: text = open(path, 'rb').read()\n    except OSError: continue\n"
    look += "    assert b'secret' not in text"
    assert run(look) == "passed"
    assert run(f"import os; assert not os.path.exists('/proc/{os.getpid()}/status')") == "passed"
    assert (
        run("import glob; assert len(glob.glob('/proc/[0-9]*')) <= 4, glob.glob('/proc/[0-9]*')") == "passed"
    )


def test_a_link_leads_to_nothing_of_ours(tmp_path: Path) -> None:
    (tmp_path / "ours").write_text("secret")
    for program in (
        f"import os; os.symlink({str(tmp_path)!r}, '/tmp/link'); open('/tmp/link/ours').read()",
        "import os; os.symlink('/proc/1/root/etc/passwd', '/tmp/link'); open('/tmp/link').read()",
        "import os; os.link('/usr/bin/env', '/tmp/env'); os.unlink('/usr/bin/env')",
        "import os; os.chroot('/tmp')",
    ):
        assert run(program).startswith("failed: "), program
    assert (tmp_path / "ours").read_text() == "secret"


def test_no_new_rights_can_be_had() -> None:
    assert run("import os; os.setuid(0)").startswith("failed: ")
    unshare = (
        "import ctypes; assert ctypes.CDLL(None, use_errno=True).unshare(0x10000000) == 0, ctypes.get_errno()"
    )
    assert run(unshare).startswith("failed: ")
    assert run("import os; os.kill(1, 9); os.kill(-1, 9)").startswith("failed: ")


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


def test_where_it_cannot_run_it_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "_python", lambda: "")
    monkeypatch.setattr(sandbox, "_trial_failure", lambda: "bwrap: No permissions to create new namespace")
    with pytest.raises(
        sandbox.SandboxUnavailable, match="cannot be run here: bwrap: No permissions to create"
    ):
        run("")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(sandbox.SandboxUnavailable, match="bubblewrap, which is not installed"):
        run("")
