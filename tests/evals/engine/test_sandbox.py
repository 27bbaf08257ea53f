"""What a program in the sandbox tries, it does not get; what it leaves behind is nothing."""

from __future__ import annotations

import os
import shutil
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from evals.engine import sandbox
from evals.engine.sandbox import TRIAL, run
from evals.engine.sandbox_filter import FilterUnavailable
from tests.evals.engine.sandboxes import own_sandboxes  # noqa: F401 - a fixture

pytestmark = [
    pytest.mark.skipif(shutil.which("bwrap") is None, reason="`make sandbox` installs bubblewrap"),
    pytest.mark.usefixtures("own_sandboxes"),
]


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


HONEST = {
    "asyncio": """
import asyncio
asyncio.run(asyncio.sleep(0.01))
""",
    "threads": """
import concurrent.futures, threading
threads = [threading.Thread(target=abs, args=[1]) for _ in range(20)]
for thread in threads: thread.start()
for thread in threads: thread.join()
with concurrent.futures.ThreadPoolExecutor() as pool: assert sum(pool.map(abs, range(4))) == 6
""",
    "processes": """
import multiprocessing, subprocess
child = multiprocessing.get_context("fork").Process(target=abs, args=[1])
child.start(); child.join(); assert child.exitcode == 0
assert subprocess.run(["/usr/bin/env"], capture_output=True).returncode == 0
""",
    "files": """
import mmap, shutil, tempfile
open("/tmp/a", "w").write("x" * 4096)
shutil.copy2("/tmp/a", "/tmp/b"); shutil.move("/tmp/b", "/tmp/c")
with open("/tmp/c", "r+b") as file: assert mmap.mmap(file.fileno(), 4096)[0] == 120
tempfile.TemporaryDirectory().cleanup(); tempfile.TemporaryFile().write(b"x")
""",
    "signals and time": """
import random, signal, time, uuid
signal.signal(signal.SIGALRM, lambda *_: None); signal.setitimer(signal.ITIMER_REAL, 0.1); signal.pause()
random.random(); time.sleep(0.01); uuid.uuid4()
""",
}


@pytest.mark.parametrize("program", HONEST.values(), ids=HONEST)
def test_what_honest_programs_do_works(program: str) -> None:
    assert run(program) == "passed"


def test_a_child_that_comes_to_the_end_does_not_speak_for_its_program() -> None:
    assert run("import os; os.fork()") == "passed"
    assert run("import os\nif os.fork(): os.wait(); os._exit(1)").startswith("failed: it ended early")
    assert run("import os\nif os.fork() == 0: raise ValueError\nos.wait()") == "passed"


def test_the_network_is_not_there(listener: int) -> None:
    for address in (("127.0.0.1", listener), ("192.0.2.1", 80)):
        assert "Function not implemented" in run(f"import socket; socket.create_connection({address}, 1)")
    assert "gaierror" in run("import socket; socket.getaddrinfo('example.org', 80)")


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


def test_without_our_filter_nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    allow_all = struct.pack("<HBBI", 0x06, 0, 0, 0x7FFF0000)
    monkeypatch.setattr(sandbox, "build_filter", lambda: allow_all)
    for cached in (sandbox._python, sandbox._trial_failure):
        cached.cache_clear()
    try:
        with pytest.raises(
            sandbox.SandboxUnavailable, match="the filter of system calls lets a socket through"
        ):
            run("")
    finally:
        for cached in (sandbox._python, sandbox._trial_failure):
            cached.cache_clear()


def test_the_trial_fails_outside_of_a_sandbox() -> None:
    trial = subprocess.run([sys.executable, "-c", TRIAL], capture_output=True, text=True, check=False)
    assert trial.returncode == 1
    assert "AssertionError" in trial.stderr


def test_where_the_filter_cannot_be_built_nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> bytes:
        raise FilterUnavailable("libseccomp is not installed.")

    monkeypatch.setattr(sandbox, "build_filter", fail)
    assert sandbox._try(sys.executable) == "libseccomp is not installed."


def test_an_old_kernel_counts_the_processes_of_all_sandboxes_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    release = SimpleNamespace(release="5.10.0-33-amd64")
    monkeypatch.setattr(os, "uname", lambda: release)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert sandbox._try(sys.executable) == "Linux 5.14 is needed, or an older one as root."


def test_a_sandbox_that_is_not_measured_runs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("") == "passed"
    monkeypatch.setattr(sandbox, "attach", lambda _pid, _folder: None)
    monkeypatch.setattr(sandbox, "START_S", 0.2)
    assert run("").startswith("failed: ")
