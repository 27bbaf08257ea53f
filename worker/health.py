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
    """Count the workers that answer a ping."""
    if not answers(settings.REDIS_URL):
        return HealthPart("workers", False, "not asked: the broker does not answer")
    count = len(app.control.ping(timeout=PING_SECONDS) or [])
    return HealthPart("workers", count > 0, f"{count} answered")
