"""Start the whole service in one terminal: embedded broker, web, workers, beat."""

from __future__ import annotations

import os
import socket
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from leaderboard.data_directory import start_private
from leaderboard.environment import embedded_socket
from leaderboard.secret_sources import environment_without_secrets, environment_without_worker_secrets
from worker.broker import answers, valkey_command
from worker.jobs import publish, wake
from worker.processes import NotReady, Program, Supervisor

CELERY = (sys.executable, "-m", "celery", "-A", "worker.celery", "--quiet")


class Command(BaseCommand):
    """manage.py up [--port 8000] [--workers 2]"""

    help = "Start the web server, the workers, beat and, without REDIS_URL, a Valkey."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--workers", type=int, default=2, help="Worker processes.")

    def handle(self, *args: Any, host: str, port: int, workers: int, **options: Any) -> None:
        if listens(host, port):
            raise CommandError(f"Port {port} of {host} is taken. Choose another one with --port.")
        if settings.REDIS_EMBEDDED and answers(settings.REDIS_URL):
            raise CommandError(
                f"A Lagline is already running on {settings.DATA_DIR}. Stop it, or set DATA_DIR."
            )
        start_private(data_dir=settings.DATA_DIR, also=settings.OTHER_DATA)
        supervisor = Supervisor(programs(host, port, workers))
        try:
            supervisor.run(lambda: self.announce(f"http://{host}:{port}/"))
        except NotReady as error:
            raise CommandError(str(error)) from error

    def announce(self, address: str) -> None:
        """Print the address of the service, and publish the lag without waiting for beat."""
        wake(publish)
        self.stdout.write(f"Lagline is up: {address}")


def programs(host: str, port: int, workers: int) -> list[Program]:
    """Return the programs of the service in starting order; only workers get the secrets of providers."""
    shared = environment_without_worker_secrets(os.environ)
    none = environment_without_secrets(os.environ)
    command = valkey_command(socket=embedded_socket(settings.DATA_DIR), folder=settings.DATA_DIR / "valkey")
    broker = Program("broker", command, lambda: answers(settings.REDIS_URL), none)
    web = Program("web", web_command(host, port), lambda: listens(host, port), shared)
    return [
        *([broker] if settings.REDIS_EMBEDDED else []),
        web,
        *(
            Program(f"worker {number}", worker_command(number, runs_only=number < workers))
            for number in range(1, workers + 1)
        ),
        Program("beat", beat_command(), env=shared),
    ]


def web_command(host: str, port: int) -> tuple[str, ...]:
    """Return the command of the web server."""
    return (sys.executable, "-m", "leaderboard.server", "--bind", f"{host}:{port}")


def worker_command(number: int, *, runs_only: bool = False) -> tuple[str, ...]:
    """Return the command of a worker: one job at a time, in a thread, so that the job drains on a signal.

    With several workers, all but the last consume runs only: publishing, which takes minutes, delays no
    run.
    """
    return (
        *CELERY, "worker", "--pool", "threads", "--concurrency", "1", "--hostname", f"worker{number}@%h",
        "--without-gossip", "--without-mingle", "--loglevel", "WARNING",
        *(("--queues", "celery") if runs_only else ()),
    )  # fmt: skip


def beat_command() -> tuple[str, ...]:
    """Return the command of beat, which keeps no state: each tick makes up for missed ones."""
    return (*CELERY, "beat", "--scheduler", "celery.beat:Scheduler", "--pidfile", "", "--loglevel", "WARNING")


def listens(host: str, port: int) -> bool:
    """Tell whether a server listens at an address."""
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False
