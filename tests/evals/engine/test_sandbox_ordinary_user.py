"""A worker that is an ordinary user, as in production, has the same sandbox as root."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from evals.engine import sandbox, sandbox_filter, sandbox_usage
from tests.evals.engine.test_sandbox_limits import FORK_BOMB, HONEST, STOPPED

pytestmark = [
    pytest.mark.skipif(shutil.which("bwrap") is None, reason="`make sandbox` installs bubblewrap"),
    pytest.mark.skipif(os.geteuid() != 0, reason="all tests of the sandbox run as an ordinary user already"),
    pytest.mark.skipif(not Path(sandbox.SYSTEM_PYTHON).exists(), reason="no Python that all users can run"),
]
USER = 12345
WORKER = """
import json, os, sys
from concurrent.futures import ThreadPoolExecutor
from evals.engine import sandbox
assert os.getresuid() == (12345,) * 3
sandbox.CROWDED = 60
limits = sandbox.ProgramLimits(seconds=1.0)
with ThreadPoolExecutor() as pool:
    print(json.dumps(list(pool.map(sandbox.run, sys.argv[1:], [limits] * 9))))
"""


@pytest.fixture
def readable_copy() -> Iterator[Path]:
    """Copy the sandbox to where every user can read it."""
    pyseccomp = pytest.importorskip("pyseccomp")
    with tempfile.TemporaryDirectory() as folder:
        engine = Path(folder, "evals", "engine")
        engine.mkdir(parents=True)
        Path(folder).chmod(0o755)
        for module in (sandbox, sandbox_filter, sandbox_usage):
            shutil.copy(str(module.__file__), engine)
        shutil.copy(pyseccomp.__file__, folder)
        yield Path(folder)


def test_an_ordinary_user_has_the_same_sandbox(readable_copy: Path) -> None:
    no_socket = "import socket; socket.socket()"
    finished = subprocess.run(
        [sandbox.SYSTEM_PYTHON, "-c", WORKER, FORK_BOMB, HONEST, FORK_BOMB, HONEST, no_socket],
        cwd=readable_copy,
        env={"PATH": os.environ["PATH"]},
        user=USER,
        group=USER,
        extra_groups=[],
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.stderr == ""
    verdicts = json.loads(finished.stdout)
    assert verdicts[1::2] == ["passed", "passed"]
    assert all(verdict in STOPPED for verdict in verdicts[0:3:2])
    assert verdicts[4] == "failed: OSError(38, 'Function not implemented')"
