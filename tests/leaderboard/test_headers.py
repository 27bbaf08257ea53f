"""The headers and cookies with which browsers protect readers and accounts."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.http import HttpResponse
from django.test import Client, RequestFactory

from leaderboard.resource_policy import CrossOriginResourcePolicyMiddleware
from tests.documents.inventory import ROOT

PASSWORD = "a long enough password"
ADDRESSES = (
    "/",
    "/method/",
    "/login/",
    "/nowhere/",
    "/api/v1/",
    "/robots.txt",
    "/static/lagline/lagline.css",
)


@pytest.mark.django_db
@pytest.mark.parametrize("address", ADDRESSES)
def test_every_response_switches_off_what_no_page_uses(address: str) -> None:
    response = Client().get(address)
    policy = response["Permissions-Policy"]
    assert "camera=()" in policy
    assert "geolocation=()" in policy
    assert "publickey-credentials-get=(self)" in policy
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["X-Content-Type-Options"] == "nosniff"


@pytest.mark.django_db
def test_other_sites_may_load_images_and_frames_and_nothing_else() -> None:
    policies = {
        address: Client().get(address)["Cross-Origin-Resource-Policy"]
        for address in ("/", "/login/", "/api/v1/", "/embed/")
    }
    assert policies == {
        "/": "same-origin",
        "/login/": "same-origin",
        "/api/v1/": "same-origin",
        "/embed/": "cross-origin",
    }
    image = CrossOriginResourcePolicyMiddleware(lambda _: HttpResponse(content_type="image/png"))
    assert image(RequestFactory().get("/"))["Cross-Origin-Resource-Policy"] == "cross-origin"


@pytest.mark.django_db
def test_cookies_are_for_this_site_only_and_out_of_reach_of_scripts() -> None:
    get_user_model().objects.create_user("ann", password=PASSWORD)
    browser = Client(enforce_csrf_checks=True)
    browser.get("/login/")
    token = browser.cookies["csrftoken"].value
    form = {"login": "ann", "password": PASSWORD, "csrfmiddlewaretoken": token}
    assert browser.post("/login/", form).status_code == 302
    assert {"csrftoken", "sessionid", "known_browser"} == set(browser.cookies)
    for cookie in browser.cookies.values():
        assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")


PRINT_COOKIES = """
import json, django
from django.conf import settings
django.setup()
names = ("SESSION", "CSRF", "LANGUAGE", "KNOWN_BROWSER")
print(json.dumps({name: [getattr(settings, name + "_COOKIE_NAME"),
    getattr(settings, name + "_COOKIE_SECURE", settings.SESSION_COOKIE_SECURE),
    getattr(settings, name + "_COOKIE_PATH", "/"), getattr(settings, name + "_COOKIE_DOMAIN", None)]
    for name in names}))
"""


@pytest.mark.parametrize(
    ("public_url", "prefix", "secure"),
    [("https://lagline.example", "__Host-", True), ("http://127.0.0.1:8000", "", False)],
)
def test_cookies_are_bound_to_the_host_where_there_is_https(
    tmp_path: Path, public_url: str, prefix: str, secure: bool
) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "DATA_DIR": str(tmp_path),
        "PUBLIC_URL": public_url,
        "SECRET_KEY": secrets.token_urlsafe(48),
        "DJANGO_SETTINGS_MODULE": "leaderboard.settings",
    }
    command = [sys.executable, "-c", PRINT_COOKIES]
    cookies = json.loads(subprocess.check_output(command, cwd=ROOT, env=environment, text=True))
    names = ("sessionid", "csrftoken", "django_language", "known_browser")
    assert list(cookies.values()) == [[prefix + name, secure, "/", None] for name in names]


def test_a_slash_at_the_end_of_the_public_address_is_left_out(tmp_path: Path) -> None:
    environment = os.environ | {"PUBLIC_URL": "http://lag.example/", "DATA_DIR": str(tmp_path)}
    command = [sys.executable, "-c", "from leaderboard import settings; print(settings.PUBLIC_URL)"]
    printed = subprocess.check_output(command, cwd=ROOT, env=environment, text=True)
    assert printed == "http://lag.example\n"
