"""A secret is set as a variable, by a file or as a systemd credential, and the web server never has a key."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from leaderboard.environment import Environment
from leaderboard.secret_sources import (
    SECRETS,
    environment_without_secrets,
    environment_without_worker_secrets,
    refuse_worker_secrets,
    remember_secret,
    secrets_read,
)

ROOT = Path(__file__).resolve().parents[2]


def secret_file(folder: Path, name: str, content: str = "a-secret-in-a-file\n", mode: int = 0o600) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(content)
    path.chmod(mode)
    return path


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_every_secret_is_read_from_a_file_without_its_last_newline(name: str, tmp_path: Path) -> None:
    variables = {f"{name}_FILE": str(secret_file(tmp_path, "s"))}
    assert Environment(variables).text(name) == "a-secret-in-a-file"


@pytest.mark.parametrize("name", ["SECRET_KEY", "CREDENTIAL_LAB"])
def test_a_secret_is_read_from_a_systemd_credential(name: str, tmp_path: Path) -> None:
    secret_file(tmp_path, name)
    assert Environment({"CREDENTIALS_DIRECTORY": str(tmp_path)}).text(name) == "a-secret-in-a-file"


def test_the_keys_of_providers_are_read_in_all_forms_and_each_when_it_is_used(tmp_path: Path) -> None:
    secret_file(tmp_path / "d", "CREDENTIAL_SYSTEMD", "from-systemd\n")
    variables = {
        "CREDENTIAL_PLAIN": "plain-value",
        "CREDENTIAL_FILED_FILE": str(secret_file(tmp_path, "f", "filed-value\n")),
        "CREDENTIAL_LOST_FILE": str(tmp_path / "missing"),
        "CREDENTIAL_EMPTY": "",
        "CREDENTIALS_DIRECTORY": str(tmp_path / "d"),
    }
    keys = Environment(variables).named("CREDENTIAL_")
    assert set(keys) == {"PLAIN", "FILED", "LOST", "SYSTEMD"}
    assert [keys[name] for name in ("PLAIN", "FILED", "SYSTEMD")] == [
        *("plain-value", "filed-value", "from-systemd")
    ]
    assert "OTHER" not in keys
    assert "plain-value" not in repr(keys)
    with pytest.raises(ImproperlyConfigured, match=r"CREDENTIAL_LOST_FILE leads to .*cannot be read"):
        keys["LOST"]


def test_a_secret_that_is_set_twice_is_refused_by_name_without_its_value(tmp_path: Path) -> None:
    path = secret_file(tmp_path, "REDIS_URL", "redis://:first-pass@a/0")
    variables = {"REDIS_URL": "redis://:second-pass@b/0", "REDIS_URL_FILE": str(path)}
    with pytest.raises(ImproperlyConfigured, match=r"REDIS_URL is set more than once") as refusal:
        Environment(variables).url("REDIS_URL", "", schemes={"redis"})
    assert "REDIS_URL_FILE" in str(refusal.value)
    assert "-pass" not in str(refusal.value)


@pytest.mark.parametrize("content", ["", "\n", "\udcff"])
def test_a_file_without_a_secret_is_refused_by_name(content: str, tmp_path: Path) -> None:
    path = tmp_path / "s"
    path.write_bytes(content.encode(errors="surrogateescape"))
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY_FILE leads to"):
        Environment({"SECRET_KEY_FILE": str(path)}).text("SECRET_KEY")


def test_a_file_that_everybody_can_read_is_named_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = secret_file(tmp_path, "s", mode=0o644)
    with caplog.at_level(logging.WARNING):
        Environment({"SECRET_KEY_FILE": str(path)}).text("SECRET_KEY")
        Environment({"SECRET_KEY_FILE": str(secret_file(tmp_path, "t", mode=0o640))}).text("SECRET_KEY")
    assert [record.getMessage() for record in caplog.records] == [
        f"{path} has mode 0644: every user of this machine can read it. Set it to 0600."
    ]


def test_the_secrets_that_were_read_are_known_and_of_a_url_its_password_only() -> None:
    variables = {"SECRET_KEY": "a-remembered-key", "DATABASE_URL": "postgres://me:p%40ssw0rd1@host/db"}
    for name in variables:
        Environment(variables).text(name)
    remember_secret("redis://host:6379/0")
    assert {"a-remembered-key", "p%40ssw0rd1", "p@ssw0rd1"} <= secrets_read()
    assert not any("host" in secret for secret in secrets_read())


def test_the_environment_of_the_web_server_has_no_key_of_a_provider(tmp_path: Path) -> None:
    for name in ("SECRET_KEY", "CREDENTIAL_B", "EXPORT_SIGNING_KEY", "unrelated"):
        secret_file(tmp_path, name)
    variables = {
        "PATH": "/bin",
        "CREDENTIAL_A": "key-of-a-provider",
        "CREDENTIAL_C_FILE": "/run/c",
        "EXPORT_SIGNING_KEY_FILE": "/run/s",
        "REDIS_URL": "redis://host/0",
        "CREDENTIALS_DIRECTORY": str(tmp_path),
    }
    shared = environment_without_worker_secrets(variables)
    assert shared == {
        "PATH": "/bin",
        "REDIS_URL": "redis://host/0",
        "SECRET_KEY_FILE": str(tmp_path / "SECRET_KEY"),
    }
    refuse_worker_secrets(shared, process="The web server")
    assert environment_without_secrets(variables) == {"PATH": "/bin"}


@pytest.mark.parametrize("name", ["CREDENTIAL_LAB", "CREDENTIAL_LAB_FILE", "EXPORT_SIGNING_KEY"])
@pytest.mark.parametrize(
    "start", ["from leaderboard.server import main; main()", "from worker.startup import *; prepare_beat()"]
)
def test_the_web_server_and_beat_refuse_to_start_with_a_key(name: str, start: str, tmp_path: Path) -> None:
    code = (
        f"import django, os; os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'leaderboard.settings'); {start}"
    )
    variables = os.environ | {"DATA_DIR": str(tmp_path), name: "value-of-a-key"}
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=variables, capture_output=True, text=True, check=False
    )
    assert result.returncode != 0
    message = f"does not start with {name.removesuffix('_FILE')} in its environment"
    assert message in result.stderr
    assert "value-of-a-key" not in result.stderr
