"""Fill the database of a service under test: `python -m tests.support.planted_record PROVIDER_URL PASSWORD`.

Prints JSON: a token, sessions, and the runs. Called by a test in the environment of the service's web server.
"""

from __future__ import annotations

import json
import os
import sys
import time
from datetime import UTC, datetime

MODELS = {
    "echoing": "sim-large",
    "refusing": "sim-small",
    "redirecting": "sim-elsewhere",
    "broken": "sim-large",
}


def main(url: str, password: str) -> None:
    """Migrate, and create users, a token, sessions and a submission for each case."""
    import django

    django.setup()
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
    from django.contrib.sessions.backends.db import SessionStore
    from django.core.management import call_command

    from evals.models import Run
    from leaderboard.accounts.tokens import issue_token
    from tests.evals.engine.builders import make_endpoint, make_run
    from tests.support.accounts import add_totp
    from tests.support.record import make_model

    call_command("migrate", verbosity=0)
    users = get_user_model().objects
    ann = users.create_user("u", password=password)
    root = users.create_superuser("root", password=password)
    sessions = {}
    for user in (ann, root):
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        if user == root:  # both factors
            add_totp(user)
            session["account_authentication_methods"] = [{"method": "mfa", "at": time.time()}]
            session["account_authentication_methods_user"] = str(user.pk)
        session.create()
        sessions[user.get_username()] = session.session_key
    token = issue_token(user=ann, name="planted", now=datetime.now(UTC)).secret
    make_model()  # whose fact is disputed
    runs = {}
    for name, model in MODELS.items():
        endpoint = make_endpoint(url, credential="LAB", api_model=model, max_concurrency=2)
        run = make_run(endpoint)
        if name == "broken":  # errors that nobody foresaw, in the worker and on the page of the run
            Run.objects.filter(pk=run.pk).update(settings={"limit": [1]}, results=["not", "results"])
        runs[name] = {"run": run.pk, "submission": str(run.submission.public_id)}
    probed = make_endpoint(url, credential="LAB", api_model=MODELS["refusing"]).slug
    print(json.dumps({"token": token, "sessions": sessions, "runs": runs, "probed": probed}))  # noqa: T201


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leaderboard.settings")
    main(*sys.argv[1:])
