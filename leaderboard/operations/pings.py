"""Ask the broker and the workers whether they answer: a message, as waking is, for what no database tells."""

from __future__ import annotations

from dataclasses import dataclass

from celery import current_app
from django.conf import settings
from kombu import Connection

PATIENCE_S = 1.0


@dataclass(frozen=True, slots=True)
class PingResult:
    """Whether the broker answered, and how many workers did."""

    broker: bool
    workers: int


def ping() -> PingResult:
    """Return who answers within a second; where the broker does not, no worker can be asked."""
    patience = {"socket_timeout": PATIENCE_S, "socket_connect_timeout": PATIENCE_S, "max_retries": 0}
    try:
        with Connection(
            settings.CELERY_BROKER_URL, connect_timeout=PATIENCE_S, transport_options=patience
        ) as connection:
            replies = current_app.control.ping(timeout=PATIENCE_S, connection=connection)
    except Exception:  # whatever a broker throws, it does not answer
        return PingResult(broker=False, workers=0)
    return PingResult(broker=True, workers=len(replies or ()))
