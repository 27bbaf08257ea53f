"""Staff need a second factor, and whoever has one needs it at every login."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from axes.models import AccessAttempt
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db.models import F
from django.test import Client
from pytest_django.fixtures import Settings

from leaderboard.accounts.login_delays import FREE_FAILURES
from leaderboard.accounts.second_factors import (
    decrypt_secret,
    encrypt_secrets_anew,
    has_second_factor,
    reset_second_factors,
)
from tests.support.accounts import (
    PASSWORD,
    add_passkey,
    add_totp,
    confirm_identity,
    log_in_as_staff,
    totp_code,
)
from tests.support.record import make_submission

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _codes_are_unused(settings: Settings) -> None:
    settings.CACHES = settings.CACHES | {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    }
    cache.clear()


def make_account(name: str = "ann", **fields: Any) -> User:
    user: User = get_user_model().objects.create_user(name, password=PASSWORD, **fields)
    return user


def post_password(client: Client, name: str = "ann", **fields: str) -> str:
    answer = client.post("/login/", {"login": name, "password": PASSWORD, **fields})
    return str(answer["Location"])


def confirm(client: Client) -> None:
    assert client.post("/account/confirm/", {"password": PASSWORD, "next": "/account/"}).status_code == 302


def test_a_member_of_staff_without_a_second_factor_can_only_set_one_up() -> None:
    make_account(is_staff=True, is_superuser=True)
    submission, browser = make_submission(), Client()
    post_password(browser)
    for address in ("/admin/", "/admin/auth/user/", "/queue/", f"/submissions/{submission.public_id}/"):
        answer = browser.get(address)
        assert (answer.status_code, answer["Location"]) == (302, "/account/security/"), address
    step = browser.post(f"/submissions/{submission.public_id}/cancel/")
    assert (step.status_code, step["Location"]) == (302, "/account/security/")
    refused = browser.get("/api/v1/submissions")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "second_factor_required")
    assert "Set up a second factor" in browser.get("/account/security/").content.decode()
    assert browser.get("/account/totp/activate/")["Location"].startswith("/account/confirm/?next=")


def test_setting_up_an_app_opens_the_admin_and_shows_recovery_codes_once() -> None:
    user = make_account(is_staff=True, is_superuser=True)
    browser = Client()
    post_password(browser)
    confirm(browser)
    page = browser.get("/account/totp/activate/")
    assert "data:image/svg+xml;base64," in page.content.decode()
    code = totp_code(browser.session["mfa.totp.secret"])
    assert browser.post("/account/totp/activate/", {"code": code})["Location"] == "/account/recovery-codes/"
    assert browser.get("/account/recovery-codes/").content.decode().count("<code>") == 10
    assert "<code>" not in browser.get("/account/recovery-codes/").content.decode()
    assert browser.get("/admin/").status_code == 200
    assert has_second_factor(user)


def test_a_login_needs_password_and_code() -> None:
    secret = add_totp(make_account(is_staff=True, is_superuser=True))
    browser = Client()
    assert post_password(browser, next="/admin/auth/") == "/account/authenticate/"
    assert browser.get("/admin/").status_code == 302, "the password alone is no login"
    assert browser.get("/account/").status_code == 302
    assert browser.post("/account/authenticate/", {"code": "000000"}).status_code == 200
    answer = browser.post("/account/authenticate/", {"code": totp_code(secret)})
    assert (answer.status_code, answer["Location"]) == (302, "/admin/auth/")
    assert browser.get("/admin/").status_code == 200


def test_a_code_works_once() -> None:
    secret = add_totp(make_account())
    first, second = Client(), Client()
    post_password(first)
    post_password(second)
    code = totp_code(secret)
    assert first.post("/account/authenticate/", {"code": code}).status_code == 302
    assert second.post("/account/authenticate/", {"code": code}).status_code == 200


def test_without_the_memory_of_used_codes_no_code_is_accepted(settings: Settings) -> None:
    secret = add_totp(make_account())
    browser = Client(raise_request_exception=False)
    post_password(browser)
    away = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "unix:///nowhere.sock"}
    settings.CACHES = settings.CACHES | {"default": away}
    assert browser.post("/account/authenticate/", {"code": totp_code(secret)}).status_code == 503
    assert browser.get("/account/").status_code == 302


def test_a_recovery_code_works_once_in_place_of_the_device() -> None:
    user = make_account()
    add_totp(user)
    code = RecoveryCodes.activate(user).get_unused_codes()[0]
    for status in (302, 200):
        browser = Client()
        post_password(browser)
        assert browser.post("/account/authenticate/", {"code": code}).status_code == status


def guess(address: str, times: int) -> list[int]:
    browser = Client(REMOTE_ADDR=address)
    post_password(browser)
    return [browser.post("/account/authenticate/", {"code": "12345x"}).status_code for _ in range(times)]


def test_guesses_of_a_code_are_delayed_for_the_account_in_every_network() -> None:
    user = make_account()
    add_totp(user)
    codes = iter(RecoveryCodes.activate(user).get_unused_codes())  # no window of time closes on them
    known = Client(REMOTE_ADDR="203.0.113.7")
    post_password(known)
    assert known.post("/account/authenticate/", {"code": next(codes)}).status_code == 302
    assert guess("198.51.100.1", FREE_FAILURES) == [200] * FREE_FAILURES
    assert guess("198.51.100.2", 1) == [200]
    AccessAttempt.objects.update(attempt_time=F("attempt_time") + timedelta(minutes=5))
    browser = Client(REMOTE_ADDR="198.51.100.3")
    post_password(browser)
    code = next(codes)
    late = browser.post("/account/authenticate/", {"code": code})
    assert late.status_code == 429
    assert int(late["Retry-After"]) > 30
    assert "Too many attempts" in late.content.decode()
    known.cookies.pop("sessionid")
    post_password(known)
    again = known.post("/account/authenticate/", {"code": next(codes)})
    assert again.status_code == 302, "a browser that the account knows"
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(minutes=6))
    assert browser.post("/account/authenticate/", {"code": code}).status_code == 302


def test_guesses_of_a_code_are_delayed_at_a_confirmation_too() -> None:
    user = make_account()
    add_totp(user)
    browser = Client()
    browser.force_login(user)
    codes = [browser.post("/account/reauthenticate/", {"code": "12345x"}).status_code for _ in range(6)]
    assert codes == [200] * 5 + [429]


def test_guesses_of_the_current_password_are_delayed_like_a_login() -> None:
    browser = Client()
    browser.force_login(make_account())
    form = {"oldpassword": "wrong", "password1": "a new long password", "password2": "a new long password"}
    assert [browser.post("/account/password/", form).status_code for _ in range(6)] == [200] * 5 + [429]
    assert browser.post("/account/confirm/", {"password": PASSWORD}).status_code == 429
    assert Client().post("/login/", {"login": "ann", "password": PASSWORD}).status_code == 429


@pytest.mark.parametrize("verified", [False, True])
@pytest.mark.parametrize("page", ["/account/tokens/", "/account/totp/activate/", "/account/webauthn/add/"])
def test_whoever_has_no_second_factor_confirms_by_password_whether_the_address_is_verified_or_not(
    page: str, *, verified: bool
) -> None:
    user = make_account()
    EmailAddress.objects.create(user=user, email="ann@alpha.example", primary=True, verified=verified)
    browser = Client()
    browser.force_login(user)
    wanted = browser.post(page, {"name": "laptop", "submit": "on"})
    assert wanted["Location"].startswith("/account/confirm/?next=")
    confirming = browser.get(wanted["Location"]).content.decode()
    assert "Other ways" not in confirming
    assert browser.post("/account/confirm/", {"password": PASSWORD, "next": page}).status_code in (200, 302)
    assert "Location" not in browser.post(page, {"name": "laptop", "submit": "on"}), "it asks no more"


def test_whoever_has_a_second_factor_confirms_with_it_and_not_by_password() -> None:
    user = make_account()
    secret = add_totp(user)
    browser = Client()
    browser.force_login(user)
    wanted = browser.get("/account/totp/deactivate/")
    assert wanted["Location"].startswith("/account/reauthenticate/?next=")
    assert browser.post("/account/confirm/", {"password": PASSWORD})["Location"] == "/account/reauthenticate/"
    assert browser.get("/account/totp/deactivate/").status_code == 302
    form = {"code": totp_code(secret), "next": "/account/totp/deactivate/"}
    assert browser.post("/account/reauthenticate/", form)["Location"] == "/account/totp/deactivate/"
    assert browser.get("/account/totp/deactivate/").status_code == 200


@pytest.mark.parametrize("address", ["/account/totp/activate/", "/account/webauthn/add/"])
def test_a_session_that_did_not_confirm_lately_adds_no_factor(address: str) -> None:
    browser = Client()
    browser.force_login(make_account())
    assert browser.post(address, {"code": "1"})["Location"].startswith("/account/confirm/")


def test_staff_keep_their_last_second_factor() -> None:
    user = make_account(is_staff=True)
    browser = Client()
    log_in_as_staff(browser, user)
    page = browser.post("/account/totp/deactivate/")
    assert "Staff need a second factor" in page.content.decode()
    assert has_second_factor(user)
    key = add_passkey(user)
    assert browser.post("/account/totp/deactivate/").status_code == 302
    page = browser.post(f"/account/webauthn/keys/{key.pk}/remove/")
    assert "Staff need a second factor" in page.content.decode()
    assert has_second_factor(user)


def test_a_change_of_factors_ends_the_logins_of_other_browsers() -> None:
    user = make_account()
    here, there = Client(), Client()
    post_password(here)
    post_password(there)
    assert there.get("/account/").status_code == 200
    confirm(here)
    here.get("/account/totp/activate/")
    here.post("/account/totp/activate/", {"code": totp_code(here.session["mfa.totp.secret"])})
    assert here.get("/account/").status_code == 200
    assert there.get("/account/").status_code == 302
    assert has_second_factor(user)


def test_a_session_from_before_the_factor_has_no_power_of_staff() -> None:
    user = make_account(is_staff=True, is_superuser=True)
    browser = Client()
    browser.force_login(user)
    add_totp(user)
    answer = browser.get("/admin/auth/user/")
    assert answer["Location"] == "/account/reauthenticate/?next=%2Fadmin%2Fauth%2Fuser%2F"


def test_a_factor_of_another_account_counts_for_nothing() -> None:
    other = make_account("eve")
    browser = Client()
    browser.force_login(make_account(is_staff=True))
    confirm_identity(browser, other)
    assert browser.get("/admin/")["Location"] == "/account/security/"


def test_a_reset_by_an_operator_removes_factors_and_ends_logins() -> None:
    user = make_account()
    browser = Client()
    post_password(browser)
    add_totp(user)
    assert reset_second_factors(user=user) == 1
    assert not Authenticator.objects.exists()
    assert browser.get("/account/").status_code == 302


def test_the_secret_of_an_app_is_encrypted_and_survives_a_new_secret_key(settings: Settings) -> None:
    secret = add_totp(make_account())
    stored = Authenticator.objects.get().data["secret"]
    assert secret not in stored
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "n" * 20 + "0123456789" * 5
    assert decrypt_secret(stored) == secret
    assert encrypt_secrets_anew() == 1
    settings.SECRET_KEY_FALLBACKS = []
    assert decrypt_secret(Authenticator.objects.get().data["secret"]) == secret


def test_a_secret_of_an_unknown_key_fits_no_code(settings: Settings) -> None:
    secret = add_totp(make_account())
    settings.SECRET_KEY = "n" * 20 + "0123456789" * 5
    browser = Client()
    post_password(browser)
    for code in (totp_code(secret), totp_code("")):
        assert browser.post("/account/authenticate/", {"code": code}).status_code == 200


@pytest.mark.parametrize(
    "credential",
    ["", "null", "[]", "{}", "1", '"x"', '{"response": {}}', '{"response": {"userHandle": "AA"}}'],
)
def test_a_broken_passkey_is_refused(credential: str) -> None:
    browser = Client()
    browser.get("/account/webauthn/login/", headers={"Accept": "application/json"})
    answer = browser.post("/account/webauthn/login/", {"credential": credential})
    assert (answer.status_code, answer["Location"]) == (302, "/login/")
    browser.force_login(make_account())
    confirm_identity(browser, get_user_model().objects.get(), method="password")
    browser.get("/account/webauthn/add/")
    form = {"credential": credential, "name": "key"}
    assert browser.post("/account/webauthn/add/", form).status_code == 200
