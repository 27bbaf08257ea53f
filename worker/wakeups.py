"""Wake-ups: messages that are dropped when they are old, since the job is sent again anyway.

Celery's own `expires` and `countdown` compare the clocks of two hosts. Here Redis alone measures the age: a
wake-up is valid while the key that was set with it exists.
"""

from __future__ import annotations

import logging
import math
from functools import cache
from typing import Any

from celery import Task
from celery.signals import before_task_publish
from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

VALID_S = "valid_s"
PATIENCE_S = 2.0


def valid_for(seconds: float) -> dict[str, Any]:
    """Return the options of a message that is dropped if no worker takes it for so many seconds."""
    return {"headers": {VALID_S: math.ceil(seconds)}}


class WakeUp(Task[..., Any]):
    """A job that does nothing when its message is too old."""

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Do the job, unless its message has outlived its time."""
        if self.request.get(VALID_S) and not _is_valid(str(self.request.id)):
            return None
        return super().__call__(*args, **kwargs)


@before_task_publish.connect
def start_validity(headers: dict[str, Any] | None = None, **_: object) -> None:
    """Have Redis measure the age of a message from here on; one without its key counts as old."""
    if not headers or VALID_S not in headers:
        return
    try:
        _redis().set(_key(headers["id"]), 1, ex=headers[VALID_S])
    except (RedisError, OSError) as problem:
        logger.warning("%s cannot be sent: %s", headers["task"], problem)


def _is_valid(message_id: str) -> bool:
    try:
        return bool(_redis().delete(_key(message_id)))
    except (RedisError, OSError) as problem:
        logger.warning("A wake-up is dropped, for its age is not known: %s", problem)
        return False


@cache
def _redis() -> Redis:
    return Redis.from_url(
        settings.REDIS_URL, socket_timeout=PATIENCE_S, socket_connect_timeout=PATIENCE_S, retry=None
    )


def _key(message_id: str) -> str:
    return f"lagline:wakeup:{message_id}"
