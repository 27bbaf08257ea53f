"""Policies: versions that stay, and accounts that accept them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from evals.models import AuditEvent
from leaderboard.accounts.tokens import issue_token
from leaderboard.models import PolicyAcceptance, PolicyKind, PolicyVersion, SignUp
from leaderboard.operations.policies import (
    EmptyPolicy,
    UnchangedPolicy,
    accept_policies,
    install_policies,
    publish_policy,
)
from leaderboard.policy_texts import LANGUAGES, shipped_text
from leaderboard.queries import policies_to_accept
from tests.support.accounts import PASSWORD, confirm_identity, staff_client
from tests.support.record import NOW, make_user

pytestmark = pytest.mark.django_db
FORM = {"username": "newlab", "email": "lab@mail.example", "password1": PASSWORD, "password2": PASSWORD}
NEW = {
    "text_en": "Be kind.\n\n<script>alert(1)</script> [x](javascript:alert(1)) ![y](https://a.example/b.png)"
}


def signed_up(name: str = "ann") -> User:
    user = make_user(name, role="submitter")
    SignUp.objects.create(account=user, subscriber="s", network="n", signed_up_at=NOW)
    return user


def page(address: str) -> Any:
    return Client().get(address)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", PolicyKind.values)
def test_every_policy_is_shipped_in_every_language_and_says_that_it_must_be_reviewed(
    kind: str, language: str
) -> None:
    text = shipped_text(kind, language)
    assert len(text) > 300
    prefix = "" if language == "en" else f"/{language}"
    answer = page(f"{prefix}/{kind}/").content.decode()
    assert text.splitlines()[2].removeprefix("## ") in answer, "it is readable before it is published"
    install_policies(now=NOW)
    assert PolicyVersion.objects.count() == 4


def test_setting_up_publishes_the_shipped_texts_once() -> None:
    assert install_policies(now=NOW) == 4
    assert install_policies(now=NOW) == 0
    assert AuditEvent.objects.filter(action="policy.publish").count() == 4


def test_a_new_version_replaces_the_text_and_the_earlier_one_stays_readable() -> None:
    install_policies(now=NOW)
    publish_policy(kind="terms", texts=NEW, now=NOW)
    newest = page("/terms/").content.decode()
    assert "Version 2" in newest
    assert "Be kind." in newest
    assert "<script>alert" not in newest
    assert 'href="javascript' not in newest
    assert "<img" not in newest
    first = page("/terms/1/").content.decode()
    assert "Your account" in first
    assert "read the newest version" in first
    assert page("/terms/3/").status_code == 404
    assert 'lang="en"' in page("/vi/terms/").content.decode(), "it was not translated"


def test_a_text_that_is_empty_or_unchanged_is_refused() -> None:
    publish_policy(kind="terms", texts=NEW, now=NOW)
    with pytest.raises(UnchangedPolicy):
        publish_policy(kind="terms", texts=NEW, now=NOW)
    with pytest.raises(EmptyPolicy):
        publish_policy(kind="terms", texts={"text_vi": "Xin."}, now=NOW)
    assert PolicyVersion.objects.count() == 1


def test_the_takedown_page_leads_to_the_form_for_disputes_and_to_the_operator(settings: Settings) -> None:
    assert "has not named an address" in page("/takedown/").content.decode()
    settings.OPERATOR_CONTACT = "legal@lab.example"
    answer = page("/takedown/").content.decode()
    assert 'href="mailto:legal@lab.example"' in answer
    assert "/disputes/new" in answer


def test_whoever_signs_up_accepts_the_policies_and_it_is_recorded() -> None:
    install_policies(now=NOW)
    refused = Client().post("/account/sign-up/", FORM)
    assert refused.status_code == 200
    assert not User.objects.exists()
    assert 'href="/licence/"' in refused.content.decode()
    Client().post("/account/sign-up/", FORM | {"accept_policies": "on"})
    account = User.objects.get()
    kinds = {row.version.kind for row in PolicyAcceptance.objects.filter(account=account)}
    assert kinds == {"terms", "privacy", "licence"}
    assert policies_to_accept(account) == []
    assert AuditEvent.objects.filter(action="policy.accept").count() == 3


def test_an_account_that_an_operator_made_accepts_nothing() -> None:
    install_policies(now=NOW)
    assert policies_to_accept(make_user("ann")) == []
    assert len(policies_to_accept(signed_up("ben"))) == 3


@pytest.mark.parametrize(
    "address", ["/submit/", "/models/propose/", "/account/endpoints/new/", "/account/webhooks/new"]
)
def test_an_account_accepts_a_new_version_before_it_submits_something_new(address: str) -> None:
    ann = signed_up()
    browser = Client()
    browser.force_login(ann)
    assert browser.get(address).status_code == 200
    install_policies(now=NOW)
    led = browser.get(address)
    assert led["Location"].startswith("/account/policies/?next=")
    assert browser.post(address, {})["Location"] == led["Location"]
    assert "Accept them" in browser.get(led["Location"]).content.decode()
    assert browser.get(address, headers={"HX-Request": "true"})["HX-Redirect"] == led["Location"]
    assert browser.post("/account/policies/", {"next": address})["Location"] == address
    assert browser.get(address).status_code == 200
    publish_policy(kind="takedown", texts=NEW, now=NOW)
    assert browser.get(address).status_code == 200, "nobody accepts the takedown procedure"
    publish_policy(kind="privacy", texts=NEW, now=NOW)
    assert browser.get(address).status_code == 302


def test_tokens_are_listed_and_revoked_but_not_created_before_the_policies_are_accepted() -> None:
    ann = signed_up()
    token = issue_token(user=ann, name="laptop", now=timezone.now()).token
    install_policies(now=NOW)
    browser = Client()
    browser.force_login(ann)
    confirm_identity(browser, ann)
    assert browser.get("/account/tokens/").status_code == 200
    assert "/account/policies/" in browser.post("/account/tokens/", {"name": "new"})["Location"]
    browser.post(f"/account/tokens/{token.pk}/revoke/")
    token.refresh_from_db()
    assert token.revoked_at


def test_the_api_refuses_what_is_new_and_goes_on_reading_and_controlling() -> None:
    ann = signed_up()
    secret = issue_token(user=ann, name="laptop", now=timezone.now()).secret
    headers = {"Authorization": f"Bearer {secret}"}
    install_policies(now=NOW)
    client = Client()
    for path in ("submissions", "proposals", "disputes", "account/endpoints"):
        answer = client.post(f"/api/v1/{path}", {}, content_type="application/json", headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "policies_not_accepted"), path
        assert "/account/policies/" in answer.json()["error"]["message"]
    assert client.get("/api/v1/submissions", headers=headers).status_code == 200
    nobody = "00000000-0000-0000-0000-000000000000"
    assert client.post(f"/api/v1/submissions/{nobody}/cancel", headers=headers).status_code == 404
    accept_policies(account=ann, now=NOW)
    answer = client.post("/api/v1/submissions", {}, content_type="application/json", headers=headers)
    assert answer.status_code == 400


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_accepting_leads_back_into_the_site_only(target: str) -> None:
    ann = signed_up()
    install_policies(now=NOW)
    browser = Client()
    browser.force_login(ann)
    assert browser.post("/account/policies/", {"next": target})["Location"] == "/account/policies/"
    assert accept_policies(account=ann, now=NOW + timedelta(days=1)) == 0
    assert PolicyAcceptance.objects.filter(account=ann).count() == 3


def test_an_operator_publishes_a_version_in_the_admin_and_changes_none(settings: Settings) -> None:
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
    install_policies(now=NOW)
    operator, address = staff_client(), "/admin/leaderboard/policyversion/"
    form = operator.get(f"{address}add/?kind=terms").content.decode()
    assert "Your account" in form
    operator.post(f"{address}add/", {"kind": "terms", **NEW})
    version = PolicyVersion.objects.get(kind="terms", number=2)
    assert operator.post(f"{address}add/", {"kind": "terms", "text_en": version.text_en}).status_code == 200
    assert PolicyVersion.objects.filter(kind="terms").count() == 2
    assert operator.post(f"{address}{version.pk}/change/", {"text_en": "x"}).status_code == 403
    assert operator.post(f"{address}{version.pk}/delete/", {"post": "yes"}).status_code == 403
