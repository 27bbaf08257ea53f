"""The real service, started by `manage.py up` on a record of its own, and clients at chosen addresses."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import psutil
import psycopg

from tests.faults.postgres import postgres
from tests.faults.service import free_port
from tests.support.accounts import totp_code
from tests.support.static_files import collect_static_files
from tests.support.uncapped import UNCAPPED
from tests.support.valkey import Valkey

ROOT = Path(__file__).resolve().parents[2]
START_S = 90.0
PASSWORD = "seven grey herons on a pier"
PLANTED = {"CREDENTIAL_PLANTED": "sk-planted-5d1e7c0b9a8f4e2d"}
CSRF = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
OPERATOR_ADDRESS = "127.77.1.1"
IMPORT_PAGE = "/admin/evals/import/add/"
SECOND_FACTOR_PAGE = "/account/authenticate/"
# Quotas are attacked, not these limits.
SETTINGS = UNCAPPED | {"ALLOWED_HOSTS": "127.0.0.1", "API_POST_RATE": "6000/min"}


@dataclass
class Service:
    """A running service, and what the attacker and the test know of it."""

    shape: str
    url: str
    folder: Path
    env: dict[str, str]
    process: subprocess.Popen[bytes]
    seeded: dict[str, Any]
    full: bool
    leaks: list[str] = field(default_factory=list)
    _operator: httpx2.Client | None = None

    def client(self, address: str = "127.0.0.1", *, token: str = "") -> httpx2.Client:
        """Return a client that connects from an address in 127.0.0.0/8, with somebody's token."""
        headers = {"Authorization": f"Bearer {self.seeded['tokens'][token]}"} if token else {}
        return httpx2.Client(
            base_url=self.url,
            transport=httpx2.HTTPTransport(local_address=address),
            headers=headers,
            timeout=60,
            event_hooks={"response": [self._look_for_secrets]},
        )

    def logged_in(self, user: str, address: str) -> httpx2.Client:
        """Return a client in which a user has logged in."""
        client = self.client(address)
        response = log_in(client, user, PASSWORD)
        assert response.status_code == 302, f"{user} cannot log in: {response.status_code}"
        if user == "root":
            fields = {"csrfmiddlewaretoken": csrf_token(client, SECOND_FACTOR_PAGE)}
            response = client.post(
                SECOND_FACTOR_PAGE, data=fields | {"code": totp_code(self.seeded["totp_secret"])}
            )
            assert response.status_code == 302, f"the second factor is refused: {response.status_code}"
        return client

    def operator(self) -> httpx2.Client:
        """Return a client in which the operator has logged in, with both factors."""
        if self._operator is None:
            self._operator = self.logged_in("root", OPERATOR_ADDRESS)
        return self._operator

    def propose_import(self, **content: Any) -> httpx2.Response:
        """Send the admin's form of imports as the operator, with a URL in `data` or a file in `files`."""
        client = self.operator()
        token = {"csrfmiddlewaretoken": client.cookies["csrftoken"]}
        return client.post(IMPORT_PAGE, data=token | content.pop("data", {}), **content)

    def count(self, *names: str) -> dict[str, int]:
        """Count rows of tables in the record."""
        return dict(run_module(self.env, "tests.attacks.seed", "count", *names))

    def web_processes(self) -> list[psutil.Process]:
        """Return the processes of the web server, without the children that read uploads."""
        children = psutil.Process(self.process.pid).children()
        return [child for child in children if "leaderboard.server" in " ".join(child.cmdline())]

    def _look_for_secrets(self, response: httpx2.Response) -> None:
        if "event-stream" in response.headers.get("content-type", ""):
            return
        content = response.read() + repr(response.headers.raw).encode()
        self.leaks += [
            f"{name} in {response.url}" for name, key in PLANTED.items() if key.encode() in content
        ]


def run_module(env: dict[str, str], *arguments: str) -> Any:
    """Run a module on the service's record, and return the JSON that it prints."""
    command = [sys.executable, "-m", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.strip().splitlines()[-1])


def log_in(client: httpx2.Client, user: str, password: str, **headers: str) -> httpx2.Response:
    """Send the login form, and return the answer."""
    token = csrf_token(client, "/login/")
    fields = {"csrfmiddlewaretoken": token, "login": user, "password": password}
    return client.post("/login/", data=fields, headers=headers)


def csrf_token(client: httpx2.Client, path: str) -> str:
    """Return the token in the form of a page."""
    response = client.get(path)
    match = CSRF.search(response.text)
    assert match, f"{path} has no form: {response.status_code}"
    return match[1]


@contextmanager
def running(shape: str, *, full: bool) -> Iterator[Service]:
    """Seed a record and run the service on it while the block runs."""
    with tempfile.TemporaryDirectory(prefix="lagline-attacks-") as name, stores(shape, Path(name)) as urls:
        folder, port = Path(name), free_port()
        env = environment(folder, urls)
        collect_static_files()
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=ROOT, env=env, check=True
        )
        seeded = run_module(env, "tests.attacks.seed", "seed")
        with (folder / "service.log").open("wb") as log:
            up = [sys.executable, "manage.py", "up", "--port", str(port), "--workers", "1"]
            process = subprocess.Popen(up, cwd=ROOT, env=env | PLANTED, stdout=log, stderr=log)
        try:
            service = Service(shape, f"http://127.0.0.1:{port}", folder, env, process, seeded, full)
            wait_until_up(service)
            yield service
        finally:
            process.terminate()
            process.wait(60)


@contextmanager
def stores(shape: str, folder: Path) -> Iterator[dict[str, str]]:
    """Give the URLs of a database and a broker of our own; the default shape needs none."""
    if shape == "default":
        yield {}
        return
    broker = Valkey(folder / "broker")
    broker.folder.mkdir()
    broker.start()
    try:
        with database() as database_url:
            yield {"DATABASE_URL": database_url, "REDIS_URL": broker.url}
    finally:
        broker.stop()


@contextmanager
def database() -> Iterator[str]:
    """Give the URL of an empty database: on the server of DATABASE_URL, or on one of our own."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        with postgres() as own:
            yield own
        return
    server, name = url.rpartition("/")[0], f"attacks_{os.getpid()}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield f"{server}/{name}"
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def environment(folder: Path, urls: dict[str, str]) -> dict[str, str]:
    """Return the environment of the service: nothing of ours but where things are."""
    ours = ("DATABASE_URL", "REDIS_URL", "COVERAGE_PROCESS_CONFIG")
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    data = folder / "data"
    return kept | urls | SETTINGS | {"DATA_DIR": str(data)}


def wait_until_up(service: Service) -> None:
    """Wait until the web server answers."""
    until = time.monotonic() + START_S
    while time.monotonic() < until and service.process.poll() is None:
        try:
            if service.client().get("/healthz").status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.2)
    raise RuntimeError(f"the service is not up:\n{(service.folder / 'service.log').read_text()[-3000:]}")
