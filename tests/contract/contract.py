"""Compare what the service answers somebody of a role with the schema, by schemathesis."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events, from_schema

from tests.contract.roles import ANONYMOUS, Values
from tests.contract.service import Service

DOCUMENT = "/api/v1/schema?format=json"
KNOWN_SHARE = 0.7  # of generated parameters that take a known value
SLUGS = {"models": "model", "benchmarks": "benchmark", "claims": "claim", "account/endpoints": "own_endpoint"}
PUBLIC_IDS = {
    "submissions": "submission",
    "disputes": "dispute",
    "proposals": "proposal",
    "account/webhooks": "webhook",
}
"""What a `slug` or a `public_id` in an address names, by the beginning of the address."""
OFF = ("positive_data_acceptance",)  # a valid slug that is not on record is refused, as it must be
TOO_LONG = 414  # answered by the web server before the method and the parameters are looked at


@dataclass(frozen=True)
class Form:
    """How much is tried: phases of schemathesis, and generated requests for each operation."""

    phases: tuple[str, ...] = ("examples", "coverage", "fuzzing", "stateful")
    examples: int = 15
    methods: tuple[str, ...] = ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "QUERY")
    seconds: int | None = None


@dataclass
class Row:
    """What came of an operation for a role: requests, answers by status, and findings without repetition."""

    operation: str
    role: str
    requests: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    findings: dict[str, dict[str, str]] = field(default_factory=dict)


def check_role(service: Service, role: str, form: Form, only: str = "") -> list[Row]:
    """Return a row for each operation, as somebody of a role."""
    settings = SchemathesisConfig.from_dict(_settings(service, role, form, only))
    schema = schemathesis.openapi.from_url(service.url + DOCUMENT, config=settings)
    rows: dict[str, Row] = {}
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            _record(event.recorder, role, rows)
        elif isinstance(event, events.NonFatalError):
            row = rows.setdefault(event.label, Row(event.label, role))
            row.findings[str(event.value)[:200]] = {"check": "error", "message": str(event.value)}
        elif isinstance(event, events.FatalError):
            raise event.exception
    return list(rows.values())


def _record(recorder: Any, role: str, rows: dict[str, Row]) -> None:
    for case_id, node in recorder.cases.items():
        operation = node.value.operation.label
        row = rows.setdefault(operation, Row(operation, role))
        interaction = recorder.interactions.get(case_id)
        if interaction is None:
            continue
        row.requests += 1
        status = _status(interaction)
        row.statuses[status] = row.statuses.get(status, 0) + 1
        for check in recorder.checks.get(case_id, []):
            if check.status == Status.FAILURE and not _is_too_long(check.name, interaction):
                finding = _finding(check, node.value, interaction)
                row.findings.setdefault(_kind(finding), finding)


def _is_too_long(check: str, interaction: Any) -> bool:
    """Tell whether a check of methods or parameters met an address that is too long for either."""
    is_of_request = check in ("unsupported_method", "negative_data_rejection")
    return is_of_request and interaction.response is not None and interaction.response.status_code == TOO_LONG


def _finding(check: Any, case: Any, interaction: Any) -> dict[str, str]:
    failure = check.failure_info.failure
    return {
        "check": check.name,
        "title": failure.title,
        "message": failure.message[:1500],
        "status": _status(interaction),
        "request": f"{interaction.request.method} {interaction.request.uri[:500]}",
        "body": (interaction.request.body or b"").decode(errors="replace")[:500],
    }


def _status(interaction: Any) -> str:
    return str(interaction.response.status_code) if interaction.response else "none"


def _kind(finding: dict[str, str]) -> str:
    """Return what makes findings of one operation the same: all but their values."""
    message = re.sub(r"\d+|`[^`]*`|'[^']*'|\"[^\"]*\"", "…", finding["message"])[:160]
    return f"{finding['check']} {finding['status']} {finding['title']} {message}"


def _settings(service: Service, role: str, form: Form, only: str) -> dict[str, Any]:
    on = {name: {"enabled": name in form.phases} for name in ("examples", "coverage", "fuzzing", "stateful")}
    settings: dict[str, Any] = {
        "base-url": service.url,
        "headers": {"Authorization": f"Bearer {service.tokens[role]}"} if role != ANONYMOUS else {},
        "request-timeout": 30,
        "max-stream-events": 1,
        "continue-on-failure": True,
        "seed": 1,
        "generation": {"max-examples": form.examples, "no-shrink": True, "database": "none"},
        "phases": on | {"coverage": on["coverage"] | {"unexpected-methods": list(form.methods)}},
        "checks": {name: {"enabled": False} for name in OFF},
        "dictionaries": {name: {"values": values} for name, values in service.values.items()},
        "parameters": _known(service.values),
        "operations": list(_operations(service.values)),
    }
    if form.seconds:
        settings["max-time"] = form.seconds
    if only:
        settings["operations"].append({"exclude-path-regex": only, "enabled": False})
    return settings


def _known(values: Values) -> dict[str, Any]:
    """Return from which known values a parameter of any address is taken, by its name."""
    return {name: _from(name) for name in values} | {"other_id": _from("run_id"), "slug": _from("suite")}


def _operations(values: Values) -> Iterator[dict[str, Any]]:
    for parameter, names in (("path.slug", SLUGS), ("path.public_id", PUBLIC_IDS)):
        for beginning, name in names.items():
            yield {"include-path-regex": f"^/api/v1/{beginning}/{{", "parameters": {parameter: _from(name)}}


def _from(name: str) -> dict[str, Any]:
    return {"dictionary": name, "probability": KNOWN_SHARE}
