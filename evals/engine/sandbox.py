"""Where code that a model has written runs: a bubblewrap sandbox without network, with limits."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from signal import SIGALRM, SIGXCPU
from typing import IO

import psutil

NOBODY = 65534
SYSTEM_PYTHON = "/usr/bin/python3"
WRITABLE = "/tmp"  # noqa: S108 - inside the sandbox: a small folder in memory, gone with it
MEBIBYTE = 2**20
START_S = 10.0  # how long an interpreter may take to start on a busy machine, beside the program's own time
LOOK_EVERY_S = 0.05
REPORT_BYTES = 4096
TIMED_OUT = frozenset({128 + SIGALRM, 128 + SIGXCPU})


class SandboxUnavailable(ValueError):
    """Code that a model has written cannot be run here, because nothing would hold it."""


@dataclass(frozen=True, slots=True)
class ProgramLimits:
    """What one program may use; the address space is a process's, the memory that of all together."""

    seconds: float = 3.0
    memory_mib: int = 512
    address_space_mib: int = 512
    file_mib: int = 16
    processes: int = 32
    open_files: int = 64


# Reads the word and the program, binds itself, runs the program and, only where it came to its end, says the
# word: a program that leaves early, with whatever status, has not passed.
RUNNER = """
import os, resource, signal, sys
seconds, space, file, processes, files = float(sys.argv[1]), *map(int, sys.argv[2:])
word, _, program = sys.stdin.buffer.read().partition(b"\\n")
say, null = os.dup(1), os.open("/dev/null", os.O_RDWR)
for stream in (0, 1, 2):
    os.dup2(null, stream)
for limit, most in (
    ("CPU", int(seconds) + 1), ("AS", space), ("FSIZE", file), ("NPROC", processes), ("NOFILE", files),
    ("CORE", 0),
):
    resource.setrlimit(getattr(resource, "RLIMIT_" + limit), (most, most))
signal.setitimer(signal.ITIMER_REAL, seconds)
try:
    exec(compile(program, "<answer>", "exec"), {})
except BaseException as error:
    os.write(say, b"failed: " + repr(error).encode(errors="replace")[:1000])
else:
    os.write(say, word)
os._exit(0)
"""


def run(program: str, limits: ProgramLimits = ProgramLimits()) -> str:
    """Run a program; return `passed`, `timed out`, `out of memory`, or `failed:` with the reason."""
    refusal = unavailable()
    if refusal is not None:
        raise SandboxUnavailable(refusal)
    return _run(_python(), program, limits)


def unavailable() -> str | None:
    """Return a sentence that says why nothing can be run here, or None where a trial has passed."""
    if shutil.which("bwrap") is None:
        return (
            "Code that a model has written runs only in bubblewrap, which is not installed (`make sandbox`)."
        )
    return None if _python() else f"Code that a model has written cannot be run here: {_trial_failure()}"


@lru_cache(maxsize=1)
def _python() -> str:
    """Return the first interpreter that a sandboxed user can start, or nothing."""
    return next((path for path in _interpreters() if _run(path, "", ProgramLimits()) == "passed"), "")


@lru_cache(maxsize=1)
def _trial_failure() -> str:
    return _run(_interpreters()[-1], "", ProgramLimits()).removeprefix("failed: ")


def _interpreters() -> list[str]:
    ours = str(Path(sys.executable).resolve())
    return [ours] + [path for path in (SYSTEM_PYTHON,) if Path(path).is_file() and path != ours]


def _run(python: str, program: str, limits: ProgramLimits) -> str:
    word = secrets.token_hex(16)
    as_root = os.geteuid() == 0
    with tempfile.TemporaryFile() as source:
        source.write(f"{word}\n{program}".encode(errors="replace"))
        source.seek(0)
        process = subprocess.Popen(
            _command(python, limits),
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={},
            cwd="/",
            start_new_session=True,
            # Root's own processes are not counted against a limit, so root starts as nobody.
            user=NOBODY if as_root else None,
            group=NOBODY if as_root else None,
            extra_groups=[] if as_root else None,
        )
        with process:
            stopped = _watch(process, limits)
            assert process.stdout is not None
            assert process.stderr is not None
            return stopped or _verdict(process.returncode, word, process.stdout, process.stderr)


def _watch(process: subprocess.Popen[bytes], limits: ProgramLimits) -> str:
    """Wait for the end; what takes too long or too much memory is killed with all that it started."""
    until = time.monotonic() + START_S + limits.seconds
    while True:
        try:
            process.wait(LOOK_EVERY_S)
        except subprocess.TimeoutExpired:
            late = time.monotonic() > until
            if late or _memory(process.pid) > limits.memory_mib * MEBIBYTE:
                process.kill()  # the sandbox's first process dies with it, and all others with that one
                process.wait()
                return "timed out" if late else "out of memory"
        else:
            return ""


def _memory(pid: int) -> int:
    try:
        processes = psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return 0
    total = 0
    for process in processes:
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


def _verdict(status: int, word: str, output: IO[bytes], problem: IO[bytes]) -> str:
    report = output.read(REPORT_BYTES).decode(errors="replace")
    if report == word:
        return "passed"
    if status in TIMED_OUT:
        return "timed out"
    if report.startswith("failed: "):
        return report
    error = problem.read(REPORT_BYTES).decode(errors="replace").strip()
    return f"failed: {error or f'it ended early, with status {status}'}"


def _command(python: str, limits: ProgramLimits) -> list[str]:
    """Return the sandbox's command: read-only system files, nothing of ours, a small folder to write in."""
    command = ["bwrap", "--unshare-user", "--unshare-all", "--disable-userns", "--die-with-parent"]
    command += ["--new-session", "--clearenv", "--cap-drop", "ALL", "--hostname", "sandbox"]
    command += ["--uid", str(NOBODY), "--gid", str(NOBODY)]
    for folder in map(Path, _system_folders(python)):
        kind, source = ("--symlink", folder.readlink()) if folder.is_symlink() else ("--ro-bind", folder)
        command += [kind, str(source), str(folder)]
    for device in ("null", "zero", "random", "urandom"):
        command += ["--dev-bind", f"/dev/{device}", f"/dev/{device}"]
    command += ["--proc", "/proc", "--size", str(limits.file_mib * MEBIBYTE), "--tmpfs", WRITABLE]
    command += ["--remount-ro", "/", "--chdir", WRITABLE, python, "-I", "-S", "-B", "-c", RUNNER]
    sizes = (limits.address_space_mib * MEBIBYTE, limits.file_mib * MEBIBYTE)
    return [*command, str(limits.seconds), *map(str, (*sizes, limits.processes, limits.open_files))]


def _system_folders(python: str) -> list[str]:
    """Return what an interpreter needs to start: the system's libraries, and its own if elsewhere."""
    system = [path for path in ("/usr", "/lib", "/lib64") if Path(path).exists()]
    home = str(Path(python).resolve().parent.parent)
    return system if home.startswith("/usr") else [*system, home]
