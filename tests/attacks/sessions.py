"""Attacks on authentication: old sessions, missing second factors, weak passwords, missing headers."""

from __future__ import annotations

import httpx2

from tests.attacks.attack import Count
from tests.attacks.service import PASSWORD, Service, csrf_token

NEW_PASSWORD = "eleven quiet otters under ice"
PASSWORD_PAGE = "/account/password/"
HEADERS = (
    "content-security-policy",
    "permissions-policy",
    "referrer-policy",
    "x-content-type-options",
    "cross-origin-opener-policy",
)


def change_password(client: httpx2.Client, old: str, new: str) -> int:
    """Fill in the form of a new password, and return the status."""
    token = csrf_token(client, PASSWORD_PAGE)
    fields = {"csrfmiddlewaretoken": token, "oldpassword": old, "password1": new, "password2": new}
    response = client.post(PASSWORD_PAGE, data=fields)
    return response.status_code


def keep_a_session_after_a_new_password(service: Service) -> Count:
    """A new password ends the account's other sessions and its tokens."""
    count = Count()
    other = service.logged_in("changing", "127.58.1.1")
    token = service.client("127.58.1.3", token="changing")
    before = token.post("/api/v1/submissions", json={}).status_code
    owner = service.logged_in("changing", "127.58.1.2")
    status = change_password(owner, PASSWORD, NEW_PASSWORD)
    count.add(before == 400 and status == 302, f"token {before}, change {status}")
    count.add(other.get(PASSWORD_PAGE).status_code == 302, "the other session goes on")
    after = token.post("/api/v1/submissions", json={}).status_code
    count.add(after == 401, f"the token got {after}")
    return count


def use_staff_powers_without_a_second_factor(service: Service) -> Count:
    """Staff who have logged in by a password alone reach nothing of the admin."""
    count, client = Count(), service.logged_in("watcher", "127.58.2.1")
    for path in ("", "evals/submission/", "auth/user/"):
        response = client.get(f"/admin/{path}")
        count.add(response.status_code in (302, 403), f"/admin/{path}: {response.status_code}")
    return count


def choose_a_weak_password(service: Service) -> Count:
    """Short, common, numeric and personal passwords are refused."""
    count, client = Count(), service.logged_in("mallory", "127.58.3.1")
    for password in ("short", "password1234", "123456789012", "mallory@example.org"):
        status = change_password(client, PASSWORD, password)
        count.add(status in {200, 400}, f"{password}: {status}")
    return count


def omit_headers(service: Service) -> Count:
    """Pages, errors and the API carry the protecting headers."""
    count, client = Count(), service.client("127.58.4.1")
    for path in ("/", "/login/", "/nope/", "/api/v1/models", "/explore/?follower=developer:nobody"):
        headers = client.get(path).headers
        for name in HEADERS:
            count.add(name in headers, f"{path} has no {name}")
    return count
