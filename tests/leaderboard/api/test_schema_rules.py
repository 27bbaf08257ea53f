"""What holds for every operation of the API: its methods, parameters, bodies, errors and headers."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from rest_framework.test import APIClient

from evals.models import Endpoint, ListPrice
from leaderboard import api as package
from leaderboard.api.problem_types import known_codes
from tests.leaderboard.api.test_schema import PLACE, PLACES, resolved
from tests.support.own_endpoints import make_own_endpoint
from tests.support.record import NOW, make_model, make_submission, make_user

DOCUMENT = yaml.safe_load((Path(package.__file__).parent / "schema.yaml").read_text(encoding="utf-8"))
METHODS = {"get", "post", "put", "patch", "delete", "trace", "query"}
PATHS = {path: PLACE.sub(lambda place: PLACES[place[1]], path) for path in DOCUMENT["paths"]}
OPERATIONS = [
    (path, method, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]
NAMES = [f"{method} {path}" for path, method, _ in OPERATIONS]


@pytest.mark.parametrize("path", PATHS)
def test_a_method_that_an_address_does_not_take_is_405_before_anything_else(
    api: APIClient, path: str
) -> None:
    taken = set(DOCUMENT["paths"][path])
    for method in sorted(METHODS - taken):
        response = api.generic(method.upper(), f"{PATHS[path]}?zzz=1&as_of=2026-01-01")
        assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed"), method
        assert taken <= set(response["Allow"].lower().split(", "))


@pytest.mark.parametrize("path", PATHS)
def test_options_returns_the_methods_of_an_address_to_anybody(api: APIClient, path: str) -> None:
    response = api.options(PATHS[path])
    assert (response.status_code, response.content) == (204, b"")
    heads = {"head"} if "get" in DOCUMENT["paths"][path] else set()
    assert set(response["Allow"].lower().split(", ")) == {*DOCUMENT["paths"][path], "options", *heads}


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS, ids=NAMES)
def test_an_empty_parameter_is_refused_by_name(
    api: APIClient, path: str, method: str, operation: dict[str, Any]
) -> None:
    for parameter in operation.get("parameters", []):
        schema = parameter["schema"]
        if parameter["in"] != "query" or schema.get("type") != "string" or is_valid_when_empty(schema):
            continue
        content = api.generic(method.upper(), f"{PATHS[path]}?{parameter['name']}=").json()
        assert (content["status"], content["field"]) == (400, parameter["name"])


def is_valid_when_empty(schema: dict[str, Any]) -> bool:
    """Tell whether an empty text conforms to a schema."""
    is_restricted = {"enum", "format", "pattern"} & set(schema)
    return not is_restricted and schema.get("minLength", 0) == 0


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS, ids=NAMES)
def test_every_operation_declares_its_errors_and_headers(
    path: str, method: str, operation: dict[str, Any]
) -> None:
    responses = operation["responses"]
    expected = {"400", "401", "403", "406", "414", "429", "503"}
    expected |= {"404"} if "{" in path else set()
    expected |= {"413", "415"} if method != "get" else set()
    assert expected <= set(responses)
    for status, response in responses.items():
        if status >= "400":
            assert response == {"$ref": f"#/components/responses/Error{status}"}
        elif method == "get":
            assert {"RateLimit", "RateLimit-Policy"} <= set(response["headers"])
        if status == "201":
            assert response["headers"]["Location"]["required"]


def test_errors_are_problem_details_and_say_when_to_try_again() -> None:
    errors = DOCUMENT["components"]["responses"]
    for name, error in errors.items():
        assert ("application/problem+json" in error["content"]) == (name != "Error414")
    assert "Retry-After" in errors["Error429"]["headers"]
    assert "Retry-After" in errors["Error503"]["headers"]
    assert DOCUMENT["components"]["schemas"]["ProblemRow"]["properties"]["error"]["deprecated"]


def test_every_body_says_that_it_has_no_other_fields() -> None:
    bodies = [
        media["schema"]["$ref"].rsplit("/", 1)[1]
        for _path, _method, operation in OPERATIONS
        for media in operation.get("requestBody", {}).get("content", {}).values()
    ]
    assert len(bodies) > 10
    assert all(DOCUMENT["components"]["schemas"][name]["additionalProperties"] is False for name in bodies)


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("budget_calls", "5", 'a whole number, not "5"'),
        ("budget_calls", True, "a whole number, not true"),
        ("budget_usd", False, "a number, or a text with one, not false"),
        ("priority", "1", "a whole number"),
        ("spare", 1, "There is no such field"),
    ],
)
def test_a_value_of_another_json_type_is_refused_by_name(
    bearer: Callable[[str], APIClient], field: str, value: Any, expected: str
) -> None:
    client = bearer("ann")
    submission = make_submission(submitter=make_user("ann"))
    response = client.patch(f"/api/v1/submissions/{submission.public_id}", {field: value}, format="json")
    content = response.json()
    assert (response.status_code, content["pointer"]) == (400, f"#/{field}")
    assert expected in content["detail"]


def test_a_text_and_a_truth_value_are_not_taken_from_numbers(bearer: Callable[[str], APIClient]) -> None:
    client = bearer("ann")
    make_own_endpoint(make_user("ann"))
    address = "/api/v1/account/endpoints/ann--lab"
    wrong = client.patch(address, {"enabled": 0, "api_model": 5}, format="json").json()
    assert [error["field"] for error in wrong["errors"]] == ["api_model", "enabled"]
    assert client.patch(address, {"enabled": False, "api_model": "5"}, format="json").status_code == 200
    assert Endpoint.objects.get(slug="ann--lab").api_model == "5"


def test_decimal_numbers_are_texts_in_lists_as_in_single_rows(api: APIClient) -> None:
    source = {"source": "https://example.org/prices", "retrieved_on": NOW.date()}
    price = {"input_usd_per_mtok": "0.25", "output_usd_per_mtok": "1.5", "provider": "lab"}
    ListPrice.objects.create(model=make_model(), in_force_on=NOW.date(), **price, **source)
    (row,) = api.get("/api/v1/prices").json()["data"]
    assert (row["input_usd_per_mtok"], row["cached_input_usd_per_mtok"]) == ("0.250000", None)
    assert api.get("/api/v1/models/deepseek-v3").json()["data"]["prices"] == [row]


def test_choices_that_may_stay_empty_and_addresses_that_may_be_missing_are_declared_so() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    named = [choice["$ref"] for choice in schemas["ScoreRow"]["properties"]["reported_by"]["oneOf"]]
    assert named == ["#/components/schemas/ReportedByEnum", "#/components/schemas/BlankEnum"]
    assert schemas["BlankEnum"]["enum"] == [""]
    assert "format" not in schemas["ProposalRow"]["properties"]["weights_url"]


def problems_of(example: Any, schema: dict[str, Any]) -> list[str]:
    """Return what an example has that its schema does not allow."""
    whole = resolved(schema, DOCUMENT["components"]["schemas"])
    assert isinstance(whole, dict)
    return [f"{e.json_path}: {e.message}" for e in Draft202012Validator(whole).iter_errors(example)]


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS, ids=NAMES)
def test_every_operation_has_examples_that_conform_to_its_schema(
    path: str, method: str, operation: dict[str, Any]
) -> None:
    for media in operation.get("requestBody", {}).get("content", {}).values():
        for example in media["examples"].values():
            assert problems_of(example["value"], media["schema"]) == []
    for status, response in operation["responses"].items():
        media = response.get("content", {}).get("application/json")
        if media is None:  # an error, described once for all; a stream; or no content
            continue
        name = media["examples"]["recorded"]["$ref"].rpartition("/")[2]
        example = DOCUMENT["components"]["examples"][name]["value"]
        assert problems_of(example, media["schema"]) == [], status


def test_the_examples_of_errors_conform_to_their_schema() -> None:
    for name, error in DOCUMENT["components"]["responses"].items():
        if media := error["content"].get("application/problem+json"):
            assert problems_of(media["example"], media["schema"]) == [], name
            assert media["example"]["code"] in known_codes()


def test_the_document_lists_each_address_as_the_api_has_it() -> None:
    assert all(re.fullmatch(r"/api/v1/[\w/{}-]+", path) for path in PATHS)
