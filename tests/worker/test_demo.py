"""The demo registers local models, submits them through the API, follows them, and reports the board."""

from __future__ import annotations

import io
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django.fixtures import Settings as DjangoSettings
from pytest_django.live_server_helper import LiveServer
from rich.console import Console

from evals.models import Developer, Endpoint, Submission
from evals.operations.catalogue.suites import sync_suites
from leaderboard.models import ApiToken
from leaderboard.settings import BASE_DIR
from tests.leaderboard.pages.builders import publish_values
from tests.support.completions import Model
from tests.support.fixtures import StartProvider, mini_book
from tests.support.provider import SimulatedProvider
from tests.support.service import Settings
from worker import demo, jobs
from worker.local_models import LocalModel, NoSuchWeights
from worker.management.commands import demo as command

TINY = LocalModel("tiny", "Tiny", Path("tiny.gguf"), "openai-chat", in_catalogue=False)
LAG = {"status": "ok", "median": 5.04, "lo": 2.0, "hi": None}
RUN = {"model": "tiny", "task": "sums", "state": "finished", "score": 0.5, "stderr": None, "n": 8}


@pytest.fixture
def tiny(start_provider: StartProvider) -> SimulatedProvider:
    """Start a provider that serves the model of these tests."""
    return start_provider(Settings(models=(Model("tiny", accuracy=0.9),), book=mini_book()))


@pytest.fixture
def working(shared_limits: str, settings: DjangoSettings) -> Iterator[None]:
    """Take the steps of runs in a thread, as a worker does, while the test runs."""
    settings.CELERY_BROKER_URL = shared_limits.replace("unix://", "redis+socket://", 1)
    ended = threading.Event()

    def work() -> None:
        while not ended.wait(0.05):
            jobs.take_step("a worker")
        connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    yield
    ended.set()
    worker.join()


@pytest.fixture
def installed(
    tiny: SimulatedProvider, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Path:
    """Give the command a service and a model's server that run already; return where it writes figures."""
    ports = {command.WEB_PORT: live_server.thread.port, command.MODEL_PORT: tiny.port}
    monkeypatch.setattr(command, "free_port", ports.__getitem__)
    monkeypatch.setattr(command, "choose", lambda models, only: [TINY])
    monkeypatch.setattr(command, "FIGURES", tmp_path / "build" / "demo.json")
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(demo, "service", lambda port: nullcontext())
    monkeypatch.setattr(demo, "serving", lambda models, ports, logs: nullcontext())
    monkeypatch.setattr(demo, "server_version", lambda: "xllamacpp 1.0")
    sync_suites(folder=BASE_DIR / "evals" / "suites")
    publish_values(
        None, composite={"catchup": LAG, "standing": LAG | {"status": "not_defined", "median": None}}
    )
    return tmp_path / "build" / "demo.json"


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("working")
def test_the_demo_evaluates_a_model_and_reports_scores_and_headline(
    installed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("demo", once=True, suites="lagline-mini")
    figures = json.loads(installed.read_text())
    assert len(figures["runs"]) == 5
    assert all(run["answered"] == run["n"] and run["score"] > 0.5 for run in figures["runs"])
    assert figures["headline"]["catchup"] == LAG
    printed = capsys.readouterr().out
    assert "CN behind US: catch-up lag 5.0 months (2.0 to open); standing lag not defined" in printed
    assert Submission.objects.get().state == "FINISHED"
    assert (Developer.objects.get().country, Endpoint.objects.get().slug) == ("ZZ", "local-tiny")
    assert ApiToken.objects.get().revoked_at is not None


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("installed")
def test_what_the_api_refuses_ends_the_demo_with_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match="There is no suite 'nothing'"):
        call_command("demo", once=True, suites="nothing")
    monkeypatch.setattr(demo, "register", lambda models, ports, suites: [("nowhere", "lagline-mini")])
    with pytest.raises(CommandError, match="The API refused nowhere on lagline-mini: 4"):
        call_command("demo", once=True, suites="lagline-mini")


@pytest.mark.django_db(transaction=True)
def test_a_headline_that_is_not_published_in_time_ends_the_demo(
    live_server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "START_SECONDS", 0.2)
    monkeypatch.setattr(demo, "POLL_S", 0.05)
    with pytest.raises(demo.DemoFailed, match="No lag was published in time"):
        demo.headline(demo.Api(live_server.url))


@pytest.mark.django_db
def test_a_suite_with_likelihoods_has_an_endpoint_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "server_version", lambda: "xllamacpp 1.0")
    sync_suites(folder=BASE_DIR / "evals" / "suites")
    pairs = demo.register([TINY], [8101], ["lagline-mini", "lagline-glance"])
    assert pairs == [("local-tiny", "lagline-mini"), ("local-tiny-likelihoods", "lagline-glance")]
    protocols = set(Endpoint.objects.values_list("protocol", flat=True))
    assert protocols == {"openai-chat", "llama-cpp"}


def test_a_run_with_unanswered_samples_is_named() -> None:
    runs = [RUN | {"answered": 8}, RUN | {"answered": 7}, RUN | {"answered": 8, "state": "failed"}]
    assert demo.unfinished({"runs": runs}) == [
        "tiny on sums (finished, 7 of 8)",
        "tiny on sums (failed, 8 of 8)",
    ]


def test_a_report_prints_a_score_that_is_missing_as_not_there() -> None:
    lag = {"follower": "CN", "leader": "US", "as_of": "2026-08-11", "method_version": "1"}
    output = io.StringIO()
    console = Console(file=output, width=110)
    demo.report(
        {"runs": [RUN | {"answered": 8}], "headline": lag | {"catchup": LAG, "standing": LAG}}, console
    )
    printed = output.getvalue()
    assert "0.5000" in printed
    assert "not there" in printed


def test_the_progress_of_a_submission_is_shown_in_words() -> None:
    progress = {"input_tokens": 900, "output_tokens": 100, "responses_per_s": 2.5, "eta_s": 4.2}
    progress |= {"samples_done": 3, "samples_total": 8}
    bar = demo.shown({"model": "tiny", "state": "RUNNING", "progress": progress})
    assert bar == {
        "description": "tiny", "completed": 3, "total": 8,
        "seen": "running · 2.5/s · 1,000 tokens · 4 s to go",
    }  # fmt: skip


def test_a_server_that_ends_or_stays_silent_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "POLL_S", 0.05)
    address = f"http://127.0.0.1:{command.free_port(18200)}/health"
    with subprocess.Popen((sys.executable, "-c", "raise SystemExit(3)")) as ended:
        ended.wait()
        with pytest.raises(demo.DemoFailed, match="The server ended with status 3 at its start"):
            demo.wait_until_answering(ended, address, "The server")
    monkeypatch.setattr(demo, "START_SECONDS", 0.2)
    with subprocess.Popen((sys.executable, "-c", "input()"), stdin=subprocess.PIPE) as silent:
        with pytest.raises(demo.DemoFailed, match="The server does not answer after 0 seconds"):
            demo.wait_until_answering(silent, address, "The server")
        silent.kill()


def test_the_demo_takes_the_models_that_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    known = LocalModel("small", "Small", tmp_path, "openai-chat")
    monkeypatch.setattr(command, "smollm2", lambda: known)
    monkeypatch.setattr(command, "gemma", lambda folder: TINY)
    own = tmp_path / "My Weights.gguf"
    own.write_bytes(b"GGUF....")
    assert [model.slug for model in command.choose(f" {own} ,", "")] == ["small", "tiny", "my-weights"]
    assert command.choose("", "tiny") == [TINY]
    with pytest.raises(NoSuchWeights, match="ONLY takes one of: small, tiny"):
        command.choose("", "large")


def test_a_taken_port_is_passed_over() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        taken = listener.getsockname()[1]
        assert taken < command.free_port(taken) < taken + 100


def test_no_free_port_ends_the_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(demo.DemoFailed, match="No port is free from 9000 to 9099"):
        command.free_port(9000)


def test_the_board_stays_up_until_ctrl_c(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", interrupt)
    command.stay()
