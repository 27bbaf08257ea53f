"""Record a response of each form for the OpenAPI document: `python -m tests.contract.examples`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx2

from leaderboard.api.examples import REQUESTS, RESPONSES
from tests.contract.contract import DOCUMENT, PUBLIC_IDS, SLUGS
from tests.contract.service import Service, running

HOST = "https://lagline.example"
LOCAL = re.compile(r"http://(127\.0\.0\.1|localhost)(:\d+)?")
QUERIES = {
    "/api/v1/compare": "?models=cn-3,us-3",
    "/api/v1/compare/pairs": "?models=cn-3,us-3",
    "/api/v1/estimate": "?endpoint=cn-3-api&suite=mini",
    "/api/v1/explore": "?follower=CN&leader=US",
}
LONGEST_TEXT = 300
MOST_ROWS = 1
SECRET = re.compile(r"whsec_[\w+/=]+")


def main() -> None:
    """Write the responses by the name of their schema."""
    with running() as service:
        recorded = dict(_responses(service))
    RESPONSES.write_text(json.dumps(recorded, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _responses(service: Service) -> Iterator[tuple[str, Any]]:
    document = httpx2.get(service.url + DOCUMENT).json()
    for path, methods in document["paths"].items():
        if (name := _schema(methods.get("get", {}))) and (content := _read(service, path)):
            yield name, content
    yield from _created_webhook(service, document["paths"])


def _created_webhook(service: Service, paths: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    address, client = "/api/v1/account/webhooks", _client(service, "owner")
    created = client.post(address, json=REQUESTS["create_webhook"])
    yield _schema(paths[address]["post"], "201"), _shown(created)
    tested = client.post(f"{address}/{created.json()['data']['webhook']['id']}/test")
    yield (_schema(paths[f"{address}/{{public_id}}/test"]["post"], str(tested.status_code)), _shown(tested))


def _read(service: Service, path: str) -> Any:
    """Return what an address answers, as somebody who may see it."""
    for role in ("owner", "auditor"):
        response = _client(service, role).get(_address(service, path) + QUERIES.get(path, ""))
        if response.status_code == 200:
            return _shown(response)
    return None


def _client(service: Service, role: str) -> httpx2.Client:
    headers = {"Authorization": f"Bearer {service.tokens[role]}"}
    return httpx2.Client(base_url=service.url, headers=headers, timeout=60)


def _address(service: Service, path: str) -> str:
    """Return a path with known values in place of its parameters."""
    beginning = path.removeprefix("/api/v1/").partition("/{")[0]
    names = {"slug": SLUGS.get(beginning), "public_id": PUBLIC_IDS.get(beginning), "other_id": "run_id"}
    return re.sub(r"\{(\w+)\}", lambda match: str(service.values[names.get(match[1]) or match[1]][0]), path)


def _schema(operation: dict[str, Any], status: str = "200") -> str:
    """Return the name of the schema of a JSON response; none has an empty name."""
    content = operation.get("responses", {}).get(status, {}).get("content", {})
    reference: str = content.get("application/json", {}).get("schema", {}).get("$ref", "")
    return reference.rpartition("/")[2]


def _shown(response: httpx2.Response) -> Any:
    """Return the content of a response, shortened, without the address and secrets of the service."""
    text = LOCAL.sub(HOST, response.text)
    return _shortened(json.loads(SECRET.sub("whsec_c2VjcmV0", text)))


def _shortened(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _shortened(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_shortened(inner) for inner in value[:MOST_ROWS]]
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        return value[:LONGEST_TEXT] + "…"
    return value


if __name__ == "__main__":
    main()
