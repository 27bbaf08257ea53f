"""The version of the code that makes a run: the deployed commit."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

from django.conf import settings


def code_version() -> str:
    """Return the commit from the setting, else from git; empty if both are unknown."""
    return settings.CODE_VERSION or _commit(Path(settings.BASE_DIR))


@cache
def _commit(folder: Path) -> str:
    """Return the commit of a checkout, marked where its files were changed since."""
    command = ["git", "-C", str(folder), "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return result.stdout.strip()
