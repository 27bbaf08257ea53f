"""The service's settings with one address more: a bare view to compare with."""

from leaderboard.settings import *  # noqa: F403
from leaderboard.settings import STORAGES

ROOT_URLCONF = "tests.bench.web_urls"
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
