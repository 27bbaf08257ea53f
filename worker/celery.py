"""The Celery application: settings come from Django, jobs from worker.jobs."""

import os
import threading

from celery import Celery
from celery.signals import beat_init, worker_init, worker_shutting_down
from kombu import Queue

from worker.schedule import SCHEDULE
from worker.startup import prepare_beat, prepare_worker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leaderboard.settings")
# lm-eval's bootstrap opens a Pool, and a daemonic child of a worker may not have children.
os.environ.setdefault("DISABLE_MULTIPROC", "1")

app = Celery("lagline", task_cls="worker.wakeups:WakeUp")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = SCHEDULE
app.conf.task_queues = (Queue("celery"), Queue("board"))  # a worker consumes both, or its --queues
stopping = threading.Event()
worker_init.connect(prepare_worker)
beat_init.connect(prepare_beat)


@worker_shutting_down.connect
def drain(**_: object) -> None:
    """Stop the running job from claiming more, so that a stopping worker loses no call in flight."""
    stopping.set()


app.autodiscover_tasks(["worker"], related_name="jobs")
