"""What a worker and beat do first: check their secrets, and close the service's files to other users."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from leaderboard.data_directory import start_private
from leaderboard.exports.signing import BadSigningKey, read_signing_key
from leaderboard.secret_sources import refuse_worker_secrets


def prepare_worker(**_: object) -> None:
    """Read every secret, so that a bad one stops the start rather than a run."""
    from worker.private_keys import open_keys_here  # the web process imports this file, and opens no key

    with _ending_the_process():
        read_signing_key(str(settings.EXPORT_SIGNING_KEY))
        dict(settings.CREDENTIALS)
        open_keys_here()
    start_private(data_dir=settings.DATA_DIR, also=settings.OTHER_DATA)


def prepare_beat(**_: object) -> None:
    """Refuse the secrets of workers."""
    with _ending_the_process():
        refuse_worker_secrets(os.environ, process="Beat")
    start_private(data_dir=settings.DATA_DIR, also=settings.OTHER_DATA)


@contextmanager
def _ending_the_process() -> Iterator[None]:
    """Raise SystemExit for a bad setting: Celery catches any other exception of a signal's receiver."""
    try:
        yield
    except (ImproperlyConfigured, BadSigningKey) as refusal:
        raise SystemExit(str(refusal)) from None
