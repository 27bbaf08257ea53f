"""A record with a row of every kind, and the address of a page of every kind."""

from __future__ import annotations

import re

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from evals.models import Dispute, Model, Run
from evals.operations.disputes.lifecycle import file_dispute, show_dispute
from leaderboard import queries
from leaderboard.operations.forecasts import make_forecasts
from leaderboard.pages.navigation import build_navigation
from leaderboard.pages.sitemaps import PagesSitemap
from tests.leaderboard.pages.builders import draw, load_real_catalogue, publish, publish_composite
from tests.support.accounts import add_passkey, add_totp, confirm_identity
from tests.support.own_endpoints import make_own_endpoint
from tests.support.record import NOW, make_endpoint, make_submission, make_user

PUBLISHED = ("epoch-capabilities-index", "gpqa-diamond", "swe-bench-verified", "hellaswag", "simpleqa")
LANGUAGES = tuple(code for code, _name in settings.LANGUAGES)
SHOWN = {"pages:model": "kimi-k3", "pages:developer": "deepseek", "pages:benchmark": "gpqa-diamond"}
SIGNED_IN = ("submit", "submission", "submit-refused", "account-endpoint")
ACCOUNT_PAGES = {
    "account": "account",
    "account-security": "mfa_index",
    "account-app": "mfa_activate_totp",
    "account-endpoints": "account_endpoints",
    "account-endpoint-new": "account_endpoint_new",
    "account-confirm": "account_reauthenticate",
    "account-notifications": "account-notifications",
    "account-data": "account_data",
    "account-delete": "account_delete",
    "account-email": "account_email",
    "account-organisations": "account_organisations",
    "account-passkey": "mfa_add_webauthn",
    "account-passkeys": "mfa_list_webauthn",
    "account-password": "account_change_password",
    "account-sessions": "usersessions_list",
    "account-webhooks": "webhooks",
    "account-webhook-new": "webhook-new",
    "account-tokens": "account_tokens",
}
"""The pages of somebody without a second factor, who has just confirmed the password."""
SECOND_FACTOR_PAGES = {
    "second-factor": "mfa_index",
    "second-factor-app": "mfa_deactivate_totp",
    "second-factor-codes": "mfa_view_recovery_codes",
    "second-factor-confirm": "mfa_reauthenticate",
    "second-factor-new-codes": "mfa_generate_recovery_codes",
    "second-factor-passkey": "mfa_reauthenticate_webauthn",
}
"""The pages of somebody with an authenticator app and a passkey."""
NOBODY = "00000000-0000-0000-0000-000000000000"


def make_everything() -> None:
    """Make the real catalogue, published lags, submissions in every state, a forecast and a dispute."""
    load_real_catalogue()
    publish(*PUBLISHED, languages=LANGUAGES)
    whole = publish_composite("maths", "code", languages=())
    make_forecasts(now=NOW)
    draw(whole, LANGUAGES)
    small, now = Model.objects.get(slug="smollm2-135m-instruct"), timezone.now()
    make_submission(model=small, samples=60, now=now, state="FINISHED")
    make_submission(model=small, samples=60, state="RUNNING", now=now)
    make_submission(model=small, state="PENDING", now=now)
    owner = make_user("owner", role="auditor")
    add_totp(owner)
    RecoveryCodes.activate(owner)
    add_passkey(owner)
    simulated = make_endpoint("simulated-api", simulated=True)
    make_submission(endpoint=simulated, state="FINISHED", now=now)
    make_submission(endpoint=simulated, state="FAILED", now=now)
    checks = [{"check": "address", "state": "passed", "message": ""}]
    checks.append({"check": "key", "state": "failed", "message": "It does not answer: Incorrect API key."})
    own = make_own_endpoint(make_user("ann"))
    own.preflights.create(state="failed", checks=checks, requested_at=now, finished_at=now)
    dispute = file_dispute(
        fact="model:kimi-k3:released_on",
        statement="It was released a day earlier.",
        evidence=["https://example.org/release"],
        now=now,
    )
    show_dispute(dispute_id=dispute.pk, now=now)


def addresses() -> dict[str, str]:
    """Return the path of every page by name, one of each kind."""
    paths = {
        place.address.strip("/").replace("/", "-") or "home": place.address
        for _, places in build_navigation(RequestFactory().get("/")).groups
        for place in places
        if not place.address.startswith(("/api/", "/account/"))
    }
    for name, slug in PagesSitemap().items():
        kind = name.removeprefix("pages:")
        if slug and (kind not in paths or slug == SHOWN.get(name)):
            paths[kind] = PagesSitemap().location((name, slug))
    return paths | _of_the_record() | _with_a_question() | missing()


def reader_of(name: str) -> Client:
    """Return the browser in which somebody sees a page."""
    client = Client()
    if name in SIGNED_IN or name in ACCOUNT_PAGES:
        user = get_user_model().objects.get(username="ann")
        client.force_login(user)
        confirm_identity(client, user, method="password")
    elif name == "audit" or name in SECOND_FACTOR_PAGES:
        user = get_user_model().objects.get(username="owner")
        client.force_login(user)
        confirm_identity(client, user)
    return client


def _of_the_record() -> dict[str, str]:
    run = Run.objects.filter(state="finished", endpoint__simulated=False).latest("pk")
    other = Run.objects.filter(state="finished").exclude(endpoint=run.endpoint).latest("pk")
    waiting, failed = (Run.objects.filter(state=state).latest("pk") for state in ("calling", "failed"))
    whole, exact = queries.composite_lag(), queries.published_lag("gpqa-diamond")
    assert whole is not None
    assert exact is not None
    return {
        "lag": reverse("pages:lag", args=[whole.pk]),
        "lag-benchmark": reverse("pages:lag", args=[exact.pk]),
        "run": reverse("pages:run", args=[run.pk]),
        "run-failed": reverse("pages:run", args=[failed.pk]),
        "diff": reverse("pages:run-diff", args=[run.pk, other.pk]),
        "submission": reverse("pages:submission", args=[waiting.submission.public_id]),
        "dispute": reverse("pages:dispute", args=[Dispute.objects.latest("pk").public_id]),
        "login": reverse("account_login"),
        "login-inactive": reverse("account_inactive"),
        "password-reset": reverse("account_reset_password"),
        "password-reset-sent": reverse("account_reset_password_done"),
        "password-reset-link": reverse("account_reset_password_from_key", args=["1", "x-y"]),
        "password-reset-done": reverse("account_reset_password_from_key_done"),
        "sign-up": reverse("account_signup"),
        "sign-up-sent": reverse("account_email_verification_sent"),
        "sign-up-link": reverse("account_confirm_email", args=["x"]),
        "audit": reverse("pages:audit"),
        "account-endpoint": reverse("account_endpoint", args=["ann--lab"]),
    } | {name: reverse(url) for name, url in (ACCOUNT_PAGES | SECOND_FACTOR_PAGES).items()}


def _with_a_question() -> dict[str, str]:
    return {
        "compare-models": "/compare/?models=kimi-k3,gpt-5-4-pro,deepseek-r1",
        "dispute-new": "/disputes/new?fact=model:kimi-k3:released_on",
        "explore-unclear": "/explore/?follower=developer:nobody",
        "explore-not-computed": "/explore/?follower=CN&leader=US&without=benchmark:gpqa-diamond",
        "explore-link": "/explore/link?follower=CN&leader=US",
        "embed-not-computed": "/embed/?follower=CN&leader=US&without=benchmark:gpqa-diamond",
        "embed": "/embed/",
        "embed-benchmark": "/embed/?benchmarks=gpqa-diamond",
        "embed-unclear": "/embed/?follower=anybody",
        "submit-refused": "/submit/?endpoint=nobody&suite=mini&budget_usd=-1",
        "past": "/models/?as_of=2026-11-22",
        "past-unclear": "/models/?as_of=soon",
    }


def missing() -> dict[str, str]:
    """Return addresses of missing pages, one of each kind."""
    paths = (
        *(
            f"/{kind}/nope/"
            for kind in ("models", "developers", "benchmarks", "claims", "suites", "countries")
        ),
        *("/lags/999999/", "/runs/999999/", "/runs/999999/diff/1/", "/data/2020-01-01/nope", "/nope/"),
        *(
            f"/submissions/{NOBODY}/",
            f"/disputes/{NOBODY}/",
            "/disputes/new?fact=nope",
            "/explore/lags.svg?benchmarks=nope",
        ),
        *("/charts/999999/lags-dark-wide.svg", "/charts/999999/lags-dark-wide.png"),
    )
    return {"missing" + re.sub(r"[\W_]+", "-", path).rstrip("-"): path for path in paths}
