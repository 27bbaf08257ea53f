"""The OpenAPI document is the committed one, promises what is answered, and can be read in a browser."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from django.test import Client
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from pytest_django import Settings
from rest_framework.test import APIClient

from evals.models import Claim
from leaderboard import api as package
from leaderboard.queries import composite_lag
from tests.evals.operations.webhooks.builders import subscribe, write_notice
from tests.support.cohorts import published_again, two_cohorts
from tests.support.own_endpoints import make_own_endpoint, pass_preflight
from tests.support.proposals import make_proposal
from tests.support.record import (
    NOW,
    add_samples,
    make_benchmark,
    make_dispute,
    make_endpoint,
    make_model,
    make_score,
    make_submission,
    make_user,
)

JSON = {"accept": "application/json"}
SNAPSHOT = Path(package.__file__).parent / "schema.yaml"
READ = {
    "/api/v1/account/quotas": "/api/v1/account/quotas",
    "/api/v1/reliability": "/api/v1/reliability",
    "/api/v1/audit": "/api/v1/audit",
    "/api/v1/proposals": "/api/v1/proposals",
    "/api/v1/account/notices": "/api/v1/account/notices",
    "/api/v1/account/webhooks": "/api/v1/account/webhooks",
    "/api/v1/account/endpoints": "/api/v1/account/endpoints",
    "/api/v1/developers": "/api/v1/developers",
    "/api/v1/models": "/api/v1/models",
    "/api/v1/models/{slug}": "/api/v1/models/deepseek-v3",
    "/api/v1/benchmarks": "/api/v1/benchmarks",
    "/api/v1/benchmarks/{slug}": "/api/v1/benchmarks/gpqa",
    "/api/v1/scores": "/api/v1/scores",
    "/api/v1/claims": "/api/v1/claims",
    "/api/v1/claims/judged": "/api/v1/claims/judged",
    "/api/v1/claims/{slug}": "/api/v1/claims/somebody",
    "/api/v1/suites": "/api/v1/suites",
    "/api/v1/endpoints": "/api/v1/endpoints",
    "/api/v1/lags": "/api/v1/lags",
    "/api/v1/submissions": "/api/v1/submissions",
    "/api/v1/changes": "/api/v1/changes",
    "/api/v1/corrections": "/api/v1/corrections",
    "/api/v1/disputes": "/api/v1/disputes",
    "/api/v1/exports": "/api/v1/exports",
    "/api/v1/forecasts": "/api/v1/forecasts",
    "/api/v1/fresh-editions": "/api/v1/fresh-editions",
    "/api/v1/prices": "/api/v1/prices",
    "/api/v1/price/lags": "/api/v1/price/lags",
    "/api/v1/price/frontier": "/api/v1/price/frontier",
    "/api/v1/price/costs": "/api/v1/price/costs",
    "/api/v1/adoption": "/api/v1/adoption",
    "/api/v1/adoption/diffusion": "/api/v1/adoption/diffusion",
    "/api/v1/countries": "/api/v1/countries",
    "/api/v1/countries/{code}": "/api/v1/countries/cn",
    "/api/v1/why": "/api/v1/why",
    "/api/v1/what-if": "/api/v1/what-if",
    "/api/v1/explore": "/api/v1/explore?follower=CN&leader=US",
    "/api/v1/compare": "/api/v1/compare?models=deepseek-v3,gpt-4",
    "/api/v1/compare/pairs": "/api/v1/compare/pairs?models=deepseek-v3,gpt-4",
}
STREAMS = {  # no JSON
    "/api/v1/schema",
    "/api/v1/account/events",
    "/api/v1/submissions/{public_id}/events",
    "/api/v1/runs/{run_id}/events",
}


def test_the_committed_schema_is_the_one_of_the_code_and_valid_without_a_warning() -> None:
    out = StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=out)
    assert out.getvalue() == SNAPSHOT.read_text(encoding="utf-8"), "run 'make schema'"


def resolved(part: object, schemas: dict[str, object]) -> object:
    """Return a part of the document with what it points at put in, as JSON Schema understands it."""
    if isinstance(part, list):
        return [resolved(item, schemas) for item in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        return resolved(schemas[part["$ref"].rsplit("/", 1)[1]], schemas)
    whole = {name: resolved(value, schemas) for name, value in part.items() if name != "nullable"}
    return {"anyOf": [whole, {"type": "null"}]} if part.get("nullable") else whole


@pytest.mark.django_db
def test_every_answer_has_the_form_that_the_document_promises(api: APIClient) -> None:
    submission = make_submission(endpoint=make_endpoint())
    run = submission.runs.get()
    add_samples(run, ["answered", "leased"])
    for model in (submission.endpoint.model, make_model("gpt-4", developer="openai", country="US")):
        make_score(model, make_benchmark())
    Claim.objects.create(
        slug="somebody", claimed_on=NOW.date(), claimant="A", leader="US", follower="China", statement="3"
    )
    two_cohorts(*(make_benchmark(slug, domain="maths") for slug in ("one", "two", "three")))
    published_again(0)
    estimate = composite_lag()
    assert estimate is not None
    dispute, proposal = make_dispute(), make_proposal()
    pass_preflight(make_own_endpoint(make_user("eve"), model=submission.endpoint.model.slug))
    eve = make_user("eve", role="auditor")
    api.force_authenticate(eve)
    webhook = subscribe("https://lab.example/hook", user=eve).webhook
    write_notice(user=eve)
    document = yaml.safe_load(SNAPSHOT.read_text(encoding="utf-8"))
    addresses = READ | {
        "/api/v1/account/endpoints/{slug}": "/api/v1/account/endpoints/eve--lab",
        "/api/v1/account/endpoints/{slug}/preflight": "/api/v1/account/endpoints/eve--lab/preflight",
        "/api/v1/proposals/{public_id}": f"/api/v1/proposals/{proposal.public_id}",
        "/api/v1/disputes/{public_id}": f"/api/v1/disputes/{dispute.public_id}",
        "/api/v1/submissions/{public_id}": f"/api/v1/submissions/{submission.public_id}",
        "/api/v1/runs/{run_id}": f"/api/v1/runs/{run.pk}",
        "/api/v1/lags/{estimate_id}": f"/api/v1/lags/{estimate.pk}",
        "/api/v1/lags/{estimate_id}/bill": f"/api/v1/lags/{estimate.pk}/bill",
        "/api/v1/runs/{run_id}/samples": f"/api/v1/runs/{run.pk}/samples",
        "/api/v1/runs/{run_id}/diff/{other_id}": f"/api/v1/runs/{run.pk}/diff/{run.pk}",
        "/api/v1/runs/{run_id}/diff/{other_id}/items": f"/api/v1/runs/{run.pk}/diff/{run.pk}/items",
        "/api/v1/account/webhooks/{public_id}": f"/api/v1/account/webhooks/{webhook.public_id}",
        "/api/v1/account/webhooks/{public_id}/deliveries": (
            f"/api/v1/account/webhooks/{webhook.public_id}/deliveries"
        ),
        "/api/v1/estimate": "/api/v1/estimate?endpoint=deepseek-api&suite=mini",
    }
    documented = {path for path, methods in document["paths"].items() if "get" in methods}
    assert documented - STREAMS == set(addresses)
    for path, address in addresses.items():
        promised = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        schema = resolved(promised, document["components"]["schemas"])
        assert isinstance(schema, dict)
        problems = [
            f"{e.json_path}: {e.message}"
            for e in Draft202012Validator(schema).iter_errors(api.get(address).json())
        ]
        assert problems == [], path


def test_what_can_be_written_says_that_it_needs_a_token_and_how_it_is_refused() -> None:
    document = yaml.safe_load(SNAPSHOT.read_text(encoding="utf-8"))
    post = document["paths"]["/api/v1/submissions"]["post"]
    assert {"token": []} in post["security"]
    assert {"201", "200", "400", "401", "409", "429"} <= set(post["responses"])
    assert "Idempotency-Key" in [parameter["name"] for parameter in post["parameters"]]
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


@pytest.mark.django_db
def test_the_browsable_page_needs_no_outside_host_and_no_inline_script_or_style(
    client: Client, settings: Settings
) -> None:
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
    response = client.get("/api/v1/docs")
    page = response.content.decode()
    assert response.status_code == 200
    assert "'unsafe-inline'" not in response["Content-Security-Policy"]
    assert "<style" not in page
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))
    for address in re.findall(r'(?:src|href)="([^"]+)"', page):
        assert address.startswith("/"), address
    script = client.get("/api/v1/docs?script=")
    assert script["Content-Type"] == "application/javascript"
    assert "/api/v1/schema" in script.content.decode()


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    """Return the method, address and description of every operation."""
    document = yaml.safe_load(SNAPSHOT.read_text(encoding="utf-8"))
    return [
        (method, PLACE.sub(lambda place: PLACES[place[1]], path), operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ] + [("get", "/api/v1/schema", {}), ("get", "/api/v1/docs", {})]


PLACE = re.compile(r"\{(\w+)\}")
PLACES = dict.fromkeys(("run_id", "other_id", "estimate_id"), "1") | {
    "public_id": "00000000-0000-0000-0000-000000000000",
    "delivery_id": "00000000-0000-0000-0000-000000000000",
    "slug": "nobody",
    "code": "cn",
}


@pytest.mark.parametrize(("method", "path", "operation"), operations(), ids=lambda part: str(part)[:60])
def test_every_operation_refuses_unknown_and_repeated_parameters(
    api: APIClient, method: str, path: str, operation: dict[str, Any]
) -> None:
    error = api.generic(method.upper(), f"{path}?zzz=1&format=json", headers=JSON).json()["error"]
    assert (error["code"], error["field"]) == ("invalid", "zzz")
    declared = [p["name"] for p in operation.get("parameters", []) if p["in"] == "query"]
    assert set(declared) <= set(error["allowed"])
    assert "'zzz'" in error["message"]
    assert "format" in error["allowed"]
    assert ("as_of" in error["allowed"]) == (method == "get")
    for name in error["allowed"]:
        response = api.generic(method.upper(), f"{path}?{name}=json&{name}=json", headers=JSON)
        assert (response.status_code, response.json()["error"]["field"]) == (400, name)
        assert response.json()["error"]["code"] == "invalid"


def test_every_operation_says_that_it_refuses_them() -> None:
    described = [operation["responses"] for _method, _path, operation in operations() if operation]
    assert len(described) > 50
    assert all({"400", "401", "403", "406", "414", "429", "503"} <= set(responses) for responses in described)
