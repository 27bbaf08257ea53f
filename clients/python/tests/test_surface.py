"""Both clients have the same methods, and the lists take what the schema of the API says."""

from __future__ import annotations

import inspect
from functools import cache
from pathlib import Path
from typing import Any, get_args, get_type_hints

import lagline
import pytest
import yaml
from lagline import AsyncClient, Client, filters, shortcuts

SCHEMA = Path(__file__).parents[3] / "leaderboard" / "api" / "schema.yaml"
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


def methods(client: type) -> dict[str, Any]:
    return {
        name: inspect.signature(method)
        for name, method in inspect.getmembers(client, inspect.isfunction)
        if not name.startswith("_")
    }


def test_both_clients_have_the_same_methods_with_the_same_parameters() -> None:
    own, other = methods(Client), methods(AsyncClient)
    assert {name: signature.parameters for name, signature in own.items()} == {
        name: signature.parameters for name, signature in other.items()
    }
    results = {name: str(signature.return_annotation) for name, signature in own.items()}
    assert results | {"follow": "AsyncIterator[Row]"} == {
        name: str(signature.return_annotation) for name, signature in other.items()
    }


def test_each_function_of_the_module_is_a_method_of_the_client() -> None:
    own = methods(Client)
    functions = {name: value for name, value in vars(shortcuts).items() if inspect.isfunction(value)}
    assert len(functions) > 15
    for name, function in functions.items():
        expected = [value for value in own[name].parameters.values() if value.name != "self"]
        assert list(inspect.signature(function).parameters.values()) == expected
        assert getattr(lagline, name) is function


@cache
def paths() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(SCHEMA.read_text())["paths"]
    return content


def parameters(path: str) -> dict[str, Any]:
    operation = paths()[f"/api/v1/{path}"]["get"]
    return {value["name"]: value["schema"] for value in operation["parameters"] if value["in"] == "query"}


@pytest.mark.parametrize(("name", "path"), PATHS.items())
def test_the_filters_are_those_of_the_schema(name: str, path: str) -> None:
    declared = get_type_hints(getattr(filters, name))
    known = parameters(path)
    assert set(declared) - {"limit"} == set(known) - {"page", "page_size", "format"}
    for parameter, hint in declared.items():
        if values := [value for value in get_args(hint) if isinstance(value, str)]:
            assert sorted(values) == sorted(known[parameter]["enum"])


def test_every_list_of_the_record_has_a_method() -> None:
    lists = {
        path.removeprefix("/api/v1/")
        for path, operations in paths().items()
        if "{" not in path
        and any(p["name"] == "page" for p in operations.get("get", {}).get("parameters", []))
    }
    source = inspect.getsource(Client)
    missing = {path for path in lists if ", ".join(f'"{part}"' for part in path.split("/")) not in source}
    assert missing == {"account/endpoints", "account/webhooks"}, "`rows()` reads those"
