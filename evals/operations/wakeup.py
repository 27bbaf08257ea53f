"""Wake the worker after a write; a broker that is down loses nothing, for beat wakes the worker as well."""

from __future__ import annotations

import logging

from celery import current_app
from django.conf import settings
from kombu import Connection

DISPATCH = "worker.dispatch"
ANSWER = "worker.answer"
PATIENCE_S = 0.5
VALID_S = 60  # by Redis's clock: see worker/wakeups.py

logger = logging.getLogger(__name__)


def wake_worker(job: str = DISPATCH) -> bool:
    """Send the wake-up by name; return False, with a line in the log, where the broker does not take it."""
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
    except Exception as error:  # whatever a broker throws, the write stands
        logger.warning("%s was not sent (%s); beat will wake the worker.", job, type(error).__name__)
        return False
    return True
