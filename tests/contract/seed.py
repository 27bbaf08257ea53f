"""Fill the record of the service under test, and print as JSON what tests know of it."""

from __future__ import annotations

import json
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leaderboard.settings")
django.setup()

from django.utils import timezone  # noqa: E402

from tests.contract.record import make_record  # noqa: E402

print(json.dumps(make_record(timezone.now())))  # noqa: T201
