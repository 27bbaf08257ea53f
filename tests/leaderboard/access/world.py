"""Somebody of each role, an object of each kind, and a request that leaves nothing behind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from evals.models import Alias, Import, Limit, SpendingCap, Submission
from evals.operations.disputes.lifecycle import file_dispute
from evals.operations.owners.access import owner_of
from evals.operations.quotas import Source
from leaderboard.accounts.tokens import issue_token
from leaderboard.comparisons import Comparison
from leaderboard.operations.requested_comparisons import compute_next, request_comparison
from tests.leaderboard.access.table import ANONYMOUS, DISPUTE, OWNER, PASSWORD, ROLES, SUBMITTER
from tests.support.accounts import add_passkey, add_totp, confirm_identity
from tests.support.cohorts import two_cohorts
from tests.support.record import NOW, make_benchmark, make_endpoint, make_submission, make_user

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
TECHNICAL = re.compile(r"django_session|django_admin_log|axes_|evals_accountpseudonym")
WRITTEN = re.compile(r'\s*(?:INSERT(?: OR IGNORE)? INTO|UPDATE|DELETE FROM) "?(\w+)"?')
CSV = "model,benchmark,value,reported_by,source\ndeepseek-v3,gpqa,0.5,vendor,a paper\n"
COMPARISON = {"follower": "CN", "leader": "US", "without": "benchmark:four"}
LANDING = re.compile(r"^/(admin/)?login/")


def routes() -> Iterator[str]:
    """Yield the route of every address but the admin's pages of rows."""
    rows = {f"/admin/{table._meta.app_label}/{table._meta.model_name}/" for table in admin.site._registry}
    return (route for route in _walk(get_resolver(), "/") if not any(map(route.startswith, rows)))


def _walk(resolver: URLResolver, prefix: str) -> Iterator[str]:
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from _walk(pattern, route)


class World:
    """Accounts and objects; the submissions belong to the owner."""

    def __init__(self) -> None:
        User.objects.create_user("newcomer", password=PASSWORD)
        self.sessions: dict[str, Any] = {}
        self.passkeys: dict[str, Authenticator] = {}
        for role in ROLES:
            if role != ANONYMOUS:
                user = make_user(role, role=SUBMITTER if role == OWNER else role)
                user.set_password(PASSWORD)
                user.save()
                self.sessions[role] = self.browser_of(user).cookies
        owner = make_user(OWNER)
        make_endpoint("deepseek-api")
        make_endpoint("other-api")
        self.submissions = {
            state: make_submission(submitter=owner, state=state)
            for state in ("PENDING", "PENDING_REVIEW", "FAILED", "FINISHED")
        }
        changes: dict[str, dict[str, Any]] = {
            "PAUSED": {"paused_at": NOW},
            "PRIORITISED": {"priority": 5},
            "EMBARGOED": {"embargo_until": timezone.now() + timedelta(days=9)},
        }
        for state, change in changes.items():
            submission = make_submission(submitter=owner)
            Submission.objects.filter(pk=submission.pk).update(**change)
            self.submissions[state] = submission
        self.dispute = file_dispute(**DISPUTE, now=timezone.now())
        self.rows: dict[str, Any] = {
            "evals.spendingcap": SpendingCap.objects.create(owner=owner_of(owner), kind="operator"),
            "evals.limit": Limit.objects.create(kind="provider", name="deepseek"),
            "evals.alias": Alias.objects.create(kind="model", spelling="DS V3", normalised="dsv3"),
            "evals.dispute": self.dispute,
            "axes.accessattempt": AccessAttempt.objects.create(
                username="x", ip_address="192.0.2.1", failures_since_start=1, attempt_time=NOW
            ),
            "leaderboard.apitoken": issue_token(user=owner, name="laptop", now=NOW).token,
        }

    def browser_of(self, user: User) -> Client:
        """Return a browser whose user has just confirmed two factors, and is logged in elsewhere, too."""
        elsewhere, here = Client(), Client()
        elsewhere.force_login(user)
        key = elsewhere.session.session_key
        UserSession.objects.create(user=user, ip="192.0.2.9", session_key=key)
        add_totp(user)
        self.passkeys[user.username] = add_passkey(user)
        here.force_login(user)
        confirm_identity(here, user)
        return here

    def row_of(self, table: str, state: str = "PENDING") -> int:
        """Return the number of a row of an admin page; if there is none, any."""
        if table == "evals.submission":
            return self.submissions[state].pk
        row = self.rows.get(table) or apps.get_model(table)._default_manager.order_by("pk").first()
        return row.pk if row else 1

    def path(self, route: str, state: str = "PENDING", step: str = "cancel") -> str:
        """Return an address of a route, of an object that exists where there is one."""
        submission = self.submissions[state]
        values = {
            "public_id": self.dispute.public_id if "dispute" in route else submission.public_id,
            "slug": "deepseek-v3",
            "run_id": self.submissions["FINISHED"].runs.get().pk,
            "other_id": self.submissions["FINISHED"].runs.get().pk,
            "name": step if "<step" in route else "lag-over-time" if "<chart" in route else "x",
            "form": "svg",
            "code": "CN",
            "content_type_id": 1,
            "pk": self.passkeys[OWNER].pk,
        }
        if route.endswith("/explore/link"):
            return f"{route}?{urlencode(COMPARISON)}"
        if route == "/admin/autocomplete/":
            return f"{route}?app_label=evals&model_name=alias&field_name=model"
        route = re.sub(r"\(\?P<\w+>\[[^)]*\)", "1", route.replace("/^account", "/account"))
        route = re.sub(r"\^?\(\?P<\w+>(\w+)[^)]*\)\$?", r"\1", route.replace("(?P<url>.*)$", "nowhere"))
        return re.sub(r"<(?:\w+:)?(\w+)>", lambda name: str(values.get(name[1], 1)), route).rstrip("^$")

    def send(self, role: str, method: str, path: str, body: Any = None) -> tuple[HttpResponse, set[str]]:
        """Send a request as a role; return the response and the tables written, and undo it."""
        client = Client(raise_request_exception=False)
        client.cookies.update(self.sessions.get(role, {}))
        api = path.startswith("/api/")
        options = {"content_type": "application/json"} if api else {}
        if not api and method != "POST":
            body = None
        with transaction.atomic():
            with recorded_writes() as tables:
                response = getattr(client, method.lower())(path, body or {}, **options)
                for close in response._resource_closers if response.streaming else ():
                    close()
            transaction.set_rollback(True)
        return response, tables


@contextmanager
def recorded_writes() -> Iterator[set[str]]:
    """Collect the names of the tables that are written, but for technical ones."""
    tables: set[str] = set()

    def note(execute: Any, sql: str, *args: Any) -> Any:
        written = WRITTEN.match(sql)
        if written and not TECHNICAL.match(written[1]):
            tables.add(written[1])
        return execute(sql, *args)

    with connection.execute_wrapper(note):
        yield tables


def is_refused(response: HttpResponse) -> bool:
    """Whether a response refuses: 401, 403, 405, or the way to a login."""
    if response.status_code == 302:
        return bool(LANDING.match(response["Location"]))
    return response.status_code in (401, 403, 404, 405)


def compute_comparison() -> None:
    """Have the comparison computed to which a permanent link can be created."""
    two_cohorts(*(make_benchmark(slug, domain="maths") for slug in ("one", "two", "three", "four")))
    comparison, now = Comparison.from_query(COMPARISON), timezone.now()
    request_comparison(comparison, source=Source("c", "n"), language="en", now=now)
    assert compute_next(clock=timezone.now)


def propose_import(world: World) -> Import:
    """Upload a file, which an action can apply."""
    client = Client()
    client.cookies.update(world.sessions["operator"])
    file = SimpleUploadedFile("ours.csv", CSV.encode())
    client.post("/admin/evals/import/add/", {"file": file, "format": "", "url": ""})
    return Import.objects.get()
