"""Where code that a model has written runs: a bubblewrap sandbox without network, with limits.

Namespaces, a filter of system calls (`sandbox_filter`) and the kernel's limits for a process hold a program.
What all its processes use together is measured from outside (`sandbox_usage`); beyond a limit all are killed.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from signal import SIGXCPU
from typing import IO

from evals.engine.sandbox_filter import FilterUnavailable, build_filter
from evals.engine.sandbox_usage import Meter, SandboxUsage, attach

NOBODY = 65534
UNUSED_USERS = range(0x70000000, 0x7FFFFFFF)  # systemd's documentation lists them as unused, for any purpose
FIRST_KERNEL = (5, 14)  # counts a user's processes for each user namespace; older ones for the whole machine
SYSTEM_PYTHON = "/usr/bin/python3"
WRITABLE = "/tmp"  # noqa: S108 - inside the sandbox: a small folder in memory, gone with it
# What Docker hides of /proc, as far as it is a file: addresses, keys and timers of the whole machine.
HIDDEN = "interrupts kallsyms kcore keys key-users latency_stats sched_debug timer_list"
FIRST_TO_GO = ("choom", "--adjust", "1000", "--")  # should the machine's memory run out all the same
MEBIBYTE = 2**20
START_S = 10.0  # how long bubblewrap may take to start on a busy machine
CROWDED = 20  # how often its own seconds a program may take where others keep the processors busy
LOOK_EVERY_S = 0.05
REPORT_BYTES = 4096
TIMED_OUT = 128 + SIGXCPU


class SandboxUnavailable(ValueError):
    """Code that a model has written cannot be run here, because nothing would hold it."""


@dataclass(frozen=True, slots=True)
class ProgramLimits:
    """What one program may use: address space and open files each process, the rest all together."""

    seconds: float = 3.0
    memory_mib: int = 512
    address_space_mib: int = 512
    file_mib: int = 16
    files: int = 1024
    processes: int = 32
    open_files: int = 64


# Reads the word and the program, binds itself, runs the program and, only where it came to its end, says the
# word: a program that leaves early, with whatever status, has not passed.
RUNNER = """
import os, resource, sys
seconds, space, file, processes, files = map(int, sys.argv[1:])
word, _, program = sys.stdin.buffer.read().partition(b"\\n")
os.nice(10)
resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
for limit, most in (("AS", space), ("FSIZE", file), ("NPROC", processes), ("NOFILE", files), ("CORE", 0)):
    resource.setrlimit(getattr(resource, "RLIMIT_" + limit), (most, most))
say, null = os.dup(1), os.open("/dev/null", os.O_RDWR)
for stream in (0, 1, 2):
    os.dup2(null, stream)
first, report = os.getpid(), word
try:
    exec(compile(program, "<answer>", "exec"), {})
except BaseException as error:
    report = b"failed: " + repr(error).encode(errors="replace")[:1000]
if os.getpid() == first:
    os.write(say, report)
os._exit(0)
"""
# A container may have a filter of its own, so the status is no proof: a call that only ours refuses is tried.
TRIAL = """
import errno, signal, socket
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
assert status["NoNewPrivs"].strip() == "1", "programs could gain privileges"
assert status["Seccomp"].strip() == "2", "the filter of system calls is not in force"
assert signal.getsignal(signal.SIGCHLD) == signal.SIG_DFL, "the time of child processes would not be counted"
try:
    socket.socket()
except OSError as error:
    assert error.errno == errno.ENOSYS, f"the filter of system calls is not ours: {error}"
else:
    raise AssertionError("the filter of system calls lets a socket through")
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
    if shutil.which(FIRST_TO_GO[0]) is None:
        return "Code that a model has written cannot be run here: choom (of util-linux) is not installed."
    return None if _python() else f"Code that a model has written cannot be run here: {_trial_failure()}"


@lru_cache(maxsize=1)
def _python() -> str:
    """Return the first interpreter that a sandboxed user can start, or nothing."""
    return next((path for path in _interpreters() if _try(path) == "passed"), "")


@lru_cache(maxsize=1)
def _trial_failure() -> str:
    return _try(_interpreters()[-1]).removeprefix("failed: ")


def _interpreters() -> list[str]:
    ours = str(Path(sys.executable).resolve())
    return [ours] + [path for path in (SYSTEM_PYTHON,) if Path(path).is_file() and path != ours]


def _try(python: str) -> str:
    """Run a program that looks whether the sandbox holds."""
    if os.geteuid() != 0 and _kernel_version() < FIRST_KERNEL:
        return f"Linux {'.'.join(map(str, FIRST_KERNEL))} is needed, or an older one as root."
    try:
        return _run(python, TRIAL, ProgramLimits())
    except FilterUnavailable as error:
        return str(error)


def _kernel_version() -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", os.uname().release)[:2]))


def _run(python: str, program: str, limits: ProgramLimits) -> str:
    word = secrets.token_hex(16)
    process, info = _start(python, limits)
    with process, info:
        try:
            stopped = _feed(process, info, f"{word}\n{program}", limits)
        except BaseException:
            process.kill()
            raise
        assert process.stdout is not None
        assert process.stderr is not None
        return stopped or _verdict(process.returncode, word, process.stdout, process.stderr)


def _start(python: str, limits: ProgramLimits) -> tuple[subprocess.Popen[bytes], IO[bytes]]:
    """Start a sandbox that waits for its program; return it, and where bubblewrap names its first process."""
    rules = os.memfd_create("seccomp")
    os.write(rules, build_filter())
    os.lseek(rules, 0, os.SEEK_SET)
    info, names = os.pipe()
    command = [*FIRST_TO_GO, "bwrap", "--seccomp", str(rules), "--info-fd", str(names)]
    # Root's own processes are not counted against a limit, so root starts each program as a user of its own.
    user = secrets.choice(UNUSED_USERS) if os.geteuid() == 0 else None
    try:
        process = subprocess.Popen(
            command + _arguments(python, limits),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={},
            cwd="/",
            pass_fds=(rules, names),
            start_new_session=True,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
    except BaseException:
        os.close(info)
        raise
    finally:
        os.close(rules)
        os.close(names)
    return process, os.fdopen(info, "rb")


def _feed(process: subprocess.Popen[bytes], info: IO[bytes], text: str, limits: ProgramLimits) -> str:
    """Give the sandbox its program once it is measured, wait; return why it was stopped, or nothing."""
    meter = _attach(process, info)
    if meter is None:
        _kill(process)
        return ""
    assert process.stdin is not None
    with suppress(BrokenPipeError), process.stdin as stream:
        stream.write(text.encode(errors="replace"))
    return _watch(process, meter, limits)


def _attach(process: subprocess.Popen[bytes], info: IO[bytes]) -> Meter | None:
    """Return a meter of the sandbox once it is built, or None where it never is."""
    first = json.loads(info.read() or b"{}").get("child-pid")
    until = time.monotonic() + START_S
    while first is not None and process.poll() is None and time.monotonic() < until:
        meter = attach(first, WRITABLE)
        if meter is not None:
            return meter
        time.sleep(LOOK_EVERY_S / 10)
    return None


def _watch(process: subprocess.Popen[bytes], meter: Meter, limits: ProgramLimits) -> str:
    """Wait for the end; return why the program was stopped, or nothing."""
    until = time.monotonic() + START_S + CROWDED * limits.seconds
    while True:
        try:
            process.wait(LOOK_EVERY_S)
        except subprocess.TimeoutExpired:
            usage = meter.read()
            excess = "" if usage is None else _excess(usage, limits)
            if time.monotonic() > until:
                excess = "timed out"
            if excess:
                _kill(process)
                return excess
        else:
            return ""


def _excess(usage: SandboxUsage, limits: ProgramLimits) -> str:
    if usage.seconds > limits.seconds:
        return "timed out"
    if usage.memory_bytes > limits.memory_mib * MEBIBYTE:
        return "out of memory"
    return f"failed: it made more than {limits.files} files" if usage.files > limits.files else ""


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill bubblewrap: the sandbox's first process dies with it, and all others with that one."""
    process.kill()
    process.wait()


def _verdict(status: int, word: str, output: IO[bytes], problem: IO[bytes]) -> str:
    report = output.read(REPORT_BYTES).decode(errors="replace")
    if report == word:
        return "passed"
    if status == TIMED_OUT:
        return "timed out"
    if report.startswith("failed: "):
        return report
    error = problem.read(REPORT_BYTES).decode(errors="replace").strip()
    return f"failed: {error or f'it ended early, with status {status}'}"


def _arguments(python: str, limits: ProgramLimits) -> list[str]:
    """Return bubblewrap's arguments: read-only system files, nothing of ours, a small folder to write in."""
    command = ["--unshare-user", "--unshare-all", "--disable-userns", "--die-with-parent"]
    command += ["--new-session", "--clearenv", "--cap-drop", "ALL", "--hostname", "sandbox"]
    command += ["--uid", str(NOBODY), "--gid", str(NOBODY)]
    for folder in map(Path, _system_folders(python)):
        kind, source = ("--symlink", folder.readlink()) if folder.is_symlink() else ("--ro-bind", folder)
        command += [kind, str(source), str(folder)]
    for device in ("null", "random", "urandom"):  # memory that /dev/zero shares is charged to nobody
        command += ["--dev-bind", f"/dev/{device}", f"/dev/{device}"]
    command += ["--proc", "/proc"]
    for name in HIDDEN.split():
        if Path("/proc", name).exists():
            command += ["--ro-bind", "/dev/null", f"/proc/{name}"]
    command += ["--size", str(limits.file_mib * MEBIBYTE), "--tmpfs", WRITABLE]
    command += ["--remount-ro", "/proc", "--remount-ro", "/", "--chdir", WRITABLE]
    command += [python, "-I", "-S", "-B", "-c", RUNNER]
    sizes = (limits.address_space_mib * MEBIBYTE, limits.file_mib * MEBIBYTE)
    return [*command, *map(str, (int(limits.seconds) + 2, *sizes, limits.processes, limits.open_files))]


def _system_folders(python: str) -> list[str]:
    """Return what an interpreter needs to start: the system's libraries, and its own if elsewhere."""
    system = [path for path in ("/usr", "/lib", "/lib64") if Path(path).exists()]
    home = str(Path(python).resolve().parent.parent)
    return system if home.startswith("/usr") else [*system, home]
