"""A key that can be guessed stops the start, with the setting's name and a way to create a better one."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from leaderboard.secret_key import refuse_weak_key
from tests.documents.inventory import ROOT

STRONG = "pX4Zr_9bq7T1kVhYw2LmE6sNcD8uJf3GaRtQoI5xWvKyHzBd0nMe-CPl"


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("short", "has 5 characters; it must have at least 50"),
        (STRONG[:49], "has 49 characters"),
        ("ab" * 40, "has 2 different characters; it must be random"),
        ("django-insecure-" + STRONG, "starts with django-insecure-"),
    ],
)
def test_a_weak_key_is_refused_without_showing_it(key: str, reason: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=reason) as refused:
        refuse_weak_key("SECRET_KEY", key)
    message = str(refused.value)
    assert message.startswith("SECRET_KEY ")
    assert "secrets.token_urlsafe(48)" in message
    assert key not in message


def test_a_random_key_is_accepted() -> None:
    for _ in range(1000):
        refuse_weak_key("SECRET_KEY", secrets.token_urlsafe(48))


def run_check(tmp_path: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run `manage.py check` with settings."""
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), **settings}
    command = [sys.executable, "manage.py", "check"]
    return subprocess.run(command, check=False, cwd=ROOT, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize("name", ["SECRET_KEY", "SECRET_KEY_FALLBACKS"])
def test_the_service_does_not_start_with_a_short_key(tmp_path: Path, name: str) -> None:
    ended = run_check(tmp_path, **{name: "too-short"})
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"{name} has 9 characters")


def test_former_keys_stay_valid_for_what_they_signed(tmp_path: Path) -> None:
    ended = run_check(tmp_path, SECRET_KEY=STRONG, SECRET_KEY_FALLBACKS=f"{STRONG[::-1]},{STRONG}")
    assert ended.returncode == 0
