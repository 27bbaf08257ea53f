"""Evaluate real small models on this machine and show the board."""

from __future__ import annotations

import json
import signal
import socket
import sys
import time
import uuid
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console

from evals.models import CapKind
from evals.operations.caps import CapValues, set_cap
from evals.operations.owners.access import owner_of
from leaderboard.accounts.tokens import issue_token, revoke_token
from worker import demo
from worker.local_models import LocalModel, NoSuchWeights, gemma, smollm2, weights_at

WEB_PORT = 8000
MODEL_PORT = 8101
TERMINATED = 128 + signal.SIGTERM
FIGURES = Path("build") / "demo.json"
# Its models run on this machine, at no price; calls are capped, as all are.
DEMO_CAP = CapValues(calls_per_day=100_000, calls_per_month=1_000_000)


class Command(BaseCommand):
    """manage.py demo [--once] [--models a.gguf,b.gguf] [--only SLUG] [--suites lagline-mini]"""

    help = "Start the service and two real small models, evaluate them through the API, show the board."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="End when the scores are there.")
        parser.add_argument("--models", default="", help="Paths of GGUF files to evaluate beside the two.")
        parser.add_argument("--suites", default=demo.SUITES, help="Slugs of the suites that they are asked.")
        parser.add_argument("--only", default="", help="The slug of the only model to evaluate.")

    def handle(self, *args: Any, once: bool, models: str, only: str, suites: str, **options: Any) -> None:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
        console = Console(width=110) if not sys.stdout.isatty() else Console()
        try:
            chosen = choose(models, only)
            web_port = free_port(WEB_PORT)
            ports = [free_port(MODEL_PORT + 10 * number) for number in range(len(chosen))]
            logs = settings.DATA_DIR / "logs"
            with demo.service(web_port), demo.serving(chosen, ports, logs):
                figures = evaluate(chosen, ports, split(suites), f"http://127.0.0.1:{web_port}", console)
                FIGURES.parent.mkdir(exist_ok=True)
                FIGURES.write_text(json.dumps(figures, indent=1) + "\n")
                demo.report(figures, console)
                if not once:
                    console.print(f"The board is up: {figures['url']} (Ctrl-C stops it)")
                    stay()
        except (demo.DemoFailed, NoSuchWeights) as error:
            raise CommandError(str(error)) from error
        if unfinished := demo.unfinished(figures):
            raise CommandError(f"Not every sample was answered: {', '.join(unfinished)}.")


def evaluate(
    models: list[LocalModel], ports: list[int], suites: list[str], url: str, console: Console
) -> dict[str, Any]:
    """Submit the models through the API, wait until all runs have ended, and return the figures."""
    with submitter_token() as secret:
        api = demo.Api(url, secret)
        ids = [api.submit(*target) for target in demo.register(models, ports, suites)]
        return demo.figures(api, demo.follow(api, ids, console))


@contextmanager
def submitter_token() -> Iterator[str]:
    """Yield an API token of the user `demo`, revoked at the end."""
    user, _ = get_user_model().objects.get_or_create(username="demo")
    set_cap(owner=owner_of(user), kind=CapKind.OPERATOR, values=DEMO_CAP, by=None)
    name = f"demo {uuid.uuid4()}"
    issued = issue_token(user=user, name=name, now=timezone.now())
    try:
        yield issued.secret
    finally:
        revoke_token(user=user, name=name, now=timezone.now())


def choose(paths: str, only: str) -> list[LocalModel]:
    """Return the models to evaluate."""
    known = [smollm2(), gemma(settings.DATA_DIR / "models")]
    known += [weights_at(Path(path)) for path in split(paths)]
    chosen = [model for model in known if only in ("", model.slug)]
    if not chosen:
        slugs = ", ".join(model.slug for model in known)
        raise NoSuchWeights(f"There is no local model {only!r}. ONLY takes one of: {slugs}.")
    return chosen


def split(words: str) -> list[str]:
    """Split a comma-separated list."""
    return [word.strip() for word in words.split(",") if word.strip()]


def free_port(first: int) -> int:
    """Return the first free port from `first` on."""
    for port in range(first, first + 100):
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise demo.DemoFailed(f"No port is free from {first} to {first + 99}.")


def stay() -> None:
    """Wait for Ctrl-C."""
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        return
