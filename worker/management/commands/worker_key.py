"""Create, rotate, retire or list the keys by which workers open the keys of owners' endpoints."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from evals.models import WorkerKey
from evals.operations.endpoints.worker_keys import make_current, retire_worker_key
from evals.operations.refusals import Refused
from worker.private_keys import create_private_key, delete_private_key


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=("create", "rotate", "retire", "list"))
        parser.add_argument(
            "fingerprint",
            nargs="?",
            default="",
            help="rotate: to this key, else to a new one; retire: this key",
        )

    def handle(self, *args: Any, action: str, fingerprint: str, **options: Any) -> None:
        try:
            getattr(self, action)(fingerprint)
        except Refused as refusal:
            raise CommandError(refusal.message) from None

    def create(self, fingerprint: str) -> str:
        """Create a key; its file is copied to other workers before it is made current."""
        key, path = create_private_key()
        state = "current" if key.is_current else "not current yet"
        self.stdout.write(f"{key.fingerprint}: {state}; the private key is in {path}")
        return key.fingerprint

    def rotate(self, fingerprint: str) -> None:
        """Make a key current; the workers seal the stored keys anew and then retire the former one."""
        fingerprint = fingerprint or self.create("")
        make_current(fingerprint=fingerprint, now=timezone.now())
        self.stdout.write(f"{fingerprint} is current; a worker seals the stored keys anew within a minute")

    def retire(self, fingerprint: str) -> None:
        """Retire a key that seals nothing, and delete its file here."""
        retire_worker_key(fingerprint=fingerprint, now=timezone.now())
        is_deleted = delete_private_key(fingerprint)
        self.stdout.write(f"{fingerprint} is retired{', its file deleted' if is_deleted else ''}")

    def list(self, fingerprint: str) -> None:
        """List the keys, and how many stored keys each seals."""
        for key in WorkerKey.objects.all():
            state = "current" if key.is_current else "retired" if key.retired_at else "not current"
            sealed = key.sealed_keys.filter(deleted_at=None).count()
            self.stdout.write(f"{key.fingerprint}  {key.created_at:%Y-%m-%d}  {state}  seals {sealed}")
