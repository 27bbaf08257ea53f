"""A database that is migrated once for each state of the code and then copied: migrating takes seconds."""

from __future__ import annotations

import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
DECIDE = ("*/migrations/*.py", "requirements/base.txt", "leaderboard/settings.py")


def migrated_database() -> Path:
    """Return a migrated SQLite database; whoever asks first for this state of the code makes it."""
    database = ROOT / "build" / "migrated" / f"{_state_of_the_code()}.sqlite3"
    if not database.exists():
        database.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=database.parent) as folder:
            new = Path(folder) / "lagline.sqlite3"
            environment = os.environ | {"DATA_DIR": folder, "DATABASE_URL": f"sqlite:///{new}"}
            command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
            subprocess.run(command, cwd=ROOT, env=environment, check=True)
            new.replace(database)
    return database


def _state_of_the_code() -> str:
    digest = sha256()
    for pattern in DECIDE:
        for path in sorted(ROOT.glob(pattern)):
            digest.update(f"{path.name}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]
