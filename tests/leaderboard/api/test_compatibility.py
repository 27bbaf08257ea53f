"""A client of the last released document of the API can use the present one."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from leaderboard import api as package
from tests.leaderboard.api.compatibility import Document, breaking_changes

FOLDER = Path(package.__file__).parent
MODELS = "/api/v1/models"
SUBMISSIONS = "/api/v1/submissions"


def load(name: str) -> Document:
    """Return a document of the API."""
    return dict(yaml.load((FOLDER / name).read_text(encoding="utf-8"), Loader=yaml.CSafeLoader))


@pytest.fixture(scope="module")
def present() -> Document:
    return load("schema.yaml")


def test_nothing_that_was_released_is_taken_away(present: Document) -> None:
    assert breaking_changes(load("released.yaml"), present) == []


def remove_operation(document: Document) -> None:
    del document["paths"][MODELS]["get"]


def remove_parameter(document: Document) -> None:
    parameters = document["paths"][MODELS]["get"]["parameters"]
    parameters[:] = [parameter for parameter in parameters if parameter["name"] != "country"]


def require_parameter(document: Document) -> None:
    new: dict[str, Any] = {"in": "query", "name": "new", "required": True, "schema": {"type": "string"}}
    document["paths"][MODELS]["get"]["parameters"].append(new)


def remove_choice(document: Document) -> None:
    for parameter in document["paths"][MODELS]["get"]["parameters"]:
        if parameter["name"] == "openness":
            parameter["schema"]["enum"].remove("open")


def remove_field(document: Document) -> None:
    del document["components"]["schemas"]["ModelRow"]["properties"]["released_on"]


def change_type(document: Document) -> None:
    document["components"]["schemas"]["ScoreRow"]["properties"]["value"]["type"] = "string"


def allow_null(document: Document) -> None:
    document["components"]["schemas"]["ScoreRow"]["properties"]["value"]["nullable"] = True


def require_field(document: Document) -> None:
    document["components"]["schemas"]["SubmissionRequest"]["required"].append("owner")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (remove_operation, f"get {MODELS} is removed"),
        (remove_parameter, f"get {MODELS}: parameter query country is removed"),
        (require_parameter, f"get {MODELS}: parameter query new is required now"),
        (remove_choice, f"get {MODELS}: parameter query openness no longer takes ['open']"),
        (remove_field, f"get {MODELS}: field 200/data/*/released_on is removed"),
        (change_type, "get /api/v1/scores: field 200/data/*/value was ['number'] and is ['string']"),
        (allow_null, "get /api/v1/scores: field 200/data/*/value was ['number'] and is ['null', 'number']"),
        (require_field, f"post {SUBMISSIONS}: field of the body /owner is required now"),
    ],
)
def test_a_change_that_breaks_clients_is_named(
    present: Document, change: Callable[[Document], None], message: str
) -> None:
    changed = deepcopy(present)
    change(changed)
    assert message in breaking_changes(present, changed)


def test_an_addition_breaks_nobody(present: Document) -> None:
    more = deepcopy(present)
    more["components"]["schemas"]["ModelRow"]["properties"]["new"] = {"type": "string"}
    more["paths"]["/api/v1/new"] = more["paths"][MODELS]
    assert breaking_changes(present, more) == []
