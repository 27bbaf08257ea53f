"""The sandbox's filter lets through what programs need, and no other system call, on both architectures."""

from __future__ import annotations

import errno
import sys

import pytest

from evals.engine import sandbox_filter
from evals.engine.sandbox_filter import ALLOWED, FilterUnavailable, build_filter
from tests.evals.engine.bpf import run_filter
from tests.evals.engine.refused_calls import REFUSED

try:
    import pyseccomp
except RuntimeError:
    pytest.skip("libseccomp is not installed", allow_module_level=True)

ALLOW, KILL, REFUSE = pyseccomp.ALLOW, pyseccomp.KILL_PROCESS, pyseccomp.ERRNO(errno.ENOSYS)
BOTH = pytest.mark.parametrize("architecture", ["X86_64", "AARCH64"])
HIGH = 1 << 32  # a bit that the kernel does not look at where the argument is an int
NEW_CALL = 4000  # a system call that does not exist yet


def decide(architecture: str, name: str, *arguments: int) -> int:
    number = getattr(pyseccomp.Arch, architecture)
    call = pyseccomp.resolve_syscall(number, name)
    assert call >= 0, f"{architecture} has no {name}"
    return run_filter(build_filter(architecture), number, call, arguments)


@BOTH
def test_the_calls_that_sandboxes_refuse_are_refused(architecture: str) -> None:
    for name in REFUSED:
        assert decide(architecture, name) == REFUSE, name
        assert name not in ALLOWED


@BOTH
def test_the_calls_that_programs_need_are_allowed(architecture: str) -> None:
    number = getattr(pyseccomp.Arch, architecture)
    existing = [name for name in ALLOWED if pyseccomp.resolve_syscall(number, name) >= 0]
    assert len(existing) > 100
    assert {decide(architecture, name) for name in existing} == {ALLOW}


@BOTH
def test_a_call_of_a_newer_kernel_is_refused(architecture: str) -> None:
    number = getattr(pyseccomp.Arch, architecture)
    assert run_filter(build_filter(architecture), number, NEW_CALL) == REFUSE


@pytest.mark.parametrize("foreign", ["X86", "X32", "ARM", "MIPS64", "AARCH64", "X86_64"])
@BOTH
def test_the_numbers_of_another_architecture_kill(architecture: str, foreign: str) -> None:
    if foreign != architecture:
        assert run_filter(build_filter(architecture), getattr(pyseccomp.Arch, foreign), 0) == KILL


def test_x32_numbers_kill_although_they_come_with_the_same_architecture() -> None:
    for number in (0, 39, 520, 544):
        assert run_filter(build_filter("X86_64"), pyseccomp.Arch.X86_64, 0x40000000 | number) == KILL


@BOTH
@pytest.mark.parametrize(
    "namespace", [0x80, 0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000]
)
def test_clone_makes_processes_and_threads_but_no_namespace(architecture: str, namespace: int) -> None:
    assert decide(architecture, "clone", 17) == ALLOW
    assert decide(architecture, "clone", 0x3D0F00) == ALLOW, "a thread of glibc"
    assert decide(architecture, "clone", 17 | namespace) == REFUSE


@BOTH
@pytest.mark.parametrize("high", [0, HIGH])
def test_nothing_types_into_a_terminal(architecture: str, high: int) -> None:
    """CVE-2017-5226; with a bit in the upper half CVE-2019-7303 and CVE-2019-10063."""
    for request in (0x5412, 0x541C):  # TIOCSTI, TIOCLINUX
        assert decide(architecture, "ioctl", 0, request | high) == REFUSE
    assert decide(architecture, "ioctl", 0, 0x5401 | high) == ALLOW, "isatty"


@BOTH
def test_only_pairs_of_unix_sockets_are_made(architecture: str) -> None:
    verdicts = {domain: decide(architecture, "socketpair", domain) for domain in range(50)}
    assert [domain for domain, verdict in verdicts.items() if verdict == ALLOW] == [1]
    assert decide(architecture, "socketpair", 16 | HIGH) == REFUSE


@BOTH
def test_memory_that_counts_in_no_process_cannot_be_had(architecture: str) -> None:
    shared, shared_validate, private, anonymous, huge = 0x1, 0x3, 0x2, 0x20, 0x40000
    for kind in (shared, shared_validate):
        assert decide(architecture, "mmap", 0, 4096, 3, kind | anonymous) == REFUSE
    assert decide(architecture, "mmap", 0, 4096, 3, private | anonymous | huge) == REFUSE
    assert decide(architecture, "mmap", 0, 4096, 3, private | anonymous) == ALLOW
    assert decide(architecture, "mmap", 0, 4096, 3, shared) == ALLOW, "a file, whose folder has a size"


@BOTH
@pytest.mark.parametrize("high", [0, HIGH])
def test_children_cannot_be_hidden_by_ignoring_their_signal(architecture: str, high: int) -> None:
    handler = 0x7F0000001000
    verdicts = {
        signal: decide(architecture, "rt_sigaction", signal | high, handler) for signal in range(1, 65)
    }
    assert [signal for signal, verdict in verdicts.items() if verdict == REFUSE] == [17]
    assert decide(architecture, "rt_sigaction", 17 | high, 0) == ALLOW, "reading it"


@BOTH
def test_prctl_names_threads_and_memory_only(architecture: str) -> None:
    verdicts = {option: decide(architecture, "prctl", option) for option in range(100)}
    assert [option for option, verdict in verdicts.items() if verdict == ALLOW] == [15, 16]


def test_without_the_library_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Missing:
        def find_spec(self, name: str, *_rest: object) -> None:
            if name == "pyseccomp":
                raise RuntimeError("Unable to find libseccomp")

    monkeypatch.delitem(sys.modules, "pyseccomp")
    monkeypatch.setattr(sys, "meta_path", [Missing(), *sys.meta_path])
    build_filter.cache_clear()
    with pytest.raises(FilterUnavailable, match="libseccomp, which builds the sandbox's filter"):
        build_filter()


def test_on_another_architecture_nothing_runs_unfiltered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pyseccomp, "system_arch", lambda: pyseccomp.Arch.S390X)
    build_filter.cache_clear()
    with pytest.raises(FilterUnavailable, match="X86_64 and AARCH64 only"):
        sandbox_filter.build_filter()
