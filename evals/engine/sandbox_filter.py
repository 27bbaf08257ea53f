"""The system calls that a program in the sandbox may make, as a seccomp filter for bubblewrap.

An allow-list: any other call fails with ENOSYS, so that the C library falls back to an older one. A call by
the numbers of another architecture (32-bit, x32) kills the program.
"""

from __future__ import annotations

import errno
import tempfile
from functools import lru_cache
from types import ModuleType
from typing import Any

FILES = """
    access chdir chmod close close_range creat dup dup2 dup3 faccessat faccessat2 fadvise64
    fallocate fchdir fchmod fchmodat fcntl fdatasync fgetxattr flistxattr flock fstat fstatfs fsync
    ftruncate futimesat getcwd getdents getdents64 getxattr lgetxattr link linkat listxattr
    llistxattr lseek lstat mkdir mkdirat newfstatat open openat pipe pipe2 pread64 preadv preadv2
    pwrite64 pwritev pwritev2 read readlink readlinkat readv rename renameat renameat2 rmdir stat
    statfs statx symlink symlinkat truncate umask unlink unlinkat utime utimensat utimes write
    writev
"""
MEMORY = "brk madvise mprotect mremap msync munmap"
PROCESSES = """
    arch_prctl execve exit exit_group fork futex getegid geteuid getgid getgroups getpgid getpgrp
    getpid getppid getpriority getresgid getresuid getsid gettid getuid kill membarrier
    restart_syscall rseq sched_get_priority_max sched_get_priority_min sched_getaffinity
    sched_getparam sched_getscheduler sched_yield set_robust_list set_tid_address setpgid
    setpriority tgkill tkill vfork wait4 waitid
"""
RESOURCES = "getcpu getrandom getrlimit getrusage prlimit64 setrlimit sysinfo times uname"
SIGNALS = """
    alarm getitimer pause rt_sigpending rt_sigprocmask rt_sigreturn rt_sigsuspend rt_sigtimedwait
    setitimer sigaltstack
"""
TIME = "clock_getres clock_gettime clock_nanosleep gettimeofday nanosleep time"
WAITING = """
    epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2 poll
    ppoll pselect6 select timerfd_create timerfd_gettime timerfd_settime
"""
PAIRS_OF_SOCKETS = "getpeername getsockname getsockopt recvfrom recvmsg sendmsg sendto shutdown"
ALLOWED = " ".join((FILES, MEMORY, PROCESSES, RESOURCES, SIGNALS, TIME, WAITING, PAIRS_OF_SOCKETS)).split()

# CLONE_NEW… of time, mount, cgroup, uts, ipc, user, pid and network.
NAMESPACES = 0x80 | 0x20000 | 0x2000000 | 0x4000000 | 0x8000000 | 0x10000000 | 0x20000000 | 0x40000000
AF_UNIX = 1
SIGCHLD = 17
MAP_SHARED, MAP_ANONYMOUS, MAP_HUGETLB = 0x01, 0x20, 0x40000
# What files and terminals are asked. TIOCSTI and TIOCLINUX, which type into a terminal, are not among them.
TCGETS, TCGETS2, TIOCGWINSZ, FIONREAD = 0x5401, 0x802C542A, 0x5413, 0x541B
FIONBIO, FIOCLEX, FIONCLEX = 0x5421, 0x5451, 0x5450
IOCTLS = (TCGETS, TCGETS2, TIOCGWINSZ, FIONREAD, FIONBIO, FIOCLEX, FIONCLEX)
PR_SET_NAME, PR_GET_NAME, PR_SET_VMA = 15, 16, 0x53564D41
PRCTLS = (PR_SET_NAME, PR_GET_NAME, PR_SET_VMA)
# The kernel ignores the upper half of an int argument, so a comparison must too (CVE-2019-10063).
LOW_32_BITS = 0xFFFFFFFF
ARCHITECTURES = ("X86_64", "AARCH64")


class FilterUnavailable(ValueError):
    """The filter cannot be built here."""


@lru_cache(maxsize=2)
def build_filter(architecture: str = "") -> bytes:
    """Return the filter as BPF, for one of the architectures or, without a name, for this machine's."""
    seccomp = _library()
    numbers = {name: getattr(seccomp.Arch, name) for name in ARCHITECTURES}
    native = seccomp.system_arch()
    if native not in numbers.values():
        raise FilterUnavailable(f"The sandbox's filter is written for {' and '.join(ARCHITECTURES)} only.")
    rules = seccomp.SyscallFilter(seccomp.ERRNO(errno.ENOSYS))
    if architecture and numbers[architecture] != native:
        rules.remove_arch(native)
        rules.add_arch(numbers[architecture])
    rules.set_attr(seccomp.Attr.ACT_BADARCH, seccomp.KILL_PROCESS)
    for name in ALLOWED:
        rules.add_rule(seccomp.ALLOW, name)
    _allow_with_arguments(seccomp, rules)
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()


def _allow_with_arguments(seccomp: ModuleType, rules: Any) -> None:
    """Allow some calls with some arguments only: each rule is one more case in which a call is allowed."""

    def allow(name: str, argument: int, mask: int, value: int) -> None:
        rules.add_rule(seccomp.ALLOW, name, seccomp.Arg(argument, seccomp.MASKED_EQ, mask, value))

    allow("clone", 0, NAMESPACES, 0)  # clone3 fails: its flags are in memory, where no filter sees them
    allow("socketpair", 0, LOW_32_BITS, AF_UNIX)  # for asyncio
    for request in IOCTLS:
        allow("ioctl", 1, LOW_32_BITS, request)
    for option in PRCTLS:
        allow("prctl", 0, LOW_32_BITS, option)
    # Huge pages, and shared memory without a file once it is unmapped, count in no process's memory.
    allow("mmap", 3, MAP_HUGETLB | MAP_SHARED, 0)
    allow("mmap", 3, MAP_HUGETLB | MAP_ANONYMOUS, 0)
    # A program that ignores SIGCHLD hides the time of its children. Signals that differ in a bit are allowed.
    rules.add_rule(seccomp.ALLOW, "rt_sigaction", seccomp.Arg(1, seccomp.EQ, 0))
    for bit in (1 << place for place in range(7)):
        allow("rt_sigaction", 0, bit, ~SIGCHLD & bit)


def _library() -> ModuleType:
    try:
        import pyseccomp
    except RuntimeError as error:
        raise FilterUnavailable(
            "libseccomp, which builds the sandbox's filter, is not installed (`apt-get install libseccomp2`)."
        ) from error
    module: ModuleType = pyseccomp
    return module
