"""Wake a worker after a write; if the broker is down, beat wakes it later."""

from __future__ import annotations

import logging

from celery import current_app
from django.conf import settings
from kombu import Connection

DISPATCH = "worker.dispatch"
ANSWER = "worker.answer"
NOTIFY = "worker.notify"
CHECK_CLAIMS = "worker.check_claims"
PATIENCE_S = 0.5
VALID_S = 60  # by Redis's clock: see worker/wakeups.py

logger = logging.getLogger(__name__)


def wake_worker(job: str = DISPATCH) -> bool:
    """Send the wake-up by name; return False and log a warning if the broker does not accept it."""
    patience = {"socket_timeout": PATIENCE_S, "socket_connect_timeout": PATIENCE_S, "max_retries": 0}
    try:
        with Connection(
            settings.CELERY_BROKER_URL, connect_timeout=PATIENCE_S, transport_options=patience
        ) as broker:
            current_app.send_task(
                job,
                queue=settings.CELERY_TASK_ROUTES.get(job, {}).get("queue"),
                connection=broker,
                ignore_result=True,
                retry=False,
                headers={"valid_s": VALID_S},
            )
    except Exception as error:  # each transport raises its own errors; the write is committed
        logger.warning("%s was not sent (%s); beat will wake the worker.", job, type(error).__name__)
        return False
    return True
