"""Neither Django's page of an error nor a log shows a credential."""

from __future__ import annotations

import logging
import sys
from urllib.parse import quote

import pytest
from django.test import RequestFactory
from django.views.debug import technical_500_response
from pytest_django.fixtures import Settings

from leaderboard.error_reports import RedactingFormatter
from leaderboard.secret_sources import remember_secret

KEY = "planted-Kx7/Qw9+Zr3=Tv5"
PASSWORD, TOKEN, COOKIE, CONTACT = "Pw-a1b2c3", "lagline_T0k3n", "c00kie-value", "me@contact.example"


@pytest.fixture(params=["text/html", "text/plain"])
def report(request: pytest.FixtureRequest, settings: Settings) -> str:
    """The report of an error in a request with every kind of secret, in objects of every kind."""
    settings.DEBUG = True
    settings.CREDENTIALS = {"LAB": KEY}
    settings.CELERY_BROKER_URL = "redis://:broker-pass-1@host/0"
    settings.CACHES = settings.CACHES | {"other": {"LOCATION": "redis://:broker-pass-1@host/1"}}
    remember_secret(KEY)
    remember_secret("redis://:broker-pass-1@host/0")
    web_request = RequestFactory().post(
        f"/login/?echo={quote(KEY, safe='')}",
        {"username": "ada", "password": PASSWORD, "contact": CONTACT},
        headers={
            "Accept": request.param,
            "Authorization": f"Bearer {TOKEN}",
            "Cookie": f"sessionid={COOKIE}",
        },
    )

    def fail(password: str, unsuspicious: object) -> None:
        raise RuntimeError(f"refused: {KEY}")

    try:
        fields = web_request.POST
        fail(PASSWORD, [f"x-api-key: {KEY}", fields])
    except RuntimeError:
        return technical_500_response(web_request, *sys.exc_info()).content.decode()
    raise AssertionError


def test_a_report_has_no_secret_but_tells_the_error(report: str) -> None:
    for secret in (KEY, KEY[:12], KEY[-12:], quote(KEY), PASSWORD, TOKEN, COOKIE, CONTACT, "broker-pass-1"):
        assert secret not in report
    assert "RuntimeError" in report
    assert "ada" in report
    assert "/login/" in report


def test_a_logged_exception_has_no_secret() -> None:
    remember_secret(KEY)
    try:
        raise RuntimeError(f"The provider says: {quote(KEY, safe='')} and sk-abcdefgh1234")
    except RuntimeError:
        record = logging.LogRecord("x", logging.ERROR, "f", 1, "call with %s failed", (KEY,), sys.exc_info())
    line = RedactingFormatter("%(levelname)s %(message)s").format(record)
    assert line.startswith("ERROR call with [secret] failed\nTraceback")
    assert "RuntimeError: The provider says: [secret] and [secret]" in line
