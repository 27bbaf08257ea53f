"""The service's settings with one address more, a bare view to compare with; reads are counted, not refused."""

from leaderboard.settings import *  # noqa: F403
from leaderboard.rate_limiter import Rate
from leaderboard.settings import STORAGES

READ_RATE = Rate(10**9, 1)
ROOT_URLCONF = "tests.bench.web_urls"
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
