"""The shipped configurations give each process its own secrets, and no password is fixed or missing."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
WORKERS = {"worker", "board"}


def make_secrets(folder: Path, **variables: str) -> dict[str, str]:
    command = [sys.executable, str(DEPLOY / "make_secrets.py"), str(folder)]
    subprocess.run(command, env={"PATH": os.environ["PATH"], **variables}, check=True)
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_text() for path in paths}


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    return dict(yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"])


def test_passwords_are_random_private_and_written_once(tmp_path: Path) -> None:
    first = make_secrets(tmp_path / "a")
    assert make_secrets(tmp_path / "a") == first
    other = make_secrets(tmp_path / "b")
    assert set(other) == set(first)
    assert not {first[name] for name in first} & {other[name] for name in other}
    modes = {str(path): stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "a" / "app").iterdir()}
    assert set(modes.values()) == {0o400}


def test_the_addresses_have_the_passwords_of_the_servers(tmp_path: Path) -> None:
    files = make_secrets(tmp_path)
    assert urlsplit(files["app/DATABASE_URL"]).password == files["postgres/password"].strip()
    assert f"requirepass {urlsplit(files['app/REDIS_URL']).password}\n" == files["valkey/valkey.conf"]
    assert len(files["app/SECRET_KEY"]) > 50


def test_secrets_of_an_earlier_installation_are_kept(tmp_path: Path) -> None:
    files = make_secrets(tmp_path, SECRET_KEY="k" * 50, POSTGRES_PASSWORD="earlier-password")
    assert files["app/SECRET_KEY"] == "k" * 50 + "\n"
    assert urlsplit(files["app/DATABASE_URL"]).password == "earlier-password"


def test_only_workers_are_given_their_secrets(services: dict[str, Any]) -> None:
    given = {
        name
        for name, service in services.items()
        if any(file["path"] == "worker.env" for file in service.get("env_file", []))
    }
    assert given == WORKERS
    for unit in (DEPLOY / "systemd").iterdir():
        keys = "LoadCredential=CREDENTIAL:" in unit.read_text()
        assert keys is unit.name.startswith("lagline-worker"), unit.name


def test_both_servers_require_a_password_that_no_file_of_ours_holds(services: dict[str, Any]) -> None:
    assert "POSTGRES_PASSWORD_FILE" in services["postgres"]["environment"]
    assert services["valkey"]["command"].startswith("valkey-server /run/valkey/valkey.conf ")
    for name in ("postgres", "valkey"):
        assert "ports" not in services[name]
        assert services[name]["depends_on"]["secrets"]["condition"] == "service_completed_successfully"


def test_the_image_holds_no_secret_of_its_build() -> None:
    """The commands of the build create a secret key; it must not be the same in every installation."""
    last = (DEPLOY / "Dockerfile").read_text().split("RUN ")[-1]
    assert (
        last.index("manage.py collectstatic") < last.index("rm -rf var") < last.index("mkdir --mode=700 var")
    )
