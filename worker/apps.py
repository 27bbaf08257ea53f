"""Django's app configuration of the worker."""

from django.apps import AppConfig


class WorkerConfig(AppConfig):
    name = "worker"

    def ready(self) -> None:
        """Make the Celery application the current one, through which wake-ups are sent by name."""
        import worker.celery  # noqa: F401
