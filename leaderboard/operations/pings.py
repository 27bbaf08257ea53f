"""Ping the broker and the workers: their health is not in the database."""

from __future__ import annotations

from dataclasses import dataclass

from celery import current_app
from django.conf import settings
from kombu import Connection

PATIENCE_S = 1.0


@dataclass(frozen=True, slots=True)
class PingResult:
    """Whether the broker answered, and the number of workers that did."""

    broker: bool
    workers: int


def ping() -> PingResult:
    """Ping the broker and the workers, for at most a second; without a broker, no worker is counted."""
    patience = {"socket_timeout": PATIENCE_S, "socket_connect_timeout": PATIENCE_S, "max_retries": 0}
    try:
        with Connection(
            settings.CELERY_BROKER_URL, connect_timeout=PATIENCE_S, transport_options=patience
        ) as connection:
            replies = current_app.control.ping(timeout=PATIENCE_S, connection=connection)
    except Exception:  # each transport raises its own errors; all mean that the broker does not answer
        return PingResult(broker=False, workers=0)
    return PingResult(broker=True, workers=len(replies or ()))
