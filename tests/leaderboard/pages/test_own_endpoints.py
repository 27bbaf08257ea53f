"""The pages of own endpoints: a form that never shows a key again, and pages for members only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from evals.models import Endpoint, EndpointKey, Preflight
from evals.operations.endpoints.preflights import request_preflight
from evals.operations.owners.access import owner_of
from tests.support.own_endpoints import KEY, give_key, make_own_endpoint, pass_preflight, worker_with_keys
from tests.support.record import make_endpoint, make_model, make_organisation, make_suite, make_user

HOME = "/account/endpoints/"
NEW = {
    "owner": "ann", "name": "lab", "model": "deepseek-v3", "preset": "deepseek", "api_model": "deepseek-chat",
    "key": KEY, "max_concurrency": "4",
}  # fmt: skip


@pytest.fixture
def worker(db: None, settings: Settings, tmp_path: Path) -> Iterator[None]:
    with worker_with_keys(settings, tmp_path):
        yield


@pytest.fixture
def ann(db: None) -> User:
    make_model()
    return make_user("ann")


@pytest.fixture
def browser(ann: User) -> Client:
    client = Client()
    client.force_login(ann)
    return client


def other(name: str) -> Client:
    client = Client()
    client.force_login(make_user(name))
    return client


def test_one_form_registers_an_endpoint_with_its_key(browser: Client, worker: None) -> None:
    assert "DeepSeek" in browser.get(f"{HOME}new/?model=deepseek-v3").content.decode()
    response = browser.post(f"{HOME}new/", NEW)
    assert response["Location"] == f"{HOME}ann--lab/"
    key = EndpointKey.objects.get()
    assert (key.endpoint.slug, key.keep, key.endpoint.max_concurrency) == ("ann--lab", False, 4)
    page = browser.get(f"{HOME}ann--lab/").content.decode()
    assert "A key has been stored since" in page
    assert KEY not in page
    assert "needs a preflight" in browser.get(HOME).content.decode()


def test_a_refused_form_does_not_show_the_key_and_stores_nothing(browser: Client, worker: None) -> None:
    for changed in (
        {"model": "nothing"},
        {"preset": "", "base_url": "https://10.0.0.1/v1", "protocol": "openai-chat"},
    ):
        refused = browser.post(f"{HOME}new/", NEW | changed)
        assert refused.status_code == 400
        assert KEY not in refused.content.decode()
    spaced = f"{KEY} {KEY}"
    refused = browser.post(f"{HOME}new/", NEW | {"key": spaced})
    assert refused.status_code == 400
    assert KEY not in refused.content.decode()
    assert not Endpoint.objects.exists(), "neither the endpoint nor its key"
    assert all(KEY not in str(session.get_decoded()) for session in Session.objects.all())


def test_a_key_is_replaced_and_deleted_on_the_page(browser: Client, ann: User, worker: None) -> None:
    make_own_endpoint(ann)
    assert browser.post(f"{HOME}ann--lab/key/", {"key": KEY, "keep": "on"}).status_code == 302
    assert EndpointKey.objects.get().keep
    refused = browser.post(f"{HOME}ann--lab/key/", {"key": "too many words"})
    assert refused.status_code == 400
    assert "too many words" not in refused.content.decode()
    browser.post(f"{HOME}ann--lab/key/delete/")
    assert not EndpointKey.objects.filter(deleted_at=None).exists()
    assert "No key is stored" in browser.get(f"{HOME}ann--lab/").content.decode()


def test_whether_a_key_is_kept_is_switched_without_storing_it_again(
    browser: Client, ann: User, worker: None
) -> None:
    give_key(ann, make_own_endpoint(ann))
    assert "Keep the key</button>" in browser.get(f"{HOME}ann--lab/").content.decode()
    for form, is_kept in (({"keep": ""}, True), ({}, False)):
        assert browser.post(f"{HOME}ann--lab/key/keep/", form).status_code == 302
        assert EndpointKey.objects.get().keep is is_kept
    assert other("bob").post(f"{HOME}ann--lab/key/keep/", {"keep": ""}).status_code == 404
    assert not EndpointKey.objects.get().keep


def test_another_host_deletes_the_key_and_the_page_says_so(browser: Client, ann: User, worker: None) -> None:
    endpoint = make_own_endpoint(ann)
    give_key(ann, endpoint)
    form = {
        "base_url": "https://eu.lab.example/v1",
        "api_model": "lab-1",
        "max_concurrency": "8",
        "enabled": "on",
    }
    page = browser.post(f"{HOME}ann--lab/", form, follow=True).content.decode()
    assert "The address changed, so the key was deleted." in page
    assert "No key is stored" in page


def test_a_preflight_is_requested_followed_and_read(browser: Client, ann: User) -> None:
    endpoint = make_own_endpoint(ann)
    browser.post(f"{HOME}ann--lab/preflight/", {"suite": ""})
    page = browser.get(f"{HOME}ann--lab/").content.decode()
    assert 'hx-trigger="every 2s"' in page
    checks = [
        {"check": "address", "state": "passed", "message": ""},
        {"check": "key", "state": "failed", "message": "<b>no</b>"},
    ]
    Preflight.objects.update(state="failed", checks=checks)
    page = browser.get(f"{HOME}ann--lab/").content.decode()
    assert "The key is accepted <small>failed</small>" in page
    assert "&lt;b&gt;no&lt;/b&gt;" in page
    assert "hx-trigger" not in page
    pass_preflight(endpoint)
    assert "This endpoint takes submissions." in browser.get(f"{HOME}ann--lab/").content.decode()


def test_nobody_else_finds_an_endpoint_or_changes_it(browser: Client, ann: User) -> None:
    make_own_endpoint(ann)
    bob = other("bob")
    assert bob.get(f"{HOME}ann--lab/").status_code == 404
    for step in ("", "key/", "key/delete/", "sharing/", "preflight/", "delete/"):
        assert bob.post(f"{HOME}ann--lab/{step}", {"key": KEY}).status_code == 404
    assert "ann--lab" not in bob.get(HOME).content.decode()
    assert Client().get(f"{HOME}ann--lab/").status_code == 302


def test_a_reader_of_an_organisation_sees_no_buttons_and_no_key(ann: User) -> None:
    make_organisation("acme", owner=ann, reader=make_user("bob"))
    make_own_endpoint(ann, owner="acme")
    bob = other("bob")
    page = bob.get(f"{HOME}acme--lab/").content.decode()
    assert "Store the key" not in page
    assert bob.post(f"{HOME}acme--lab/key/", {"key": KEY}).status_code == 403


def test_the_submission_form_offers_what_the_reader_may_use(browser: Client, ann: User) -> None:
    make_suite()
    make_endpoint("deepseek-api")
    endpoint = make_own_endpoint(ann)
    assert "ann--lab" in browser.get("/submit/").content.decode()
    bob = other("bob")
    assert "ann--lab" not in bob.get("/submit/").content.decode()
    endpoint.shared_with.add(owner_of(make_user("bob")))
    assert "ann--lab" in bob.get("/submit/").content.decode()


def test_an_endpoint_is_shared_and_deleted_on_the_page(browser: Client, ann: User) -> None:
    make_user("bob")
    endpoint = make_own_endpoint(ann)
    request_preflight(actor=ann, endpoint=endpoint, now=timezone.now())
    browser.post(f"{HOME}ann--lab/sharing/", {"shared_with": " bob, "})
    assert [owner.handle for owner in endpoint.shared_with.all()] == ["bob"]
    assert browser.post(f"{HOME}ann--lab/sharing/", {"shared_with": "nobody"}).status_code == 400
    assert browser.post(f"{HOME}ann--lab/delete/")["Location"] == HOME
    assert not Endpoint.objects.exists()


def test_the_page_follows_a_preflight_by_itself_and_leads_to_the_form_for_its_owner(
    browser: Client, ann: User
) -> None:
    endpoint = make_own_endpoint(ann)
    address = f"{HOME}{endpoint.slug}/"
    assert 'hx-trigger="every 2s"' not in browser.get(address).content.decode()
    request_preflight(actor=ann, endpoint=endpoint, suite=None, now=timezone.now())
    waiting = browser.get(address).content.decode()
    assert 'hx-trigger="every 2s"' in waiting
    assert re.search(r'<script src="[^"]*htmx', waiting), "what asks every two seconds"
    Preflight.objects.all().delete()
    pass_preflight(endpoint)
    assert f"/submit/?endpoint={endpoint.slug}&amp;owner=ann" in browser.get(address).content.decode()
