"""The service's settings with a bare view to compare with; reads are counted and never refused."""

from leaderboard.rate_limiter import Rate
from leaderboard.settings import *  # noqa: F403
from leaderboard.settings import STORAGES

READ_RATE = Rate(10**9, 1)
ROOT_URLCONF = "tests.bench.web_urls"
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
