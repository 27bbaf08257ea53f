"""The demo: evaluate real local models through the API, and show the leaderboard."""

from __future__ import annotations

import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from evals import queries
from evals.models import Form
from evals.operations.catalogue.registration import register_developer, register_model
from evals.operations.endpoints.registration import register_endpoint
from worker.local_models import LocalModel, server_version, start_server
from worker.processes import Program, spawn

SUITES = "lagline-mini,lagline-glance"
START_SECONDS = 90.0
POLL_S = 0.5
REQUEST_TIMEOUT_S = 30
UNKNOWN_COUNTRY = "ZZ"  # private use in ISO 3166: such a model belongs to no country's cohort
GIVEN = "weights given on the command line"
ENDED = frozenset({"FINISHED", "FAILED", "CANCELLED", "REJECTED"})


class DemoFailed(Exception):
    """The demo cannot continue; the message says why."""


@dataclass(frozen=True)
class Api:
    """A client of the service's REST API."""

    url: str
    token: str = ""

    def get(self, path: str, **parameters: str) -> Any:
        """Return the JSON of an address."""
        answer = requests.get(f"{self.url}/api/v1/{path}", params=parameters, timeout=REQUEST_TIMEOUT_S)
        answer.raise_for_status()
        return answer.json()

    def submit(self, endpoint: str, suite: str) -> str:
        """Submit an endpoint to a suite and return the submission's id."""
        answer = requests.post(
            f"{self.url}/api/v1/submissions",
            json={"endpoint": endpoint, "suite": suite},
            headers={"Authorization": f"Bearer {self.token}", "Idempotency-Key": str(uuid.uuid4())},
            timeout=REQUEST_TIMEOUT_S,
        )
        if answer.status_code != requests.codes.created:
            raise DemoFailed(f"The API refused {endpoint} on {suite}: {answer.status_code} {answer.text}")
        return str(answer.json()["data"]["id"])


@contextmanager
def service(port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run `manage.py up` during the block; it stops its children in order at the end."""
    process = spawn(Program("up", (sys.executable, "manage.py", "up", "--port", str(port))))
    try:
        wait_until_answering(process, f"http://127.0.0.1:{port}/healthz", "The service")
        yield process
    finally:
        process.terminate()
        process.wait()


@contextmanager
def serving(models: list[LocalModel], ports: list[int], logs: Path) -> Iterator[None]:
    """Run one llama.cpp server per model during the block."""
    processes: list[subprocess.Popen[bytes]] = []
    try:
        for model, port in zip(models, ports, strict=True):
            log = logs / f"{model.slug}.log"
            processes.append(start_server(model, port=port, threads=2 if len(models) == 1 else 1, log=log))
        for model, port, process in zip(models, ports, processes, strict=True):
            wait_until_answering(process, f"http://127.0.0.1:{port}/health", f"The server of {model.name}")
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def wait_until_answering(process: subprocess.Popen[bytes], url: str, name: str) -> None:
    """Wait until an address answers 200; raise DemoFailed with the name if it does not."""
    until = time.monotonic() + START_SECONDS
    while True:
        if process.poll() is not None:
            raise DemoFailed(f"{name} ended with status {process.returncode} at its start.")
        if time.monotonic() > until:
            raise DemoFailed(f"{name} does not answer after {START_SECONDS:.0f} seconds.")
        with suppress(requests.RequestException):
            if requests.get(url, timeout=2).ok:
                return
        time.sleep(POLL_S)


def register(models: list[LocalModel], ports: list[int], suites: list[str]) -> list[tuple[str, str]]:
    """Register the models that the catalogue lacks and their endpoints; return endpoint and suite pairs."""
    pairs = zip(models, ports, strict=True)
    return [(register_one(model, port, suite), suite) for model, port in pairs for suite in suites]


def register_one(model: LocalModel, port: int, suite: str) -> str:
    """Register the endpoint of a local model with a protocol that can answer a suite; return its slug."""
    scored = asks_likelihoods(suite)
    if not model.in_catalogue:
        register_developer(slug="unattributed", name="Unattributed", country=UNKNOWN_COUNTRY, source=GIVEN)
        register_model(
            slug=model.slug, name=model.name, developer="unattributed", openness="open", source=GIVEN
        )
    slug = f"local-{model.slug}{'-likelihoods' if scored else ''}"
    register_endpoint(
        slug=slug,
        model=model.slug,
        provider=f"localhost, {server_version()}",
        protocol="llama-cpp" if scored else model.protocol,
        base_url=f"http://127.0.0.1:{port}/v1",
        api_model=model.slug,
        internal_allowed=True,
        max_concurrency=1,
    )
    return slug


def asks_likelihoods(suite: str) -> bool:
    """Tell whether a suite has a likelihood task, which chat completions cannot answer."""
    suite_row = queries.suites().filter(slug=suite).first()
    if suite_row is None:
        raise DemoFailed(f"There is no suite {suite!r}.")
    return any(task.form == Form.LIKELIHOOD for task in suite_row.tasks.all())


def follow(api: Api, submissions: list[str], console: Console) -> list[dict[str, Any]]:
    """Show the progress of submissions until all have ended, and return them."""
    columns = (
        TextColumn("{task.description:24}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[seen]}"),
    )
    with Progress(*columns, console=console) as progress:
        bars = [progress.add_task(id_, total=None, seen="") for id_ in submissions]
        while True:
            states = [api.get(f"submissions/{id_}")["data"] for id_ in submissions]
            for bar, state in zip(bars, states, strict=True):
                progress.update(bar, **shown(state))
            if all(state["state"] in ENDED for state in states):
                return states
            time.sleep(POLL_S)


def shown(submission: dict[str, Any]) -> dict[str, Any]:
    """Return a progress bar's fields: samples done, rate, tokens, remaining time."""
    seen = submission["progress"]
    tokens = seen["input_tokens"] + seen["output_tokens"]
    parts = [
        submission["state"].lower(),
        f"{seen['responses_per_s']:.1f}/s" if seen["responses_per_s"] else "",
        f"{tokens:,} tokens" if tokens else "",
        f"{seen['eta_s']:.0f} s to go" if seen["eta_s"] else "",
    ]
    return {
        "description": submission["model"],
        "completed": seen["samples_done"],
        "total": seen["samples_total"],
        "seen": " · ".join(part for part in parts if part),
    }


def figures(api: Api, submissions: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the demo's figures: the score of each run, the headline, the URL."""
    return {
        "runs": [row for submission in submissions for row in run_figures(submission)],
        "headline": headline(api),
        "url": f"{api.url}/",
    }


def run_figures(submission: dict[str, Any]) -> list[dict[str, Any]]:
    """Return each run's score with standard error, number of items, and number of answers."""
    scores = {score["run"]: score for score in submission["scores"] if score["run"]}
    return [
        {
            "model": submission["model"],
            "task": run["task"],
            "state": run["state"],
            "score": scores.get(run["run_id"], {}).get("value"),
            "stderr": scores.get(run["run_id"], {}).get("stderr"),
            "n": run["samples_total"],
            "answered": run["samples_done"],
        }
        for run in submission["progress"]["runs"]
    ]


def headline(api: Api) -> dict[str, Any]:
    """Return the published headline: the composite's two lags with their intervals, its date and method."""
    until = time.monotonic() + START_SECONDS
    while not (composites := [lag for lag in api.get("lags")["data"] if lag["benchmark"] is None]):
        if time.monotonic() > until:
            raise DemoFailed("No lag was published in time.")
        time.sleep(POLL_S)
    estimate, whole = composites[0], composites[0]["values"]["composite"]
    return {name: estimate[name] for name in ("id", "follower", "leader", "as_of", "method_version")} | {
        name: {part: whole[name][part] for part in ("status", "median", "lo", "hi")}
        for name in ("catchup", "standing")
    }


def unfinished(results: dict[str, Any]) -> list[str]:
    """Return the runs that did not finish with every sample answered, as messages."""
    return [
        f"{run['model']} on {run['task']} ({run['state']}, {run['answered']} of {run['n']})"
        for run in results["runs"]
        if run["state"] != "finished" or run["n"] is None or run["answered"] != run["n"]
    ]


def report(results: dict[str, Any], console: Console) -> None:
    """Print the scores and the headline."""
    table = Table("model", "task", "score", "stderr", "n", "answered")
    for run in results["runs"]:
        number = [
            f"{run[name]:.4f}" if run[name] is not None else "not there" for name in ("score", "stderr")
        ]
        table.add_row(run["model"], run["task"], *number, str(run["n"]), str(run["answered"]))
    console.print(table)
    lag = results["headline"]
    console.print(
        f"{lag['follower']} behind {lag['leader']}: catch-up lag {format_lag(lag['catchup'])}; "
        f"standing lag {format_lag(lag['standing'])} "
        f"(as of {lag['as_of']}, method {lag['method_version']})."
    )


def format_lag(span: dict[str, Any]) -> str:
    """Return a lag with its 95% interval as text, or the state of an undefined lag."""
    if span["median"] is None:
        return str(span["status"]).replace("_", " ")
    ends = ("open" if end is None else f"{end:.1f}" for end in (span["lo"], span["hi"]))
    return f"{span['median']:.1f} months ({' to '.join(ends)})"
