"""What a token may do: by its scopes, until it expires, and for one organisation only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import URLPattern, get_resolver
from django.utils import timezone
from rest_framework.test import APIClient
from rest_framework.views import APIView

from evals.models import Submission
from evals.operations.owners.access import owner_of
from leaderboard.accounts.tokens import TokenRefused, issue_token, note_token_use
from leaderboard.api.generics import KnownParametersMixin
from leaderboard.api.views.fallback import Nowhere
from leaderboard.models import ApiToken
from tests.support.record import NOW, make_endpoint, make_organisation, make_submission, make_suite, make_user

pytestmark = pytest.mark.django_db
TARGET = {"endpoint": "deepseek-api", "suite": "mini"}
UNSAFE = ("post", "put", "patch", "delete")
DISPUTE = {
    "fact": "model:deepseek-v3:name",
    "statement": "It is written otherwise on its card.",
    "evidence": ["https://example.org/card"],
}


def client_with(name: str = "ann", **options: Any) -> APIClient:
    now = options.pop("now", timezone.now())
    issued = issue_token(user=make_user(name), name=f"token {ApiToken.objects.count()}", now=now, **options)
    client = APIClient(headers={"authorization": f"Bearer {issued.secret}"})
    client.raise_request_exception = False
    return client


def outcome(response: Any) -> tuple[int, str]:
    """Return the status, and the scope that is missing."""
    error = response.json().get("error", {}) if response.status_code >= 400 else {}
    return response.status_code, error.get("scope", "")


def views() -> dict[str, type[APIView]]:
    def walk(resolver: Any, path: str) -> Any:
        for pattern in resolver.url_patterns:
            route = path + str(pattern.pattern)
            if isinstance(pattern, URLPattern):
                yield route, getattr(pattern.callback, "cls", None)
            else:
                yield from walk(pattern, route)

    routes = dict(walk(get_resolver(), "/"))
    return {route: view for route, view in routes.items() if route.startswith("/api/") and view}


def test_every_view_that_writes_declares_the_scope_that_a_token_needs() -> None:
    assert len(views()) > 50
    for route, view in views().items():
        if view is not Nowhere:
            assert issubclass(view, KnownParametersMixin), f"{route} does not ask for the token's scope"
            writes = any(hasattr(view, method) for method in UNSAFE)
            assert writes == (view.write_scope is not None), f"{route}: write_scope"


def test_a_token_that_only_reads_writes_nothing() -> None:
    submission = make_submission(submitter=make_user("ann"))
    client, address = client_with(scopes=["read"]), f"/api/v1/submissions/{submission.public_id}"
    assert outcome(client.post("/api/v1/submissions", TARGET, format="json")) == (403, "submit")
    assert outcome(client.post("/api/v1/disputes", DISPUTE, format="json")) == (403, "submit")
    assert outcome(client.post("/api/v1/explore?follower=CN&leader=US")) == (403, "submit")
    assert outcome(client.post(f"{address}/cancel")) == (403, "manage")
    assert outcome(client.patch(address, {"budget_usd": "5"}, format="json")) == (403, "manage")
    assert client.get(address).json()["data"]["budgets"] is not None, "but sees the details"
    assert Submission.objects.get().state == "PENDING"


def test_the_error_names_the_missing_scope_for_programs_and_people() -> None:
    response = client_with(scopes=["submit"]).post(
        f"/api/v1/submissions/{make_submission().public_id}/cancel"
    )
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["scope"]) == (403, "missing_scope", "manage")
    assert "manage" in error["message"]


def test_a_token_that_submits_controls_nothing_and_one_that_manages_submits_nothing() -> None:
    make_endpoint()
    make_suite()
    submits, manages = client_with(scopes=["submit"]), client_with(scopes=["manage"])
    assert outcome(manages.post("/api/v1/submissions", TARGET, format="json")) == (403, "submit")
    created = submits.post("/api/v1/submissions", TARGET, format="json")
    assert created.status_code == 201
    address = created["Location"]
    assert outcome(submits.post(f"{address}/cancel")) == (403, "manage")
    assert outcome(manages.post(f"{address}/cancel")) == (200, "")


def test_the_method_that_a_view_lacks_is_refused_as_such_whatever_the_scopes() -> None:
    assert client_with(scopes=["read"]).post("/api/v1/models").status_code == 405


def test_an_expired_token_is_refused_like_an_unknown_one() -> None:
    client = client_with(now=timezone.now() - timedelta(days=2), lifetime=timedelta(days=1))
    response = client.get("/api/v1/submissions")
    assert (response.status_code, response.json()["error"]["code"]) == (401, "authentication_failed")
    assert "expired" in response.json()["error"]["message"]
    assert client_with(lifetime=timedelta(days=1)).get("/api/v1/submissions").status_code == 200


def test_the_token_of_an_organisation_acts_for_it_alone() -> None:
    ann = make_user("ann")
    acme, other = make_organisation("acme", owner=ann), make_organisation("other", owner=ann)
    make_endpoint()
    make_suite()
    client = client_with(owner=acme)
    assert client.post("/api/v1/submissions", TARGET, format="json").status_code == 201
    assert Submission.objects.get().owner == acme
    for owner in (owner_of(ann), other):
        refused = client.post("/api/v1/submissions", TARGET | {"owner": owner.handle}, format="json")
        assert (refused.status_code, refused.json()["error"]["code"]) == (400, "unknown_owner")
        theirs = make_submission(submitter=ann, owner=owner.handle)
        address = f"/api/v1/submissions/{theirs.public_id}"
        assert client.post(f"{address}/cancel").status_code == 403
        assert client.get(address).json()["data"]["budgets"] is None


def test_the_token_of_an_organisation_has_none_of_its_makers_permissions() -> None:
    operator = make_user("op", role="operator")
    acme = make_organisation(owner=operator)
    theirs = make_submission(submitter=make_user("ann"))
    client = client_with("op", owner=acme)
    assert client.post(f"/api/v1/submissions/{theirs.public_id}/cancel").status_code == 403
    assert client.get("/api/v1/audit").status_code == 403
    assert client_with("op").get("/api/v1/audit").status_code == 200


def test_a_token_ends_with_the_membership_of_its_maker() -> None:
    ann = make_user("ann")
    acme = make_organisation(owner=ann)
    submission, client = make_submission(submitter=ann, owner="acme"), client_with(owner=acme)
    acme.members.all().delete()
    assert client.post(f"/api/v1/submissions/{submission.public_id}/cancel").status_code == 403
    assert client.post("/api/v1/submissions", TARGET, format="json").status_code == 400


def test_a_stream_shows_a_token_no_more_than_its_organisation_may_see(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    operator = make_user("op", role="operator")
    acme = make_organisation(owner=operator)
    failed = make_submission(submitter=make_user("ann"), state="FAILED")
    address = f"/api/v1/submissions/{failed.public_id}/events"
    whole = b"".join(client_with("op").get(address)).decode()
    narrowed = b"".join(client_with("op", owner=acme).get(address)).decode()
    assert "did not answer within 300 seconds" in whole
    assert "did not answer within 300 seconds" not in narrowed


def test_only_who_submits_for_an_organisation_creates_its_tokens() -> None:
    reader, stranger = make_user("rita"), make_user("eve")
    acme = make_organisation(owner=make_user("ann"), reader=reader)
    for user in (reader, stranger):
        with pytest.raises(TokenRefused, match="owners and submitters"):
            issue_token(user=user, name="laptop", owner=acme, now=NOW)


def test_the_last_use_is_stored_at_most_every_five_minutes() -> None:
    token = issue_token(user=make_user(), name="laptop", now=NOW).token

    def used_at(after: timedelta) -> Any:
        token.refresh_from_db()
        note_token_use(token=token, now=NOW + after)
        token.refresh_from_db()
        return token.last_used_at

    assert used_at(timedelta()) == NOW
    assert used_at(timedelta(minutes=4)) == NOW
    assert used_at(timedelta(minutes=6)) == NOW + timedelta(minutes=6)


def test_a_read_notes_the_use_of_its_token(ann: APIClient) -> None:
    assert ann.get("/api/v1/models").status_code == 200
    assert ApiToken.objects.get().last_used_at is not None


def test_a_new_token_has_every_scope_by_default(bearer: Callable[..., APIClient]) -> None:
    bearer("ann")
    assert ApiToken.objects.get().scopes == ["manage", "read", "submit"]
