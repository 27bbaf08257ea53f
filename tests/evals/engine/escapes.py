"""Published ways out of a sandbox, each as a program that a model could write."""

from __future__ import annotations

from dataclasses import dataclass

HACKTRICKS = "https://book.hacktricks.wiki/en/linux-hardening/privilege-escalation/docker-security"
BREAKOUTS = f"{HACKTRICKS}/docker-breakout-privilege-escalation/index.html"
MOUNTS = f"{HACKTRICKS}/docker-breakout-privilege-escalation/sensitive-mounts.html"
COLLECTION = "https://github.com/brant-ruan/awesome-container-escape"
DOCKER_SECCOMP = "https://docs.docker.com/engine/security/seccomp/"
HUMAN_EVAL = "https://github.com/openai/human-eval/blob/master/human_eval/execution.py"
NVD = "https://nvd.nist.gov/vuln/detail/"
ENOSYS = "failed: OSError(38, "

# `call` makes a system call by its number; {names} are those of the machine that runs the test.
PRELUDE = """
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    result = libc.syscall(*(ctypes.c_long(value) for value in (number, *arguments)))
    if result == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result
"""


@dataclass(frozen=True, slots=True)
class Escape:
    """A technique, where it is described, the program that tries it, and how the verdict on it begins.

    A program whose verdict is `passed` has looked at what it could reach and asserted that it is nothing.
    """

    technique: str
    source: str
    program: str
    verdict: str


ESCAPES = [
    Escape(
        "type into the supervisor's terminal",
        f"{NVD}CVE-2017-5226",
        "call({ioctl}, 0, 0x5412, ctypes.addressof(ctypes.c_char(b'x')))",
        ENOSYS,
    ),
    Escape(
        "the same past a filter that compares 64 bits",
        f"{NVD}CVE-2019-10063",
        "call({ioctl}, 0, 0x5412 | 1 << 32, ctypes.addressof(ctypes.c_char(b'x')))",
        ENOSYS,
    ),
    Escape(
        "paste into a virtual console (TIOCLINUX)",
        "https://github.com/hartwork/antijack",
        "call({ioctl}, 0, 0x541C, ctypes.addressof(ctypes.c_char(b'\\3')))",
        ENOSYS,
    ),
    Escape(
        "overwrite the runtime's program through /proc/self/exe",
        f"{NVD}CVE-2019-5736",
        "open('/proc/self/exe', 'r+b')",
        "failed: ",
    ),
    Escape(
        "overwrite bubblewrap through /proc/1/exe",
        f"{NVD}CVE-2019-5736",
        "open('/proc/1/exe', 'r+b')",
        "failed: ",
    ),
    Escape(
        "walk out through a leaked descriptor or working directory",
        f"{NVD}CVE-2024-21626",
        "assert os.getcwd() == '/tmp'\n"
        "for name in range(64):\n"
        "    try: target = os.readlink(f'/proc/self/fd/{{name}}')\n"
        "    except FileNotFoundError: continue\n"
        "    assert target == '/dev/null' or target.startswith('pipe:'), target",
        "passed",
    ),
    Escape(
        "reach the machine's files through /proc/1/root and /proc/1/cwd",
        BREAKOUTS,
        "own = set(os.listdir('/'))\n"
        "assert set(os.listdir('/proc/1/root')) == own and not os.path.exists('/proc/1/root/etc')\n"
        "assert set(os.listdir('/proc/1/cwd')) <= own",
        "passed",
    ),
    Escape(
        "reach the supervisor's descriptors through /proc/1/fd",
        BREAKOUTS,
        "for name in os.listdir('/proc/1/fd'):\n"
        "    target = os.readlink(f'/proc/1/fd/{{name}}')\n"
        "    assert target.startswith(('pipe:', 'anon_inode:')), target",
        "passed",
    ),
    Escape(
        "climb above the root",
        "https://filippo.io/escaping-a-chroot-jail-slash-1/",
        "os.chdir('/'); os.mkdir('/tmp/jail'); os.chroot('/tmp/jail')",
        ENOSYS,
    ),
    Escape(
        "run a release_agent by a cgroup mount",
        f"{NVD}CVE-2022-0492",
        "assert 'cgroup' not in open('/proc/self/mountinfo').read()\ncall({mount}, 0, 0, 0, 0, 0)",
        ENOSYS,
    ),
    Escape(
        "have the kernel run a program: core_pattern",
        BREAKOUTS,
        "open('/proc/sys/kernel/core_pattern', 'w').write('|/tmp/x')",
        "failed: ",
    ),
    Escape(
        "have the kernel run a program: modprobe, uevent_helper, binfmt_misc",
        BREAKOUTS,
        "root = '/proc/sys'\n"
        "paths = f'{{root}}/kernel/modprobe {{root}}/fs/binfmt_misc/register /sys/kernel/uevent_helper'\n"
        "for path in paths.split():\n"
        "    try: open(path, 'w')\n"
        "    except OSError: pass\n"
        "    else: raise AssertionError(path)",
        "passed",
    ),
    Escape(
        "crash or read the machine through /proc",
        MOUNTS,
        "names = 'sysrq-trigger kcore kmsg kpageflags keys key-users timer_list kallsyms interrupts'\n"
        "for name in names.split():\n"
        "    try: text = open('/proc/' + name).read(100)\n"
        "    except OSError: continue\n"
        "    assert text == '', (name, text)",
        "passed",
    ),
    Escape(
        "a writable file in /proc",
        BREAKOUTS,
        "for folder, _, names in os.walk('/proc/sys'):\n"
        "    for name in names:\n"
        "        try: os.close(os.open(os.path.join(folder, name), os.O_WRONLY))\n"
        "        except OSError: continue\n"
        "        raise AssertionError(name)",
        "passed",
    ),
    Escape(
        "a user namespace, where one is root again",
        f"{NVD}CVE-2022-0185",
        "call({unshare}, 0x10000000)",
        ENOSYS,
    ),
    Escape(
        "a user namespace by clone",
        f"{NVD}CVE-2022-0185",
        "call({clone}, 0x10000000 | 17, 0, 0, 0, 0)",
        ENOSYS,
    ),
    Escape(
        "a user namespace by clone3, whose flags no filter sees",
        f"{NVD}CVE-2021-41133",
        "call({clone3}, ctypes.addressof((ctypes.c_ulong * 11)(0x10000000)), 88)",
        ENOSYS,
    ),
    Escape(
        "a file system of one's own by the new mount calls",
        f"{NVD}CVE-2021-41133",
        "call({fsopen}, 0, 0)",
        ENOSYS,
    ),
    Escape(
        "a setuid program",
        "https://gtfobins.github.io/#+suid",
        "import subprocess\n"
        "mounts = [line.split()[5] for line in open('/proc/self/mountinfo')]\n"
        "assert all('nosuid' in options for options in mounts)\n"
        "assert 'NoNewPrivs:\\t1' in open('/proc/self/status').read()\n"
        "for name in ('/usr/bin/su', '/usr/bin/mount', '/usr/bin/passwd'):\n"
        "    if os.path.exists(name):\n"
        "        assert subprocess.run([name, '/tmp'], capture_output=True).returncode != 0",
        "passed",
    ),
    Escape(
        "a user or group of one's choice",
        HUMAN_EVAL,
        "for change in (os.setuid, os.setgid, os.seteuid):\n"
        "    try: change(0)\n"
        "    except OSError: continue\n"
        "    raise AssertionError(change)\n"
        "assert os.getresuid() == (65534,) * 3",
        "passed",
    ),
    Escape(
        "any capability",
        COLLECTION,
        "lines = [line for line in open('/proc/self/status') if line.startswith('Cap')]\n"
        "assert len(lines) == 5 and all(int(line.split()[1], 16) == 0 for line in lines), lines",
        "passed",
    ),
    Escape(
        "drop the filter by starting another program",
        "https://man7.org/linux/man-pages/man2/seccomp.2.html",
        "import subprocess\n"
        "status = subprocess.run(['/usr/bin/env', 'cat', '/proc/self/status'], capture_output=True).stdout\n"
        "assert b'Seccomp:\\t2' in status and b'NoNewPrivs:\\t1' in status, status",
        "passed",
    ),
    Escape(
        "avoid the filter by io_uring",
        "https://security.googleblog.com/2023/06/learnings-from-kctf-vrps-42-linux.html",
        "call({io_uring_setup}, 8, ctypes.addressof((ctypes.c_char * 120)()))",
        ENOSYS,
    ),
    Escape(
        "trace another process",
        "https://attack.mitre.org/techniques/T1055/008/",
        "call({ptrace}, 16, 1, 0, 0)",
        ENOSYS,
    ),
    Escape(
        "read another process's memory, such as the expected answer in the supervisor's",
        HUMAN_EVAL,
        "assert not os.path.exists('/proc/{supervisor}/mem')\n"
        "try: open('/proc/1/mem', 'rb').read(1)\n"
        "except OSError: pass\n"
        "call({process_vm_readv}, {supervisor}, 0, 0, 0, 0, 0)",
        ENOSYS,
    ),
    Escape(
        "take another process's descriptors",
        "https://man7.org/linux/man-pages/man2/pidfd_getfd.2.html",
        "call({pidfd_open}, 1, 0)",
        ENOSYS,
    ),
    Escape("signal the supervisor", HUMAN_EVAL, "os.kill({supervisor}, 9)", "failed: ProcessLookupError"),
    Escape("the kernel's keyring", f"{NVD}CVE-2016-0728", "call({keyctl}, 0, -3, 0)", ENOSYS),
    Escape("eBPF", f"{NVD}CVE-2021-3490", "call({bpf}, 0, 0, 0)", ENOSYS),
    Escape(
        "a handle of a file outside (Shocker)",
        "https://github.com/gabrtv/shocker",
        "call({open_by_handle_at}, 0, 0, 0)",
        ENOSYS,
    ),
    Escape(
        "overwrite a read-only file through a pipe (Dirty Pipe)",
        f"{NVD}CVE-2022-0847",
        "r, w = os.pipe(); fd = os.open('/usr/bin/env', os.O_RDONLY)\ncall({splice}, fd, 0, w, 0, 1, 0)",
        ENOSYS,
    ),
    Escape(
        "overwrite a read-only mapping through /proc/self/mem (Dirty COW)",
        f"{NVD}CVE-2016-5195",
        "os.open('/proc/self/mem', os.O_RDWR)",
        "failed: OSError(30, ",
    ),
    Escape("handle page faults oneself", DOCKER_SECCOMP, "call({userfaultfd}, 0)", ENOSYS),
    Escape(
        "a device of the machine",
        BREAKOUTS,
        "assert set(os.listdir('/dev')) == {{'null', 'random', 'urandom'}}, os.listdir('/dev')\n"
        "assert not os.path.exists('/sys')\n"
        "os.mknod('/tmp/disk', 0o60600, os.makedev(8, 0))",
        ENOSYS,
    ),
    Escape(
        "Docker's socket, or another",
        BREAKOUTS,
        "places = '/run /var /var/run/docker.sock /run/containerd /run/systemd /run/postgresql /home /root'\n"
        "assert not any(map(os.path.lexists, places.split()))\n"
        "assert set(os.listdir('/')) <= {{'dev', 'lib', 'lib64', 'proc', 'tmp', 'usr'}}, os.listdir('/')",
        "passed",
    ),
    Escape(
        "an abstract Unix socket of the machine",
        f"{NVD}CVE-2020-15257",
        "assert len(open('/proc/net/unix').readlines()) == 1\n"
        "import socket; socket.socket(socket.AF_UNIX).connect('\\0{abstract}')",
        ENOSYS,
    ),
    Escape(
        "a cloud's metadata service",
        "https://attack.mitre.org/techniques/T1552/005/",
        "import socket; socket.create_connection(('169.254.169.254', 80), 1)",
        ENOSYS,
    ),
    Escape(
        "raw packets",
        f"{NVD}CVE-2020-14386",
        "import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
        ENOSYS,
    ),
    Escape(
        "a network interface",
        COLLECTION,
        "names = [line.split(':')[0].strip() for line in open('/proc/net/dev') if ':' in line]\n"
        "assert names == ['lo'], names",
        "passed",
    ),
    Escape(
        "shared memory of another program",
        "https://man7.org/linux/man-pages/man7/ipc_namespaces.7.html",
        "assert not os.path.exists('/dev/shm')\n"
        "for kind in ('shm', 'msg', 'sem'):\n"
        "    assert len(open('/proc/sysvipc/' + kind).readlines()) == 1\n"
        "call({shmget}, 1, 4096, 0o1600)",
        ENOSYS,
    ),
    Escape(
        "the machine's clock",
        DOCKER_SECCOMP,
        "import time; time.clock_settime(time.CLOCK_REALTIME, 0)",
        ENOSYS,
    ),
    Escape(
        "the machine's name",
        DOCKER_SECCOMP,
        "import socket\nassert os.uname().nodename == 'sandbox'\nsocket.sethostname('x')",
        ENOSYS,
    ),
    Escape(
        "raise a limit",
        HUMAN_EVAL,
        "import resource\n"
        "for name in ('AS', 'CPU', 'NPROC', 'NOFILE', 'FSIZE', 'CORE'):\n"
        "    limit = getattr(resource, 'RLIMIT_' + name)\n"
        "    try: resource.setrlimit(limit, (resource.RLIM_INFINITY,) * 2)\n"
        "    except ValueError: continue\n"
        "    raise AssertionError(name)",
        "passed",
    ),
    Escape(
        "a better place at the processor or when memory runs out",
        "https://man7.org/linux/man-pages/man5/proc_pid_oom_score_adj.5.html",
        "assert open('/proc/self/oom_score_adj').read() == '1000\\n' and os.nice(0) >= 10\n"
        "try: os.nice(-1)\n"
        "except PermissionError: open('/proc/self/oom_score_adj', 'w')",
        "failed: OSError(30, ",
    ),
    Escape(
        "leave the session, for a share of the processor of one's own",
        "https://man7.org/linux/man-pages/man7/sched.7.html",
        "if os.fork() == 0:\n"
        "    try: os.setsid()\n"
        "    except OSError: os._exit(0)\n"
        "    os._exit(1)\n"
        "assert os.wait()[1] == 0",
        "passed",
    ),
    Escape(
        "say that it has passed: exit status",
        HUMAN_EVAL,
        "os._exit(0)",
        "failed: it ended early, with status 0",
    ),
    Escape("say that it has passed: SystemExit", HUMAN_EVAL, "sys.exit(0)", "failed: SystemExit(0)"),
    Escape(
        "say that it has passed: in any stream",
        HUMAN_EVAL,
        "for fd in range(64):\n    try: os.write(fd, b'passed')\n    except OSError: pass\nos._exit(0)",
        "failed: ",
    ),
    Escape(
        "say that it has passed: a traceback hook",
        HUMAN_EVAL,
        "sys.excepthook = lambda *_: os._exit(0)\nraise ValueError",
        "failed: ValueError()",
    ),
]
