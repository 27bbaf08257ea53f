"""No published way out of a sandbox works, and none is left running or on the disk."""

from __future__ import annotations

import os
import platform
import re
import shutil
import socket
from collections.abc import Iterator
from contextlib import closing
from signal import SIGSEGV, SIGSYS

import pytest

from evals.engine.sandbox import run
from tests.evals.engine.escapes import ESCAPES, PRELUDE, Escape
from tests.evals.engine.refused_calls import REFUSED
from tests.evals.engine.sandboxes import own_sandboxes  # noqa: F401 - a fixture

pytestmark = [
    pytest.mark.skipif(shutil.which("bwrap") is None, reason="`make sandbox` installs bubblewrap"),
    pytest.mark.usefixtures("own_sandboxes"),
]
try:
    import pyseccomp
except RuntimeError:
    pytest.skip("libseccomp is not installed", allow_module_level=True)
KILLED = "failed: it ended early, with status "
BY_THE_FILTER, BY_A_KERNEL_WITHOUT_SUCH_CALLS = 128 + SIGSYS, 128 + SIGSEGV


@pytest.fixture(scope="module")
def abstract_name() -> Iterator[str]:
    """Listen on an abstract Unix socket of this machine."""
    name = f"lagline-{os.getpid()}"
    with closing(socket.socket(socket.AF_UNIX)) as server:
        server.bind(f"\0{name}")
        server.listen()
        yield name


def call_number(name: str) -> int:
    number: int = pyseccomp.resolve_syscall(pyseccomp.system_arch(), name)
    assert number >= 0, name
    return number


def write_program(escape: Escape, abstract_name: str) -> str:
    names = re.findall(r"call\({(\w+)}", escape.program)
    numbers = {name: call_number(name) for name in names}
    return PRELUDE + escape.program.format(supervisor=os.getpid(), abstract=abstract_name, **numbers)


@pytest.mark.parametrize("escape", ESCAPES, ids=lambda escape: escape.technique)
def test_an_escape_fails(escape: Escape, abstract_name: str) -> None:
    assert escape.source.startswith("https://")
    verdict = run(write_program(escape, abstract_name))
    assert verdict.startswith(escape.verdict), f"{escape.source}: {verdict}"


def test_every_refused_call_is_refused_by_the_kernel_too() -> None:
    numbers = {name: call_number(name) for name in REFUSED}
    program = f"""
for name, number in {numbers!r}.items():
    try:
        call(number, 0, 0, 0, 0, 0, 0)
    except OSError as error:
        assert error.errno == 38, (name, error)
    else:
        raise AssertionError(name)
"""
    assert run(PRELUDE + program) == "passed"


@pytest.mark.skipif(platform.machine() != "x86_64", reason="x32 and 32-bit calls are of x86-64")
@pytest.mark.parametrize(
    "program",
    [
        "call(0x40000000 | 39)",  # getpid as x32
        (
            "import mmap\n"
            "page = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=7)\n"
            "page.write(bytes.fromhex('b814000000cd80c3'))\n"  # mov eax, 20 (getpid); int 0x80; ret
            "ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()"
        ),
    ],
    ids=["x32", "int 0x80"],
)
def test_the_calls_of_another_architecture_kill(program: str) -> None:
    statuses = (BY_THE_FILTER, BY_A_KERNEL_WITHOUT_SUCH_CALLS)
    assert run(PRELUDE + program) in [f"{KILLED}{status}" for status in statuses]
