"""The static files of a service that tests start, collected as its set-up collects them."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
MANIFEST = ROOT / "build" / "static" / "staticfiles.json"
SOURCES = ("leaderboard/pages/static/**/*", "build/assets/**/*", "requirements/base.txt")


def collect_static_files() -> None:
    """Collect the static files unless they are up to date; test processes wait for each other."""
    MANIFEST.parents[1].mkdir(exist_ok=True)
    with (MANIFEST.parents[1] / "static.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        newest = max(path.stat().st_mtime for pattern in SOURCES for path in ROOT.glob(pattern))
        if not MANIFEST.exists() or MANIFEST.stat().st_mtime < newest:
            command = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
            subprocess.run(command, cwd=ROOT, check=True)
