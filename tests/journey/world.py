"""A simulated world: an installation from an empty data directory, and all outside that it talks to."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from tests.faults.postgres import postgres
from tests.faults.service import free_port
from tests.journey.clock import Clock
from tests.journey.provider import NotingProvider
from tests.support.mail_server import MailServer
from tests.support.name_server import NameServer
from tests.support.static_files import collect_static_files
from tests.support.valkey import Valkey
from tests.support.webhook_receiver import Receiver

ROOT = Path(__file__).resolve().parents[2]
LOGS = ROOT / "build" / "journey"
START_S = 120.0
OPERATOR, PASSWORD = "root", "nine quiet boats on a canal"
NOT_OURS = ("DATABASE_URL", "REDIS_URL", "COVERAGE_PROCESS_CONFIG", "DJANGO_SETTINGS_MODULE")


@dataclass
class World:
    """A running installation, its surroundings, and the keys that exist in it."""

    shape: str
    url: str
    folder: Path
    env: dict[str, str]
    clock: Clock
    mails: MailServer
    names: NameServer
    receiver: Receiver
    lab_provider: NotingProvider
    operator_provider: NotingProvider
    lab_key: str
    operator_key: str

    def manage(self, *arguments: str, **extra: str) -> str:
        """Run a command of the operator, and return what it prints."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.env | extra,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{arguments[0]}: {done.stderr[-1500:]}"
        return done.stdout

    def client(self, token: str = "") -> httpx2.Client:
        """Return a client of the API."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx2.Client(base_url=f"{self.url}/api/v1/", headers=headers, timeout=30)

    def written(self) -> Iterator[tuple[str, bytes]]:
        """Return the files that the service has written, by name, and its log."""
        for path in self.folder.rglob("*"):
            if path.is_file():
                yield str(path.relative_to(self.folder)), path.read_bytes()


@contextmanager
def simulated_world(shape: str) -> Iterator[World]:
    """Set up an installation in an empty folder, and run it while the block runs."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lagline-journey-")))
        folder.chmod(0o755)
        clock = Clock(folder)
        lab_key, operator_key = (f"sk-{name}-{secrets.token_hex(12)}" for name in ("lab", "operator"))
        world = World(
            shape=shape,
            url=f"http://127.0.0.1:{free_port()}",
            folder=folder,
            env={},
            clock=clock,
            mails=stack.enter_context(MailServer()),
            names=stack.enter_context(NameServer()),
            receiver=stack.enter_context(Receiver()),
            lab_provider=stack.enter_context(NotingProvider(lab_key)),
            operator_provider=stack.enter_context(NotingProvider(operator_key)),
            lab_key=lab_key,
            operator_key=operator_key,
        )
        world.env = environment(world) | stack.enter_context(stores(shape, folder, clock))
        set_up(world)
        stack.enter_context(running(world))
        yield world


def environment(world: World) -> dict[str, str]:
    """Return the settings of the installation; nothing of ours but the search paths."""
    kept = {name: value for name, value in os.environ.items() if name not in NOT_OURS}
    origins = (world.lab_provider.url, world.operator_provider.url)
    return kept | world.clock.environment | {
        "DATA_DIR": str(world.folder / "data"),
        "PUBLIC_URL": world.url,
        "SIMULATED_WORLD": "on",
        "INTERNAL_ENDPOINT_ORIGINS": ",".join(origins),
        "WEBHOOK_ALLOWED_HOSTS": world.receiver.host,
        "EMAIL_URL": world.mails.url,
        "DNS_RESOLVERS": world.names.address,
    }  # fmt: skip


@contextmanager
def stores(shape: str, folder: Path, clock: Clock) -> Iterator[dict[str, str]]:
    """Give the URLs of a database and a broker that follow the clock; the default shape starts its own."""
    if shape == "default":
        yield {}
        return
    (folder / "broker").mkdir()
    broker = Valkey(folder / "broker", clock.environment)
    broker.start()
    try:
        with postgres(clock.environment) as database_url:
            yield {"DATABASE_URL": database_url, "REDIS_URL": broker.url}
    finally:
        broker.stop()


def set_up(world: World) -> None:
    """Create the database, load the suites, and make the first operator, as docs/operating.md says."""
    world.manage("migrate", "--verbosity", "0")
    world.manage("catalogue")
    world.manage("policies")
    collect_static_files()
    world.manage(
        "createsuperuser", "--noinput", "--username", OPERATOR, "--email", "root@operator.example",
        DJANGO_SUPERUSER_PASSWORD=PASSWORD,
    )  # fmt: skip


@contextmanager
def running(world: World) -> Iterator[None]:
    """Run `manage.py up` while the block runs; only it gets the operator's key."""
    port = world.url.rpartition(":")[2]
    with (world.folder / "service.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--port", port],
            cwd=ROOT,
            env=world.env | {"CREDENTIAL_OPERATOR": world.operator_key},
            stdout=log,
            stderr=log,
        )
    try:
        wait_until_up(world, process)
        yield
    finally:
        process.terminate()
        process.wait(60)
        shutil.copy(world.folder / "service.log", LOGS / f"{world.shape}.log")


def wait_until_up(world: World, process: subprocess.Popen[bytes]) -> None:
    """Wait until every part of the service answers. Raises RuntimeError with the end of the log."""
    until = time.monotonic() + START_S
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx2.get(f"{world.url}/healthz", timeout=5).status_code == 200:
                return
        except httpx2.TransportError:
            pass
        time.sleep(0.2)
    raise RuntimeError(f"the service is not up:\n{(world.folder / 'service.log').read_text()[-3000:]}")
