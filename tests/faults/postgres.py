"""A PostgreSQL server of our own on a free port; never the machine's."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.faults.service import free_port


class NoPostgres(RuntimeError):
    """This machine has no PostgreSQL to start a server of."""


def programs() -> Path:
    """Return the folder of initdb and pg_ctl."""
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not binaries and not (path := shutil.which("initdb")):
        raise NoPostgres("PostgreSQL's initdb is not installed; it is in the package postgresql.")
    return binaries[-1].parent if binaries else Path(str(path)).parent


@contextmanager
def postgres(env: Mapping[str, str] | None = None) -> Iterator[str]:
    """Run a server, with some variables, while the block runs; give the address of an empty database."""
    folder = Path(tempfile.mkdtemp(prefix="lagline-pg-"))
    environment = os.environ | dict(env or {})
    user = pwd.getpwnam("postgres") if os.getuid() == 0 else None  # the server refuses to run as root
    if user is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)

    def run(program: str, *arguments: str) -> None:
        as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
        command = [str(programs() / program), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment, **as_user)  # type: ignore[call-overload]

    data, port = str(folder / "data"), free_port()
    run("initdb", "-D", data, "-A", "trust", "-U", "lagline")
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1"
    run("pg_ctl", "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start")
    try:
        run("createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "lagline", "lagline")
        yield f"postgres://lagline@127.0.0.1:{port}/lagline"
    finally:
        run("pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)
