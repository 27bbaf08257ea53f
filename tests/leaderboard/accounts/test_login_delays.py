"""Wrong passwords delay one account at one address, for a growing time that ends by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.auth import get_user_model
from django.db.models import F
from django.test import Client
from pytest_django.fixtures import Settings

from leaderboard.accounts.login_delays import (
    FORGOTTEN_AFTER,
    FREE_FAILURES,
    LONGEST_DELAY,
    LoginSource,
    delay_after,
    record_failure,
    remaining_delay,
)
from leaderboard.client_address import read_trusted_proxies
from tests.support.record import NOW

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough password"
ATTACKER, OPERATOR = "198.51.100.1", "203.0.113.7"
PROXY = "10.0.0.1"
ANN = LoginSource("ann", ATTACKER)


@pytest.fixture(autouse=True)
def accounts(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = read_trusted_proxies([PROXY])
    for name in ("operator", "ann"):
        get_user_model().objects.create_user(name, password=PASSWORD, email=f"{name}@example.org")


def log_in(name: str, password: str, address: str, *, url: str = "/login/", forged: str = "") -> int:
    """Try a login through the proxy; 302 means that it succeeded."""
    forwarded = f"{forged}, {address}" if forged else address
    response = Client(REMOTE_ADDR=PROXY).post(
        url, {"login": name, "password": password}, headers={"X-Forwarded-For": forwarded}
    )
    return response.status_code


def fail(name: str, address: str, times: int, **settings: str) -> list[int]:
    return [log_in(name, "wrong", address, **settings) for _ in range(times)]


def let_pass(time: timedelta) -> None:
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - time)


def test_others_cannot_lock_out_an_operator_behind_the_same_proxy() -> None:
    assert fail("operator", ATTACKER, FREE_FAILURES + 3) == [200] * (FREE_FAILURES + 1) + [429] * 2
    assert log_in("operator", PASSWORD, ATTACKER) == 429
    assert log_in("operator", PASSWORD, OPERATOR) == 302
    assert log_in("ann", PASSWORD, ATTACKER) == 302
    assert log_in("operator", PASSWORD, ATTACKER) == 429, "another address's login ends no delay"


def test_a_forged_address_escapes_no_delay() -> None:
    statuses = [
        log_in("operator", "wrong", ATTACKER, forged=f"192.0.2.{i}") for i in range(FREE_FAILURES + 2)
    ]
    assert statuses[-1] == 429


def test_the_admin_has_no_login_of_its_own_that_could_be_guessed_at() -> None:
    for password in ("wrong", PASSWORD):
        answer = Client().post(
            "/admin/login/?next=/admin/evals/", {"username": "operator", "password": password}
        )
        assert (answer.status_code, answer["Location"]) == (302, "/login/?next=/admin/evals/")
    assert Client().get("/admin/")["Location"] == "/admin/login/?next=/admin/"
    assert not AccessAttempt.objects.exists()


def test_a_delay_ends_by_itself_and_cannot_be_prolonged() -> None:
    fail("operator", ATTACKER, FREE_FAILURES + 1)
    let_pass(timedelta(seconds=20))
    assert fail("operator", ATTACKER, 5) == [429] * 5
    let_pass(timedelta(seconds=11))
    assert log_in("operator", PASSWORD, ATTACKER) == 302
    assert not AccessAttempt.objects.exists(), "a login forgets the failures"


def test_each_failure_after_a_delay_makes_the_next_longer() -> None:
    fail("operator", ATTACKER, FREE_FAILURES + 1)
    let_pass(timedelta(seconds=31))
    assert fail("operator", ATTACKER, 2) == [200, 429]
    let_pass(timedelta(seconds=31))
    assert log_in("operator", PASSWORD, ATTACKER) == 429
    let_pass(timedelta(seconds=30))
    assert log_in("operator", PASSWORD, ATTACKER) == 302


def test_a_refused_login_says_how_long_to_wait() -> None:
    fail("operator", ATTACKER, FREE_FAILURES + 1)
    response = Client(REMOTE_ADDR=PROXY).post(
        "/login/", {"login": "operator", "password": PASSWORD}, headers={"X-Forwarded-For": ATTACKER}
    )
    assert 25 <= int(response["Retry-After"]) <= 30
    assert "again in 1 minute." in response.content.decode()
    assert PASSWORD not in str(AccessAttempt.objects.values())


def post_login(browser: Client, name: str, password: str, address: str) -> int:
    browser.cookies.pop("sessionid", None)  # what was logged in before has ended
    return browser.post(
        "/login/", {"login": name, "password": password}, headers={"X-Forwarded-For": address}
    ).status_code


def test_nobody_in_the_same_network_delays_a_browser_that_the_account_knows() -> None:
    browser = Client(REMOTE_ADDR=PROXY)
    assert post_login(browser, "operator", PASSWORD, OPERATOR) == 302
    cookie = browser.cookies["known_browser"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert fail("operator", OPERATOR, FREE_FAILURES + 2)[-1] == 429
    assert log_in("operator", PASSWORD, OPERATOR) == 429, "another browser waits"
    assert post_login(browser, "operator", PASSWORD, OPERATOR) == 302
    assert browser.cookies["known_browser"].value == cookie.value, "it stays the same browser"


def test_a_known_browser_is_delayed_by_its_own_failures_in_every_network() -> None:
    browser = Client(REMOTE_ADDR=PROXY)
    post_login(browser, "operator", PASSWORD, OPERATOR)
    statuses = [post_login(browser, "operator", "wrong", f"192.0.2.{i}") for i in range(FREE_FAILURES + 2)]
    assert statuses[-1] == 429
    assert log_in("operator", PASSWORD, OPERATOR) == 302, "elsewhere the account is free"


@pytest.mark.parametrize("value", ["", "forged", "WyJvcGVyYXRvciIsImEiXQ:1:x"])
def test_a_forged_cookie_or_another_accounts_escapes_no_delay(value: str) -> None:
    browser = Client(REMOTE_ADDR=PROXY)
    post_login(browser, "ann", PASSWORD, ATTACKER)
    if value:
        browser.cookies["known_browser"] = value
    fail("operator", ATTACKER, FREE_FAILURES + 1)
    assert post_login(browser, "operator", PASSWORD, ATTACKER) == 429


def test_delays_grow_to_a_limit() -> None:
    seconds = [delay_after(failures).total_seconds() for failures in range(12)]
    assert seconds == [0, 0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900]
    assert delay_after(10_000) == LONGEST_DELAY


def test_old_failures_are_forgotten() -> None:
    for _ in range(9):
        record_failure(source=ANN, now=NOW)
    later = NOW + FORGOTTEN_AFTER + timedelta(seconds=1)
    assert remaining_delay(source=ANN, now=NOW) > timedelta()
    assert remaining_delay(source=ANN, now=later) == timedelta()
    record_failure(source=ANN, now=later)
    assert AccessAttempt.objects.get().failures_since_start == 1
