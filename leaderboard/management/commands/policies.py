"""Publish the shipped policies as their first versions; repeating it changes nothing."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from leaderboard.operations.policies import install_policies


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{install_policies(now=timezone.now())} policies published")
