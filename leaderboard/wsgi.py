"""The WSGI application."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from leaderboard.data_directory import start_private
from leaderboard.secret_sources import refuse_worker_secrets

refuse_worker_secrets(os.environ, process="The web server")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leaderboard.settings")
os.environ.setdefault("DATABASE_TIMEOUT_S", "4")
application = get_wsgi_application()
start_private(data_dir=settings.DATA_DIR, also=settings.OTHER_DATA)
