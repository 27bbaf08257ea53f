"""Somebody of each role, an object of each kind, and a request that leaves nothing behind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
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

from evals.models import (
    Alias,
    DeveloperVerification,
    Endpoint,
    Import,
    Limit,
    MailSubscription,
    SpendingCap,
    Submission,
    WebhookDelivery,
)
from evals.operations.disputes.lifecycle import file_dispute
from evals.operations.endpoints.keys import store_key
from evals.operations.endpoints.worker_keys import add_worker_key, new_private_key, public_key_of
from evals.operations.notices.mail_subscriptions import confirmation_token
from evals.operations.owners.access import owner_of
from evals.operations.quotas import Source
from evals.operations.webhooks.subscriptions import create_webhook, send_test
from leaderboard.accounts.invitations import invite
from leaderboard.accounts.tokens import issue_token
from leaderboard.comparisons import Comparison
from leaderboard.models import ApiToken, Invitation
from leaderboard.operations.requested_comparisons import compute_next, request_comparison
from tests.leaderboard.access.table import (
    ANONYMOUS,
    CONNECTION,
    DISPUTE,
    HOOK,
    INVITATION,
    KEY,
    OPERATOR,
    OWNER,
    PASSWORD,
    ROLES,
    SUBMITTER,
    TOKEN,
)
from tests.support.accounts import add_passkey, add_totp, confirm_identity
from tests.support.cohorts import two_cohorts
from tests.support.own_endpoints import make_own_endpoint
from tests.support.proposals import make_proposal
from tests.support.record import (
    NOW,
    make_benchmark,
    make_endpoint,
    make_model,
    make_organisation,
    make_submission,
    make_user,
)

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
        self.client = Client(raise_request_exception=False)  # one for all, which loads the middleware once
        self.passkeys: dict[str, Authenticator] = {}
        for role in ROLES:
            if role != ANONYMOUS:
                user = make_user(role, role=SUBMITTER if role == OWNER else role)
                user.set_password(PASSWORD)
                user.save()
                self.sessions[role] = self.browser_of(user).cookies
        make_user("second-operator", role=OPERATOR)
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
        self.finished_run = self.submissions["FINISHED"].runs.get()
        public = public_key_of(new_private_key())
        add_worker_key(public=public, now=NOW)
        store_key(actor=owner, endpoint=make_own_endpoint(owner), key=KEY["key"], keep=True, now=NOW)
        self.dispute = file_dispute(**DISPUTE, now=timezone.now())
        self.webhook = create_webhook(actor=owner, **HOOK, now=NOW).webhook
        self.delivery = send_test(actor=owner, public_id=self.webhook.public_id, now=NOW)
        WebhookDelivery.objects.update(state="delivered", sent_at=NOW)
        mail = MailSubscription.objects.create(
            address="r@mail.example", topic="headline", created_at=NOW, confirmed_at=NOW
        )
        self.mail_key, self.mail_token = mail.key, confirmation_token(mail)
        self.acme = make_organisation("acme", owner=owner)
        newcomer = User.objects.get(username="newcomer")
        self.acme.members.create(account=newcomer, role="owner", created_at=NOW)
        theirs = issue_token(user=newcomer, name="theirs", owner=self.acme, now=NOW).token
        ApiToken.objects.filter(pk=theirs.pk).update(id=TOKEN)
        self.invitation = invite(by=owner, handle="acme", invitee="reader", role="reader", now=timezone.now())
        Invitation.objects.filter(pk=self.invitation.invitation.pk).update(id=INVITATION)
        SocialAccount.objects.create(pk=CONNECTION, user=owner, provider="https://a.example", uid="1")
        self.proposal = make_proposal(proposer=owner, name="Beta 3")
        self.claim = self._make_claims()
        self.rows: dict[str, Any] = {
            "evals.spendingcap": SpendingCap.objects.create(owner=owner_of(owner), kind="operator"),
            "evals.limit": Limit.objects.create(kind="provider", name="deepseek"),
            "evals.alias": Alias.objects.create(kind="model", spelling="DS V3", normalised="dsv3"),
            "evals.dispute": self.dispute,
            "evals.endpoint": Endpoint.objects.get(slug="llama-api"),
            "axes.accessattempt": AccessAttempt.objects.create(
                username="x", ip_address="192.0.2.1", failures_since_start=1, attempt_time=NOW
            ),
            "leaderboard.apitoken": issue_token(user=owner, name="laptop", now=NOW).token,
        }

    def _make_claims(self) -> DeveloperVerification:
        """Make a claim that waits, and a verified one whose developer has an endpoint to vouch for."""
        llama = make_model("llama", developer="llama-lab")
        make_endpoint("llama-api", model=llama, vouched_by="")
        make_model("llama-9", developer="meta")
        claims = {"claimed": make_model().developer, "verified": llama.developer}
        rows = {
            state: DeveloperVerification.objects.create(
                organisation=self.acme,
                developer=developer,
                method="dns",
                domain="a.example",
                challenge="c",
                state=state,
                claimed_at=NOW,
            )
            for state, developer in claims.items()
        }
        return rows["claimed"]

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

    def public_id(self, route: str, state: str) -> UUID:
        """Return the public id of the object that a route is about: by default a submission of a state."""
        objects: dict[str, Any] = {
            "dispute": self.dispute,
            "webhook": self.webhook,
            "proposal": self.proposal,
        }
        named = next((row for word, row in objects.items() if word in route), self.submissions[state])
        public_id: UUID = named.public_id
        return public_id

    def slug(self, route: str) -> str:
        """Return the slug of the endpoint or model that a route is about."""
        if "vouch" in route:
            return "llama-api"
        return "owner--lab" if "/account/" in route else "deepseek-v3"

    def path(self, route: str, state: str = "PENDING", step: str = "cancel") -> str:
        """Return an address of a route, of an object that exists where there is one."""
        values = {
            "token": self.mail_token,
            "key": self.mail_key,
            "delivery_id": self.delivery.public_id,
            "public_id": self.public_id(route, state),
            "slug": self.slug(route),
            "claim_id": self.claim.pk,
            "run_id": self.finished_run.pk,
            "other_id": self.finished_run.pk,
            "name": step if "<step" in route else "lag-over-time" if "<chart" in route else "x",
            "form": "svg",
            "code": "CN",
            "content_type_id": 1,
            "pk": self.passkeys[OWNER].pk,
            "handle": "acme",
            "invitation_id": INVITATION,
            "secret": self.invitation.secret,
            "token_id": self.rows["leaderboard.apitoken"].pk,
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
        client = self.client
        if isinstance(body, dict):  # a form that names who sends it
            body = {name: role if value == "{role}" else value for name, value in body.items()}
        client.cookies.clear()
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
