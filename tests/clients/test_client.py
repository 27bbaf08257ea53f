"""The built client against the real service: what it reads, submits, follows and downloads."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from evals.models import Endpoint, Submission
from evals.operations.submissions.lifecycle import start
from leaderboard.accounts.tokens import issue_token
from leaderboard.models import Export
from tests.support.cohorts import published_again, two_cohorts
from tests.support.record import NOW, make_benchmark, make_model, make_submission, make_suite, make_user
from tests.support.web_server import StartWebServer

pytestmark = pytest.mark.client
CLIENT = settings.BASE_DIR / "clients" / "python"
BIN = settings.BASE_DIR / "build" / "client-venv" / "bin"
FOLDER = "2026-11-22T030000Z"


@dataclass(frozen=True)
class InstalledClient:
    """The command and the library in their own environment, with the address and a token of a service."""

    environment: dict[str, str]
    folder: Path

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Start a program of the environment, such as `lagline`."""
        return subprocess.Popen(
            [BIN / command[0], *command[1:]],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *command: str) -> tuple[int, str, str]:
        """Run a program and return its exit code, stdout and stderr."""
        process = self.start(*command)
        out, err = process.communicate(timeout=120)
        assert "Traceback" not in err, err
        return process.returncode, out, err

    def json(self, *arguments: str) -> Any:
        """Run the command with --json and return the data."""
        code, out, err = self.run("lagline", *arguments, "--json")
        assert code == 0, err
        return json.loads(out)["data"]

    def script(self, text: str) -> str:
        """Run a program in Python and return what it prints."""
        code, out, err = self.run("python", "-W", "error", "-c", text)
        assert code == 0, err
        return out


@pytest.fixture
def client(start_web_server: StartWebServer, redis_url: str, tmp_path: Path) -> InstalledClient:
    """Start the service and return the client, with the token of an operator, who needs no review."""
    token = issue_token(user=make_user("olga", role="operator"), name="laptop", now=timezone.now())
    web = start_web_server(REDIS_URL=redis_url, SECRET_KEY=settings.SECRET_KEY)
    home = tmp_path / "home"
    home.mkdir()
    environment = {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "PYTHONUNBUFFERED": "1",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "LAGLINE_URL": f"http://127.0.0.1:{web.port}",
        "LAGLINE_TOKEN": token.secret,
    }
    return InstalledClient(environment, home)


def examples(client: InstalledClient) -> list[str]:
    """Return the examples of the client's README, for the running service."""
    blocks = re.findall(
        r"^```python\n(.*?)^```", (CLIENT / "README.md").read_text(), re.MULTILINE | re.DOTALL
    )
    return [block.replace("https://lagline.example", client.environment["LAGLINE_URL"]) for block in blocks]


def write_export(folder: Path, **contents: bytes) -> None:
    """Put an export with some files on record and into the storage of the web server."""
    files = {name.replace("_", "."): content for name, content in contents.items()}
    place = folder / "files" / "exports" / FOLDER
    place.mkdir(parents=True)
    for name, content in files.items():
        (place / name).write_bytes(content)
    manifest = {
        "bytes": {name: len(content) for name, content in files.items()},
        "sha256": {name: sha256(content).hexdigest() for name, content in files.items()},
    }
    Export.objects.create(folder=FOLDER, made_at=NOW, manifest=manifest)


def test_the_record_is_read_as_the_readme_says(client: InstalledClient) -> None:
    two_cohorts(*map(make_benchmark, ("gpqa-diamond", "math", "code")))
    (estimate, *_) = [row for row in published_again() if row.benchmark is None]
    reading, clients, _, _ = examples(client)
    assert client.script(reading + 'print(len(frame), frame.attrs["citation"])').startswith(
        "12 Lagline, http"
    )
    client.script(clients + 'assert model["slug"] == "deepseek-v3" and len(models) == 13, len(models)')

    lag = client.json("lag")
    assert (lag["id"], lag["follower"]) == (estimate.pk, "CN")
    code, out, err = client.run("lagline", "lag")
    assert (code, "CN behind US" in out, "method" in err) == (0, True, True)
    assert re.search(r"standing lag by month, .*[▁▂▃▄▅▆▇█]", out)
    assert len(client.json("scores", "--country", "CN", "--limit", "7")) == 7
    assert client.json("models", "cn-1", "--limit", "1")[0]["slug"].startswith("cn-1")
    assert {row["model"] for row in client.json("compare", "cn-1", "us-1")} == {"cn-1", "us-1"}
    everything = (
        "import lagline\nprint(len(lagline.scores()), len(lagline.Client().rows('scores', fields='id')))"
    )
    assert client.script(everything).split() == ["72", "72"]


def test_a_submission_is_made_once_followed_and_cancelled(client: InstalledClient) -> None:
    submission = ("--suite", "mini", "--model", "deepseek-v3", "--key", "once")
    assert client.json("estimate", "--suite", "mini", "--model", "deepseek-v3")["calls"] is not None
    made_by_olga = Submission.objects.filter(submitter__username="olga")
    first, second = (client.json("submit", *submission) for _ in "12")
    assert (first["id"], made_by_olga.count()) == (second["id"], 1)
    assert first["state"] == "PENDING"

    follower = client.start("lagline", "follow", first["id"], "--json")
    assert follower.stdout is not None
    assert json.loads(follower.stdout.readline())["state"] == "PENDING"
    start(submission_id=made_by_olga.get().pk, now=timezone.now())
    assert json.loads(follower.stdout.readline())["state"] == "RUNNING"
    assert client.json("cancel", first["id"])["state"] == "CANCELLED"
    rest = follower.communicate(timeout=60)[0].splitlines()
    assert (json.loads(rest[-1])["state"], follower.returncode) == ("CANCELLED", 11)
    assert client.run("lagline", "cancel", first["id"])[0] == 0, "repeating it is safe"
    assert client.json("retry", first["id"])["state"] == "PENDING"


def test_an_ended_submission_gives_scores_and_samples(client: InstalledClient) -> None:
    submission = make_submission(state="FINISHED")
    run = submission.runs.get()
    code, out, _ = client.run("lagline", "follow", str(submission.public_id))
    assert (code, "FINISHED\n" in out, "mini-sums  0.5" in out) == (0, True, True)
    following = (
        "import asyncio, lagline\n"
        "async def follow():\n"
        "    async with lagline.AsyncClient() as client:\n"
        f"        return [row['state'] async for row in client.follow('{submission.public_id}')]\n"
        "print(asyncio.run(follow()))"
    )
    assert client.script(following) == "['FINISHED']\n"
    (path,) = client.json("fetch", "samples", str(run.pk), "--to", "data")
    lines = (client.folder / path).read_text().splitlines()
    assert len(lines) == run.n_samples == 8
    failed = make_submission(state="FAILED", model=make_model("other"))
    assert client.run("lagline", "follow", str(failed.public_id))[0] == 10


def test_files_of_an_export_are_verified(client: InstalledClient, tmp_path: Path) -> None:
    write_export(tmp_path, scores_parquet=b"PAR1" * 10_000, models_parquet=b"PAR1")
    client.script(examples(client)[3])
    assert (client.folder / "data" / "scores.parquet").read_bytes() == b"PAR1" * 10_000
    (tmp_path / "files" / "exports" / FOLDER / "models.parquet").write_bytes(b"evil")
    code, _, err = client.run("lagline", "fetch", "export", "models.parquet", "--to", "other")
    assert (code, "not what its manifest states" in err) == (1, True)
    assert not (client.folder / "other" / "models.parquet").exists()
    code, _, err = client.run("lagline", "fetch", "export", "absent.csv")
    assert (code, "models.parquet" in err) == (4, True)


REFUSED: list[tuple[list[str], int, str]] = [
    (["models", "--openness", "half"], 1, "open"),
    (["scores", "--benchmark", "gpqq"], 1, "gpqq"),
    (["submit", "--suite", "mini", "--model", "deepseek"], 1, "deepseek-v3"),
    (["follow", "00000000-0000-0000-0000-000000000000"], 4, "no submission"),
    (["lag", "--follower", "Mars"], 4, "Mars"),
    (["compare", "deepseek-v3"], 1, "2 to 6"),
    (["login"], 1, "LAGLINE_TOKEN"),
]


def test_refusals_are_sentences_with_exit_codes(client: InstalledClient) -> None:
    refused = {tuple(arguments): client.run("lagline", *arguments) for arguments, _, _ in REFUSED}
    for arguments, code, text in REFUSED:
        assert (arguments, refused[tuple(arguments)][:2]) == (arguments, (code, ""))
        assert text in refused[tuple(arguments)][2]
    stranger = InstalledClient(client.environment | {"LAGLINE_TOKEN": "lagline_wrong"}, client.folder)
    code, _, err = stranger.run("lagline", "submit", "--suite", "mini", "--model", "deepseek-v3")
    assert (code, "lagline_wrong" in err) == (3, False)


def test_the_example_of_a_submission_runs_to_its_end(client: InstalledClient) -> None:
    make_suite("lagline-mini")
    Endpoint.objects.update(input_usd_per_mtok=1, output_usd_per_mtok=1)
    process = client.start("python", "-c", examples(client)[2])
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(2)]
    assert lines[1] == "PENDING 0\n", process.communicate()[1]
    client.json("cancel", str(Submission.objects.get(submitter__username="olga").public_id))
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (0, "CANCELLED 0\n", "")
