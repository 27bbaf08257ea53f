"""The lists of the Python client are those of the API, with the same parameters."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, get_args, get_type_hints

import pytest
import yaml
from django.conf import settings

SOURCE: Path = settings.BASE_DIR / "clients" / "python" / "src" / "lagline"
PATHS = {
    "ModelFilters": "models",
    "ScoreFilters": "scores",
    "LagFilters": "lags",
    "BenchmarkFilters": "benchmarks",
    "DeveloperFilters": "developers",
    "EndpointFilters": "endpoints",
    "SuiteFilters": "suites",
    "ClaimFilters": "claims",
    "PriceFilters": "prices",
    "CorrectionFilters": "corrections",
    "DisputeFilters": "disputes",
    "ProposalFilters": "proposals",
    "SubmissionFilters": "submissions",
    "Listing": "countries",
}


@cache
def operations() -> dict[str, Any]:
    """Return the operations of the API's schema by path."""
    schema = yaml.safe_load((settings.BASE_DIR / "leaderboard/api/schema.yaml").read_text())
    paths: dict[str, Any] = schema["paths"]
    return paths


@cache
def client_filters() -> ModuleType:
    """Return the client's module of parameters, without the package, which needs httpx."""
    spec = importlib.util.spec_from_file_location("client_filters", SOURCE / "filters.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def parameters(path: str) -> dict[str, Any]:
    operation = operations()[f"/api/v1/{path}"]["get"]
    return {value["name"]: value["schema"] for value in operation["parameters"] if value["in"] == "query"}


@pytest.mark.parametrize(("name", "path"), PATHS.items())
def test_a_list_takes_the_parameters_of_the_schema(name: str, path: str) -> None:
    declared = get_type_hints(getattr(client_filters(), name), vars(client_filters()))
    known = parameters(path)
    assert set(declared) - {"limit"} == set(known) - {"page", "page_size", "format"}
    for parameter, hint in declared.items():
        if values := [value for value in get_args(hint) if isinstance(value, str)]:
            assert sorted(values) == sorted(known[parameter]["enum"])


def test_every_list_has_a_method() -> None:
    source = (SOURCE / "client.py").read_text()
    lists = {
        path.removeprefix("/api/v1/")
        for path, methods in operations().items()
        if "{" not in path and "page" in {p["name"] for p in methods.get("get", {}).get("parameters", [])}
    }
    assert len(lists) > 20
    missing = {path for path in lists if ", ".join(f'"{part}"' for part in path.split("/")) not in source}
    assert missing == {"account/endpoints", "account/webhooks"}, "`rows()` reads those"
