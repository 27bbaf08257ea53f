"""Runs and the board have a queue each: minutes of publishing keep no run waiting."""

from __future__ import annotations

from django.conf import settings

from evals.operations import wakeup
from worker.celery import app
from worker.management.commands.up import programs
from worker.schedule import SCHEDULE


def queue_of(job: str) -> str:
    return str(app.amqp.router.route({}, job)["queue"].name)


def test_what_runs_need_has_another_queue_than_what_the_board_needs() -> None:
    prompt = {"worker.dispatch", "worker.preflight"}  # somebody waits for a preflight
    assert {queue_of(job) for job in prompt | {"worker.work", wakeup.DISPATCH}} == {"celery"}
    others = {entry["task"] for entry in SCHEDULE.values()} - prompt
    assert {queue_of(str(job)) for job in others | {wakeup.ANSWER, "worker.draw"}} == {"board"}
    assert set(settings.CELERY_TASK_ROUTES) <= set(app.tasks)


def test_of_several_workers_the_last_alone_takes_the_boards_work() -> None:
    started = {program.name: program.command for program in programs("127.0.0.1", 8000, 3)}
    runs_only = {name for name, command in started.items() if command[-2:] == ("--queues", "celery")}
    assert runs_only == {"worker 1", "worker 2"}
    (only,) = [program for program in programs("127.0.0.1", 8000, 1) if program.name.startswith("worker")]
    assert "--queues" not in only.command
