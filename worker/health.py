"""Health checks of the service's parts: for operators, containers, and `manage.py up`."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError, connection

from worker.broker import answers
from worker.celery import app

PING_SECONDS = 2.0


@dataclass(frozen=True)
class HealthPart:
    """A part of the service, whether it answers, and a detail."""

    name: str
    ok: bool
    seen: str


def check() -> list[HealthPart]:
    """Check each part that others depend on."""
    return [database(), broker(), workers()]


def database() -> HealthPart:
    """Query the database."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return HealthPart("database", False, type(error).__name__)
    return HealthPart("database", True, connection.vendor)


def broker() -> HealthPart:
    """Ping Redis or Valkey."""
    return HealthPart(
        "broker", answers(settings.REDIS_URL), "embedded" if settings.REDIS_EMBEDDED else "by REDIS_URL"
    )


def workers() -> HealthPart:
    """Count the workers that answer, and name those whose host takes no work, with the reason."""
    if not answers(settings.REDIS_URL):
        return HealthPart("workers", False, "not asked: the broker does not answer")
    replies = app.control.broadcast("report_host", reply=True, timeout=PING_SECONDS) or []
    problems = {name: reply.get("problem", "") for answer in replies for name, reply in answer.items()}
    unfit = [f"{name} takes no work: {problem}" for name, problem in problems.items() if problem]
    return HealthPart(
        "workers", len(problems) > len(unfit), "; ".join([f"{len(problems)} answered", *sorted(unfit)])
    )
