"""GitHub, which has an API of its own, and Hugging Face, which proves organisations."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from evals.models import DeveloperVerification
from evals.operations.verifications.claims import accept_domain
from leaderboard.sign_in_settings import SignInProvider
from tests.leaderboard.accounts.providers.flow import FORM, is_logged_in, sign_in
from tests.support.accounts import PASSWORD, confirm_identity
from tests.support.openid_provider import CLIENT_ID, CLIENT_SECRET, Answer, OpenIDProvider
from tests.support.record import make_model, make_organisation, make_user

pytestmark = pytest.mark.django_db


def test_github_is_read_by_its_api(provider: OpenIDProvider, settings: Settings) -> None:
    settings.SIGN_IN_PROVIDERS = (
        SignInProvider("github", "GitHub", provider.issuer, CLIENT_ID, CLIENT_SECRET),
    )
    provider.answers["/login/oauth/access_token"] = Answer(body=b'{"access_token": "an access token"}')
    provider.emails = [
        {"email": "old@mail.example", "primary": False, "verified": True},
        {"email": "lab@mail.example", "primary": True, "verified": True},
    ]
    browser = Client()
    sign_in(browser, provider, "github")
    browser.post("/account/sign-up/provider/", FORM)
    assert is_logged_in(browser)
    assert [row.email for row in EmailAddress.objects.all()] == ["lab@mail.example"]
    assert SocialAccount.objects.get().uid == "4711"
    assert provider.requests[-2:] == ["/api/v3/user", "/api/v3/user/emails"]


@pytest.mark.parametrize("emails", [b"{}", b"[1, null]", b'[{"primary": true}]', b"[" * 50])
def test_odd_answers_of_github_break_nothing(
    provider: OpenIDProvider, settings: Settings, emails: bytes
) -> None:
    settings.SIGN_IN_PROVIDERS = (
        SignInProvider("github", "GitHub", provider.issuer, CLIENT_ID, CLIENT_SECRET),
    )
    provider.answers["/login/oauth/access_token"] = Answer(body=b'{"access_token": "an access token"}')
    provider.answers["/api/v3/user/emails"] = Answer(body=emails)
    assert sign_in(Client(), provider, "github").status_code in (302, 502)


def test_an_organisation_is_verified_by_hugging_face(provider: OpenIDProvider, settings: Settings) -> None:
    settings.SIGN_IN_PROVIDERS = (
        SignInProvider("huggingface", "Hugging Face", provider.issuer, CLIENT_ID, CLIENT_SECRET),
    )
    make_model()
    ann = make_user("ann", role="submitter")
    ann.set_password(PASSWORD)
    ann.save()
    make_organisation("acme", owner=ann)
    browser = Client()
    browser.force_login(ann)
    confirm_identity(browser, ann, method="password")
    form = {
        "organisation": "acme",
        "developer": "deepseek",
        "method": "hub",
        "hub_organisation": "DeepSeek-AI",
    }
    assert browser.post("/account/verification/", form).status_code == 302
    claim = DeveloperVerification.objects.get()
    accept_domain(claim_id=claim.pk, by=make_user("mod", role="moderator"), now=timezone.now())
    assert "Prove it by Hugging Face" in browser.get("/account/verification/").content.decode()
    for role, state in {"read": "checking", "write": "verified"}.items():
        provider.account["orgs"] = [{"preferred_username": "deepseek-ai", "roleInOrg": role}, None, {"x": []}]
        back = sign_in(browser, provider, "huggingface", process="connect", next="/account/verification/")
        assert back["Location"] == "/account/verification/"
        claim.refresh_from_db()
        assert claim.state == state
    assert "Prove it again" in browser.get("/account/verification/").content.decode()
    assert "orgs" not in str(SocialAccount.objects.get().extra_data)


def test_without_hugging_face_its_proof_is_not_offered() -> None:
    ann = make_user("ann", role="submitter")
    make_organisation("acme", owner=ann)
    browser = Client()
    browser.force_login(ann)
    assert "Hugging Face" not in browser.get("/account/verification/").content.decode()
    form = {
        "organisation": "acme",
        "developer": "deepseek",
        "method": "hub",
        "hub_organisation": "DeepSeek-AI",
    }
    assert browser.post("/account/verification/", form).status_code == 400
