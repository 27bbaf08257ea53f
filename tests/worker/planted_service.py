"""A real service with recognisable secrets that does real work, and everything that it wrote."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import requests

from leaderboard.exports.signing import new_signing_key
from leaderboard.secret_sources import environment_without_worker_secrets
from tests.faults.service import free_port
from tests.support.completions import Model
from tests.support.fault_plan import Fault, FaultPlan, Kind
from tests.support.planted import RedisMonitor, Secret, descendants, found_in, memory_of, redis_contents
from tests.support.provider import SimulatedProvider
from tests.support.service import DEFAULT_MODELS, Settings
from tests.support.uncapped import UNCAPPED
from worker.broker import answers, valkey_command
from worker.processes import PROJECT

KEY = Secret("provider key", 'pK7"zW+4m/9Rt=Xb2&Lc8<Vd5Nf1Gh3sQ6')
USER_KEY = Secret("key of a user", 'uK3"qY+8n/2Tb=Hd6&Jv9<Wp4Fz7Rc1sM5')
SIGNING_KEY = Secret("signing key", new_signing_key())
PASSWORD = Secret("password", "Pw-" + secrets.token_urlsafe(24))
WRONG_PASSWORD = Secret("wrong password", "Wrong-" + secrets.token_urlsafe(24))
SECRET_KEY = Secret("SECRET_KEY", secrets.token_urlsafe(48))
CONTACT = Secret("contact", f"jane.{secrets.token_hex(12)}@contact.example")
DATABASE_PASSWORD = Secret("database password", "db-" + secrets.token_urlsafe(24))
REDIS_PASSWORD = Secret("Redis password", "rd-" + secrets.token_urlsafe(24))
ACCOUNT = "jane.account@acme.example"

FORMS = " ".join(form.decode() for form in KEY.forms().values())
BODY = {"error": {"message": f"Incorrect key: {FORMS}, account {ACCOUNT}", "type": "invalid_request_error"}}
USER_FORMS = " ".join(form.decode() for form in USER_KEY.forms().values())
ECHO = {
    "id": f"id {KEY.value}",
    "model": "sim-large",
    "choices": [
        {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": f"ANSWER {FORMS}"}}
    ],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}
USER_ECHO = ECHO | {
    "id": f"id {USER_KEY.value}",
    "choices": [
        {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": USER_FORMS}}
    ],
}
HEADERS = {"X-Echo": quote(KEY.value, safe=""), "Retry-After": "1"}
USER_HEADERS = {"X-Echo": quote(USER_KEY.value, safe="")}
PLAN = FaultPlan(
    (
        Fault(Kind.REPLY, model="sim-small", status=401, body=BODY, headers=HEADERS),
        Fault(
            Kind.REDIRECT,
            model="sim-elsewhere",
            location=f"https://example.org/?key={quote(KEY.value, safe='')}",
        ),
        Fault(Kind.REPLY, model="sim-large", every=4, status=400, body=BODY, headers=HEADERS),
        Fault(Kind.REPLY, model="sim-large", every=5, attempts=(1,), status=500, body=BODY, headers=HEADERS),
        Fault(Kind.REPLY, model="sim-large", status=200, body=ECHO, headers=HEADERS),
    )
)
MODELS = (*DEFAULT_MODELS, Model("sim-elsewhere", accuracy=0.5))
PAGES = (
    *("/", "/queue/", "/status/", "/models/", "/disputes/", "/data/", "/missing/", "/runs/999999/"),
    *("/api/v1/submissions", "/api/v1/disputes", "/api/v1/models?format=csv", "/api/v1/missing"),
)
ADMIN = (
    *("endpoint", "submission", "run", "attempt", "response", "request", "import", "dispute"),
    *("limit", "score"),
)


@dataclass
class Traces:
    """What a service left behind, by what it may hold."""

    places: dict[str, bytes] = field(default_factory=dict)
    environments: dict[str, bytes] = field(default_factory=dict)
    in_memory: list[str] | None = None  # None: the memory of a process cannot be read here
    modes: dict[str, int] = field(default_factory=dict)
    states: dict[str, dict[str, Any]] = field(default_factory=dict)
    sessions: list[Secret] = field(default_factory=list)
    token: Secret = field(default_factory=lambda: Secret("token", ""))
    private_key: Secret = field(default_factory=lambda: Secret("private key of the workers", ""))


class Served:
    """`manage.py up` with planted secrets, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.traces = folder, Traces()
        for name in ("data", "tmp"):
            (folder / name).mkdir()
        self.env = {name: value for name, value in os.environ.items() if not name.startswith("CREDENTIAL")}
        self.env |= UNCAPPED | {
            "DATA_DIR": str(folder / "data"),
            "TMPDIR": str(folder / "tmp"),
            "DATABASE_URL": "",
            "REDIS_URL": "",
            "SECRET_KEY": SECRET_KEY.value,
            "CREDENTIAL_LAB": KEY.value,
            "EXPORT_SIGNING_KEY": SIGNING_KEY.value,
            "LOG_LEVEL": "DEBUG",
            "DEBUG": "on",
        }
        self.closing: list[Any] = []

    def __enter__(self) -> Served:
        self.provider = SimulatedProvider(Settings(MODELS, api_key=KEY.value, plan=PLAN)).__enter__()
        self.lab = SimulatedProvider(Settings(DEFAULT_MODELS, api_key=USER_KEY.value)).__enter__()
        self.env["INTERNAL_ENDPOINT_ORIGINS"] = f"http://127.0.0.1:{self.lab.port}"
        if os.environ.get("DATABASE_URL", "").startswith("postgres"):
            self.use_postgresql_and_redis(os.environ["DATABASE_URL"])
        self.env_of_web = environment_without_worker_secrets(self.env)
        url = f"http://127.0.0.1:{self.provider.port}/v1"
        out = self.command("-m", "tests.support.planted_record", url, PASSWORD.value, env=self.env_of_web)
        self.record = json.loads(out.splitlines()[-1])
        self.traces.token = Secret("token", self.record["token"])
        self.traces.sessions += [Secret("session", key) for key in self.record["sessions"].values()]
        self.port = free_port()
        self.log = (self.folder / "service.log").open("wb")
        command = (sys.executable, "manage.py", "up", "--port", str(self.port), "--workers", "1")
        self.process = subprocess.Popen(
            command, cwd=PROJECT, env=self.env, stdout=self.log, stderr=subprocess.STDOUT
        )
        self.url = f"http://127.0.0.1:{self.port}"
        wait_for(lambda: b"Lagline is up" in (self.folder / "service.log").read_bytes())
        return self

    def __exit__(self, *error: object) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        self.log.close()
        self.provider.__exit__(None, None, None)
        self.lab.__exit__(None, None, None)
        for close in reversed(self.closing):
            close()

    def use_postgresql_and_redis(self, url: str) -> None:
        """Create a role with a planted password and a database of its own, and start a Redis with another."""
        name, at = f"planted_{secrets.token_hex(4)}", urlsplit(url)
        role = f"CREATE ROLE {name} LOGIN PASSWORD '{DATABASE_PASSWORD.value}'"
        psql(url, role, f"CREATE DATABASE {name} OWNER {name}")
        self.closing.append(lambda: psql(url, f"DROP DATABASE {name} WITH (FORCE)", f"DROP ROLE {name}"))
        password = DATABASE_PASSWORD.value
        self.env["DATABASE_URL"] = f"postgres://{name}:{password}@{at.hostname}:{at.port or 5432}/{name}"
        socket = self.folder / "r"
        command = (*valkey_command(socket=socket, folder=self.folder / "redis"), "--requirepass")
        broker = subprocess.Popen((*command, REDIS_PASSWORD.value))
        self.closing += [broker.wait, broker.kill]
        self.env["REDIS_URL"] = f"unix://:{REDIS_PASSWORD.value}@{socket}"
        wait_for(lambda: answers(self.env["REDIS_URL"]))

    @property
    def redis_url(self) -> str:
        """Return the address of the service's Redis."""
        return self.env["REDIS_URL"] or f"unix://{self.folder / 'data' / 'valkey.sock'}"

    def command(self, *arguments: str, env: dict[str, str] | None = None) -> str:
        """Run Python with arguments, note all that it prints, and return it."""
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=PROJECT,
            env=env or self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=180,
            check=False,
        )
        if "planted_record" not in arguments[1]:
            self.traces.places[f"output of {arguments[1]}"] = done.stdout.encode()
        return done.stdout

    def work(self) -> Traces:
        """Have runs executed, log in, probe, import, export, read pages; return what is seen meanwhile."""
        monitor = RedisMonitor(self.redis_url)
        monitor.start()
        self.log_in_and_dispute()
        wait_for(lambda: all(self.state(name)["state"] in ("failed", "finished") for name in self.runs))
        self.use_own_key()
        self.probe_import_and_export()
        self.read_pages()
        self.traces.states = {name: self.state(name) for name in self.runs}
        self.look_at_processes()
        self.traces.places |= dict(redis_contents(self.redis_url))
        self.traces.places["Redis MONITOR"] = b"\n".join(monitor.lines)
        assert len(monitor.lines) > 20
        if self.env["DATABASE_URL"]:
            command = ["pg_dump", "--inserts", self.env["DATABASE_URL"]]
            self.traces.places["database"] = subprocess.run(command, capture_output=True, check=True).stdout
        self.note_modes()
        return self.traces

    @property
    def runs(self) -> dict[str, Any]:
        """Return the runs by name."""
        return dict(self.record["runs"])

    def state(self, name: str) -> dict[str, Any]:
        """Return a run as the API gives it to its submitter."""
        address, key = f"{self.url}/api/v1/runs/{self.runs[name]['run']}", self.record["token"]
        answer = requests.get(address, headers={"Authorization": f"Bearer {key}"}, timeout=30)
        return dict(answer.json()["data"])

    def get(self, address: str, *, who: str = "", token: str = "") -> None:
        """Read an address as nobody, with a session or with a token, and note what comes."""
        cookies = {"sessionid": self.record["sessions"][who]} if who else {}
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = requests.get(self.url + address, cookies=cookies, headers=headers, timeout=60)
        seen = f"{answer.status_code} {answer.headers}\n".encode() + answer.content
        reader = who or ("a token" if token else "nobody")
        self.traces.places[f"page of {reader} {address}"] = seen

    def log_in_and_dispute(self) -> None:
        """Log in with a wrong and with the right password, file a dispute, and send a wrong token."""
        for password in (WRONG_PASSWORD.value, PASSWORD.value):
            with requests.Session() as browser:
                browser.get(f"{self.url}/login/", timeout=30)
                form = {"login": "u", "password": password}
                form["csrfmiddlewaretoken"] = browser.cookies.get("csrftoken") or ""
                answer = browser.post(f"{self.url}/login/", data=form, timeout=30)
                self.traces.places[f"login {len(password)}"] = answer.content
                if session := browser.cookies.get("sessionid"):
                    self.traces.sessions.append(Secret("session", session))
        assert len(self.traces.sessions) == 3, "the right password logs in"
        dispute = {
            "fact": "model:deepseek-v3:name",
            "statement": "It has another name.",
            "evidence": ["https://example.org/"],
            "contact": CONTACT.value,
        }
        answer = requests.post(f"{self.url}/api/v1/disputes", json=dispute, timeout=30)
        assert answer.status_code == 201, answer.text
        self.traces.places["filed dispute"] = answer.content
        self.get("/api/v1/submissions", token=WRONG_PASSWORD.value)

    def use_own_key(self) -> None:
        """Store a user's key by the form, try the endpoint, submit, and wait until the key is gone."""
        form = {
            "owner": "u", "name": "own", "model": "deepseek-v3", "protocol": "openai-chat",
            "base_url": f"http://127.0.0.1:{self.lab.port}/v1", "api_model": "sim-large",
            "max_concurrency": "2", "key": USER_KEY.value,
        }  # fmt: skip
        with requests.Session() as browser:
            browser.cookies.set("sessionid", self.traces.sessions[-1].value)  # of the login
            browser.get(f"{self.url}/account/endpoints/new/", timeout=30)
            form["csrfmiddlewaretoken"] = browser.cookies.get("csrftoken") or ""
            for name, changed in (
                ("refused", {"model": "none"}),
                ("inside", {"base_url": "https://10.0.0.1"}),
            ):
                answer = browser.post(f"{self.url}/account/endpoints/new/", data=form | changed, timeout=30)
                assert answer.status_code == 400
                self.traces.places[f"{name} form of an endpoint"] = answer.content
            answer = browser.post(f"{self.url}/account/endpoints/new/", data=form, timeout=30)
            assert answer.url.endswith("/account/endpoints/u--own/"), answer.text
            self.traces.places["registered endpoint"] = answer.content
        own = "/account/endpoints/u--own"
        self.call("POST", f"{own}/preflight", {})
        wait_for(lambda: self.call("GET", f"{own}/preflight")["state"] in ("passed", "failed"))
        assert self.call("GET", f"{own}/preflight")["state"] == "passed"
        self.lab.follow(
            Fault(Kind.REPLY, model="sim-large", status=200, body=USER_ECHO, headers=USER_HEADERS)
        )
        submission = self.call("POST", "/submissions", {"endpoint": "u--own", "suite": "s1"})["id"]
        address = f"/submissions/{submission}"
        wait_for(lambda: self.call("GET", address)["paused_at"] or self.call("GET", address)["finished_at"])
        if not self.call("GET", address)["finished_at"]:  # held, for its answers are none
            self.call("POST", f"{address}/cancel", {})
        wait_for(lambda: self.call("GET", own)["key"] is None)
        for page in (f"{own}/", "/account/endpoints/", f"{address}/"):
            self.get(page, who="u")
        (path,) = (self.folder / "data" / "worker-keys").iterdir()
        self.traces.private_key = Secret("private key of the workers", path.read_text())

    def call(self, method: str, address: str, body: Any = None) -> dict[str, Any]:
        """Call the API as the user, note the response, and return its content."""
        headers = {"Authorization": f"Bearer {self.record['token']}"}
        url = f"{self.url}/api/v1{address}"
        answer = requests.request(method, url, json=body, headers=headers, timeout=30)
        assert answer.status_code < 400, answer.text
        self.traces.places[f"{method} {address}"] = answer.content
        return dict(answer.json()["data"])

    def probe_import_and_export(self) -> None:
        """Run the commands that call, read a file, and sign."""
        probed = self.command("manage.py", "probe", self.record["probed"])
        assert (
            "It does not answer a simple question (credential refused): Incorrect key: [secret]" in probed
        ), probed
        table = self.folder / "figures.csv"
        table.write_text("model,benchmark,value\nDEEPSEEK-V3,gpqa,0.5\n")
        self.command("manage.py", "import_scores", str(table), "--apply")
        assert "exports/" in self.command("manage.py", "export")

    def read_pages(self) -> None:
        """Read public pages, pages of the submitter and of the operator, and the API."""
        own = [f"/runs/{row['run']}/" for row in self.runs.values()]
        own += [f"/submissions/{row['submission']}/" for row in self.runs.values()]
        api = [f"/api/v1/runs/{row['run']}" for row in self.runs.values()]
        api += [f"/api/v1/runs/{row['run']}/samples" for row in self.runs.values()]
        for address in (*PAGES, *own, *api):
            self.get(address)
        for who in ("u", "root"):
            for address in own:
                self.get(address, who=who)
        for address in (*own, *api):
            self.get(address, token=self.record["token"])
        for table in ADMIN:
            self.get(f"/admin/evals/{table}/", who="root")
            for row in range(1, 4):
                self.get(f"/admin/evals/{table}/{row}/change/", who="root")

    def look_at_processes(self) -> None:
        """Note the environment of every process, and what the memory of the web server holds."""
        processes = descendants(self.process.pid)
        for pid, command in processes.items():
            self.traces.environments[command] = Path(f"/proc/{pid}/environ").read_bytes()
        web = [pid for pid, command in processes.items() if "leaderboard.server" in command]
        assert web, processes
        # Not a user's key: nothing wipes what the form of a request left in freed memory (docs/security.md).
        needles = {secret.name: secret for secret in (KEY, SIGNING_KEY, self.traces.private_key)}
        try:
            self.traces.in_memory = [
                place for pid in web for piece in memory_of(pid) for place in found_in(piece, needles)
            ]
            own = {"SECRET_KEY": SECRET_KEY}
            assert any(found_in(piece, own) for piece in memory_of(web[0])), "the search finds what is there"
        except PermissionError:
            self.traces.in_memory = None

    def note_modes(self) -> None:
        """Note the modes of everything in the data directory."""
        data = self.folder / "data"
        for path in (data, *data.rglob("*")):
            self.traces.modes[str(path.relative_to(self.folder))] = path.lstat().st_mode


def psql(url: str, *statements: str) -> None:
    """Run statements, each in a transaction of its own."""
    for statement in statements:
        subprocess.run(["psql", "-q", "-c", statement, url], check=True, capture_output=True)


def wait_for(condition: Any, seconds: float = 150.0) -> None:
    """Wait until a condition holds."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.2)
