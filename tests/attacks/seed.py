"""Fill a record to be attacked, or count its rows: `python -m tests.attacks.seed seed|count TABLE …`."""

from __future__ import annotations

import json
import os
import sys
from datetime import timedelta
from typing import Any

USERS = ("lab", "mallory", "changing", "watcher", "root")
FORMULA = '=HYPERLINK("http://evil.example/","x")'
SCRIPT = "<script>alert(1)</script>"
PROVIDER_TEXT = "Your account acme-research-eu (key sk-prov...9f3c) is over its quota."


def seed() -> dict[str, Any]:
    """Make accounts, tokens, a published lag, submissions, and a sealed run; return what attacks need."""
    from django.utils import timezone

    from evals.models import Run
    from tests.leaderboard.pages.builders import make_models, publish
    from tests.support.accounts import add_totp
    from tests.support.record import make_endpoint, make_model, make_submission

    now = timezone.now()
    users = {name: make_account(name) for name in USERS}
    index = make_models(40)
    publish(index.slug)
    make_model("formula", developer="formulas", name=FORMULA)
    make_model("scripted", developer="scripts", name=SCRIPT)
    endpoint = make_endpoint()
    running = make_submission(endpoint=endpoint, submitter=users["lab"], state="RUNNING", now=now)
    failed = make_submission(endpoint=endpoint, submitter=users["lab"], state="FAILED", now=now)
    Run.objects.filter(submission=failed).update(failure_message=PROVIDER_TEXT)
    type(failed).objects.filter(pk=failed.pk).update(failure_message=PROVIDER_TEXT)
    sealed = make_sealed_run(now - timedelta(hours=1))
    return {
        "tokens": {name: make_token(user, now) for name, user in users.items()},
        "running": str(running.public_id),
        "failed": str(failed.public_id),
        "failed_run": Run.objects.get(submission=failed).pk,
        "endpoint": endpoint.slug,
        "benchmark": index.slug,
        "totp_secret": add_totp(users["root"]),
        **sealed,
    }


def make_account(name: str) -> Any:
    """Make an account: `root` is the operator, `watcher` an auditor, who may change nothing."""
    from tests.attacks.service import PASSWORD
    from tests.support.record import make_user

    root = name == "root"
    role = "auditor" if name == "watcher" else ""
    user = make_user(name, role=role, email=f"{name}@example.org", is_staff=root, is_superuser=root)
    user.set_password(PASSWORD)
    user.save()
    return user


def make_token(user: Any, now: Any) -> str:
    """Issue a token to a user, and return its secret."""
    from leaderboard.accounts.tokens import issue_token

    return issue_token(user=user, name="attack", now=now).secret


def make_sealed_run(now: Any) -> dict[str, Any]:
    """Plan a run on this month's sealed items; return its id and the beginning of an item."""
    from evals.models import Run, Sample
    from evals.operations.catalogue.fresh import renew_fresh_edition
    from evals.operations.runs.execution import plan_run
    from evals.suites.fresh import edition
    from tests.support.record import make_endpoint, make_submission

    edition.TASKS = ("chinese",)  # type: ignore[attr-defined] # made in a second
    renew_fresh_edition(now=now)
    endpoint = make_endpoint("sealed-api")
    submission = make_submission(endpoint=endpoint, suite="lagline-fresh", now=now)
    run = Run.objects.get(submission=submission, task__name="lagline_fresh_chinese")
    plan_run(run_id=run.pk, owner="attacks", now=now)
    return {"sealed_run": run.pk, "sealed_item": Sample.objects.filter(run=run)[0].doc["question"][:12]}


def count(*names: str) -> dict[str, int]:
    """Count the rows of models, each named as app.Model."""
    from django.apps import apps

    return {name: apps.get_model(name)._default_manager.count() for name in names}


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leaderboard.settings")
    django.setup()
    action, *arguments = sys.argv[1:]
    print(json.dumps(seed() if action == "seed" else count(*arguments)))  # noqa: T201
