"""A wake-up is dropped when it is old by Redis's clock; the clocks of the hosts play no part."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, cast

import pytest
import redis
from celery import Celery
from django.conf import settings as django_settings
from pytest_django.fixtures import Settings

from evals.operations.wakeup import DISPATCH, wake_worker
from worker import wakeups
from worker.celery import app
from worker.schedule import SCHEDULE


@pytest.fixture
def broker(redis_url: str, settings: Settings) -> Iterator[redis.Redis]:
    settings.REDIS_URL = redis_url
    settings.CELERY_BROKER_URL = redis_url.replace("unix://", "redis+socket://", 1)
    wakeups._redis.cache_clear()
    with redis.Redis.from_url(redis_url) as client:
        client.delete("celery")
        yield client
    wakeups._redis.cache_clear()


@pytest.fixture
def wake_ups() -> None:
    """Send the wake-ups, other than in all other tests."""


def done() -> str:
    return "done"


def scheduled() -> list[tuple[str, dict[str, Any]]]:
    return [(str(entry["task"]), cast("dict[str, Any]", entry["options"])) for entry in SCHEDULE.values()]


def receive(headers: dict[str, Any]) -> Any:
    """Do a job as a worker does that has received a message with these headers."""
    job = Celery("test", task_cls="worker.wakeups:WakeUp", set_as_current=False).task(done)
    job.push_request(**headers)
    try:
        return job()
    finally:
        job.pop_request()


def test_a_wake_up_is_valid_for_its_time_and_once(broker: redis.Redis) -> None:
    headers = {"id": "m1", "task": "test"} | wakeups.valid_for(2.5)["headers"]
    wakeups.start_validity(headers=headers)
    assert 0 < broker.ttl("lagline:wakeup:m1") <= 3
    assert receive(headers) == "done"
    assert receive(headers) is None


def test_a_wake_up_that_redis_has_forgotten_is_dropped(broker: redis.Redis) -> None:
    assert receive({"id": "m2", "valid_s": 30}) is None


def test_a_message_without_a_time_is_always_valid(broker: redis.Redis) -> None:
    assert receive({"id": "m3"}) == "done"


def test_a_redis_that_is_away_drops_the_wake_up(settings: Settings, caplog: Any) -> None:
    settings.REDIS_URL = "unix:///nowhere/redis"
    wakeups._redis.cache_clear()
    wakeups.start_validity(headers={"id": "m4", "task": "worker.work", "valid_s": 30})
    assert "worker.work cannot be sent" in caplog.text
    assert receive({"id": "m4", "valid_s": 30}) is None
    wakeups._redis.cache_clear()


def test_no_message_says_when_it_ends_or_begins_by_its_senders_clock(broker: redis.Redis) -> None:
    """With clocks a minute apart, a worker discarded every dispatch: Celery's `expires` is a time of day."""
    assert wake_worker(DISPATCH)
    with app.connection_for_write(django_settings.CELERY_BROKER_URL) as connection:
        for job, options in [("worker.work", wakeups.valid_for(30)), *scheduled()]:
            app.send_task(job, connection=connection, queue="celery", **options)
    messages = [json.loads(message) for message in broker.lrange("celery", 0, -1)]
    assert len(messages) == 2 + len(SCHEDULE)
    for message in messages:
        headers = message["headers"]
        assert (headers["expires"], headers["eta"]) == (None, None)
        assert broker.ttl(f"lagline:wakeup:{headers['id']}") <= headers["valid_s"]
    broker.delete("celery")
