"""What every operation of the OpenAPI document has: `as_of`, errors, headers, and strict bodies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from leaderboard.api.examples import REQUESTS, problem_example, recorded_responses
from leaderboard.api.problem_types import title_of
from leaderboard.api.problems import MEDIA_TYPE

JSON = "application/json"
TEXT = "text/plain"
CSV = "text/csv"
ERRORS = {
    "400": "A parameter or a field is unknown, is given twice, or has an invalid value.",
    "401": "The request needs a valid token.",
    "403": "The token or the account may not do this.",
    "404": "What the address or the body names is not on record, or not visible to the account.",
    "406": "No format that the request accepts is on offer.",
    "409": "The request contradicts the record.",
    "413": "The body is too large.",
    "414": "The address is too long.",
    "415": "The body is not JSON.",
    "429": "Too many requests.",
    "503": "The service does not answer at the moment.",
}
EXAMPLES = {
    "400": "invalid",
    "401": "authentication_failed",
    "403": "missing_scope",
    "404": "not_found",
    "406": "not_acceptable",
    "409": "conflict",
    "413": "too_large",
    "415": "unsupported_media_type",
    "429": "throttled",
    "503": "unavailable",
}
OF_EVERY_OPERATION = ("400", "401", "403", "406", "414", "429", "503")
OF_EVERY_WRITE = ("413", "415")
BY_THE_SERVER = ("413", "414")  # the web server, which knows no API, answers in plain text
Operation = dict[str, Any]


def header(description: str, *, kind: str = "string", **more: Any) -> dict[str, Any]:
    """Return the description of a response header."""
    return {"description": description, "schema": {"type": kind}} | more


RETRY_AFTER = {"Retry-After": header("Seconds after which the same request can succeed.", kind="integer")}
RATE_LIMIT = {
    "RateLimit": header("What is left: the policy, its units, and the seconds until all are there again."),
    "RateLimit-Policy": header("The limits on reads: units in a number of seconds."),
}
LOCATION = {"Location": header("The address of what was created.", required=True)}
VERSIONS = {
    "Lagline-As-Of": header("The day of the newest data; only with CSV, which has no `meta`."),
    "Lagline-Data-Version": header("Identifies exactly this content of the record; only with CSV."),
    "Lagline-Method-Version": header("The version of the lag's method; only with CSV."),
}
ERROR_HEADERS = {
    "401": {"WWW-Authenticate": header("How to authenticate.")},
    "429": RETRY_AFTER | RATE_LIMIT,
    "503": RETRY_AFTER,
}


def operations(result: dict[str, Any]) -> Iterator[tuple[str, str, Operation]]:
    """Yield the path, method and description of each operation."""
    for path, methods in result["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def with_as_of(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add the parameter `as_of` to every GET: the middleware handles it for all views."""
    parameter = {
        "in": "query",
        "name": "as_of",
        "schema": {"type": "string", "minLength": 1},
        "description": "A day, YYYY-MM-DD, or a moment: what was known then. Without it: what is known now.",
    }
    for _path, method, operation in operations(result):
        if method == "get":
            operation.setdefault("parameters", []).append(parameter)
    return result


def with_errors(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Describe each error once, and refer to it from every operation that can answer it."""
    for path, method, operation in operations(result):
        statuses = {status for status in operation["responses"] if status >= "400"} | {*OF_EVERY_OPERATION}
        statuses |= {"404"} if "{" in path else set()
        statuses |= {*OF_EVERY_WRITE} if method != "get" else set()
        for status in sorted(statuses):
            operation["responses"][status] = {"$ref": f"#/components/responses/Error{status}"}
    result["components"]["responses"] = {f"Error{status}": _error(status) for status in ERRORS}
    result["components"]["schemas"]["ProblemRow"]["properties"]["error"]["deprecated"] = True
    return result


def _error(status: str) -> dict[str, Any]:
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemRow"}}}
    if status in BY_THE_SERVER:
        content[TEXT] = {"schema": {"type": "string"}}
    if status == "414":
        del content[MEDIA_TYPE]
    if MEDIA_TYPE in content:
        code = EXAMPLES[status]
        content[MEDIA_TYPE]["example"] = problem_example(int(status), code, title_of(code), ERRORS[status])
    described = {"description": ERRORS[status], "content": content}
    return described | ({"headers": ERROR_HEADERS[status]} if status in ERROR_HEADERS else {})


def with_headers(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Describe the headers of successful responses."""
    for _path, method, operation in operations(result):
        for status, response in operation["responses"].items():
            if status >= "400":
                continue
            headers = dict(RATE_LIMIT) if method == "get" else {}
            headers |= VERSIONS if CSV in response.get("content", {}) else {}
            headers |= LOCATION if status == "201" else {}
            if headers:
                response["headers"] = headers
    return result


def with_examples(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add the recorded response of each form, and an example of each body."""
    recorded = recorded_responses()
    for _path, _method, operation in operations(result):
        for response in operation["responses"].values():
            media = response.get("content", {}).get(JSON, {})
            name = media.get("schema", {}).get("$ref", "").rpartition("/")[2]
            if name in recorded:
                media["examples"] = {"recorded": {"$ref": f"#/components/examples/{name}"}}
        for media in operation.get("requestBody", {}).get("content", {}).values():
            media["examples"] = {"example": {"value": REQUESTS[operation["operationId"]]}}
    result["components"]["examples"] = {name: {"value": value} for name, value in recorded.items()}
    return result


def with_strict_bodies(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Say that a body has no other fields, and that a decimal number may be sent as a number."""
    schemas = result["components"]["schemas"]
    for _path, _method, operation in operations(result):
        for media in operation.get("requestBody", {}).get("content", {}).values():
            body = schemas[media["schema"]["$ref"].rsplit("/", 1)[1]]
            body["additionalProperties"] = False
            for name, field in body["properties"].items():
                if field.get("format") == "decimal":
                    body["properties"][name] = _number_or_text(field)
    return result


def _number_or_text(field: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a decimal number in a request."""
    shared = {name: field[name] for name in ("description", "nullable") if name in field}
    text = {name: value for name, value in field.items() if name not in shared}
    return shared | {"oneOf": [{"type": "number"}, text]}
