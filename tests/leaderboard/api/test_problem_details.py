"""Every error is problem details (RFC 9457) with our codes, beside the content that errors had before."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from leaderboard.api.problem_types import TITLES, known_codes, title_of, type_of
from leaderboard.api.problems import json_pointer
from leaderboard.rate_limiter import Rate
from leaderboard.read_limits import limiter
from tests.support.record import make_endpoint, make_model, make_suite, make_task

DISPUTE = {
    "fact": "model:deepseek-v3:name",
    "statement": "It is another.",
    "evidence": ["https://a.example/"],
}


def problem(response: Any, status: int, code: str) -> dict[str, Any]:
    """Return the content of an error after checking the members that every error has."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    content: dict[str, Any] = response.json()
    assert (content["status"], content["code"]) == (status, code)
    assert (content["type"], content["title"]) == (type_of(code), title_of(code))
    assert content["error"]["code"] == code
    assert content["error"]["message"] == content["detail"]
    assert code in known_codes()
    return content


def test_an_unknown_parameter_is_named_without_a_pointer_into_a_body(api: APIClient) -> None:
    content = problem(api.get("/api/v1/models?zzz=1"), 400, "invalid")
    assert content["field"] == "zzz"
    assert "country" in content["allowed"]
    assert content["errors"] == [{"detail": content["detail"], "field": "zzz"}]
    assert content["instance"] == "/api/v1/models"
    assert "pointer" not in content
    assert content["error"]["field"] == "zzz"
    assert content["error"]["allowed"] == content["allowed"]


def test_each_field_of_a_body_has_a_pointer(api: APIClient) -> None:
    body = DISPUTE | {"statement": "", "evidence": "none"}
    content = problem(api.post("/api/v1/disputes", body, format="json"), 400, "invalid")
    assert [error["pointer"] for error in content["errors"]] == ["#/statement", "#/evidence"]
    assert content["pointer"] == "#/statement"
    assert all(error["detail"] for error in content["errors"])


def test_a_place_in_a_list_has_a_pointer(api: APIClient) -> None:
    body = DISPUTE | {"evidence": ["https://a.example/", {"b": 1}]}
    content = problem(api.post("/api/v1/disputes", body, format="json"), 400, "invalid")
    assert content["errors"][0]["pointer"] == "#/evidence/1"


def test_a_name_with_reserved_characters_is_escaped_in_its_pointer() -> None:
    assert json_pointer("a/b.c~d") == "#/a~1b/c~0d"


def test_an_operation_names_the_field_that_it_refuses(ann: APIClient) -> None:
    make_suite("mini", make_task())
    make_endpoint()
    body = {"model": "deepseek-v3", "suite": "minni"}
    content = problem(ann.post("/api/v1/submissions", body, format="json"), 400, "unknown_suite")
    assert (content["field"], content["pointer"]) == ("suite", "#/suite")
    assert content["suggestions"] == ["mini"]
    assert content["error"]["allowed"] == ["mini"]
    assert "allowed" not in content


@pytest.mark.parametrize("address", ["/api/v1/models/deepseek-v4", "/api/v1/scores?model=deepseek-v4"])
def test_names_like_an_unknown_one_are_suggested(api: APIClient, address: str) -> None:
    make_model()
    content = api.get(address).json()
    assert content["suggestions"] == ["deepseek-v3"]


def test_the_scope_that_a_token_lacks_is_a_member(ann: APIClient) -> None:
    from leaderboard.models import ApiToken

    ApiToken.objects.update(scopes=["read"])
    content = problem(ann.post("/api/v1/submissions", {}, format="json"), 403, "missing_scope")
    assert content["scope"] == content["error"]["scope"] == "submit"


def test_too_many_reads_say_when_to_try_again(client: Client, settings: Settings, db: None) -> None:
    settings.READ_RATE = Rate.from_text("8/min")
    limiter.clear()
    answers = [client.get("/api/v1/models") for _ in range(4)]
    limiter.clear()
    content = problem(answers[-1], 429, "throttled")
    wait = datetime.fromisoformat(content["retry_at"]) - timezone.now()
    assert abs(wait.total_seconds() - int(answers[-1]["Retry-After"])) < 2


@pytest.mark.parametrize(
    ("method", "address", "status", "code"),
    [
        ("get", "/api/v1/nothing", 404, "not_found"),
        ("delete", "/api/v1/models", 405, "method_not_allowed"),
        ("get", "/api/v1/models?as_of=soon", 400, "invalid"),
        ("get", "/api/v1/account/quotas", 401, "not_authenticated"),
    ],
)
def test_errors_of_every_layer_have_the_same_form(
    api: APIClient, method: str, address: str, status: int, code: str
) -> None:
    problem(getattr(api, method)(address), status, code)


def test_an_error_is_problem_details_also_where_csv_was_requested(api: APIClient) -> None:
    problem(api.get("/api/v1/models?format=csv&country=china"), 400, "invalid")


def test_the_type_of_an_error_is_an_entry_of_the_documentation(client: Client) -> None:
    page = client.get("/api/v1/docs").content.decode()
    anchors = re.findall(r'<dt id="([^"]+)">', page)
    assert anchors == [type_of(code).partition("#")[2] for code in known_codes()]
    assert all(title in page for titles in TITLES.values() for title in titles.values() if "'" not in title)


def test_an_unknown_parameter_beside_a_broken_token_is_refused_like_any_other(
    api: APIClient, bearer: Callable[[str], APIClient]
) -> None:
    for authorization in ("Bearer", "Bearer a b", "Bearer lagline_unknown"):
        headers = {"authorization": authorization}
        assert api.get("/api/v1/account/quotas?zzz=1", headers=headers).status_code == 400
        assert api.get("/api/v1/account/quotas", headers=headers).status_code == 401
    assert bearer("ann").get("/api/v1/account/quotas").status_code == 200
