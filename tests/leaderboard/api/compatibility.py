"""What a new OpenAPI document takes away from the clients of an earlier one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

JSON = "application/json"
Document = dict[str, Any]


@dataclass(frozen=True)
class Value:
    """What a document says of a parameter, or of a field of a body."""

    kinds: frozenset[str]
    choices: frozenset[Any] = frozenset()
    is_required: bool = False


def breaking_changes(before: Document, after: Document) -> list[str]:
    """Return each change that breaks a client that follows the document before.

    Removed are operations, parameters, fields or choices; changed are types; added is required input.
    """
    return [change for name in _operations(before) for change in _changes(name, before, after)]


def _operations(document: Document) -> dict[str, Any]:
    return {
        f"{method} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def _changes(name: str, before: Document, after: Document) -> Iterator[str]:
    old, new = _operations(before)[name], _operations(after).get(name)
    if new is None:
        yield f"{name} is removed"
        return
    for part, read in (("parameter", _parameters), ("field of the body", _body)):
        yield from _of_input(f"{name}: {part}", read(old, before), read(new, after))
    yield from _of_output(f"{name}: field", _answer(old, before), _answer(new, after))


def _of_input(where: str, before: dict[str, Value], after: dict[str, Value]) -> Iterator[str]:
    for name, old in before.items():
        new = after.get(name)
        if new is None:
            yield f"{where} {name} is removed"
        elif not old.kinds <= new.kinds:
            yield f"{where} {name} was {sorted(old.kinds)} and is {sorted(new.kinds)}"
        elif new.choices and not old.choices <= new.choices:
            yield f"{where} {name} no longer takes {sorted(old.choices - new.choices)}"
    for name, new in after.items():
        if new.is_required and (name not in before or not before[name].is_required):
            yield f"{where} {name} is required now"


def _of_output(where: str, before: dict[str, Value], after: dict[str, Value]) -> Iterator[str]:
    for name, old in before.items():
        new = after.get(name)
        if new is None:
            yield f"{where} {name} is removed"
        elif not new.kinds <= old.kinds:
            yield f"{where} {name} was {sorted(old.kinds)} and is {sorted(new.kinds)}"


def _parameters(operation: Any, document: Document) -> dict[str, Value]:
    return {
        f"{parameter['in']} {parameter['name']}": _value(
            parameter["schema"], document, is_required=parameter.get("required", False)
        )
        for parameter in operation.get("parameters", [])
    }


def _body(operation: Any, document: Document) -> dict[str, Value]:
    content = operation.get("requestBody", {}).get("content", {})
    return dict(_fields(content[JSON]["schema"], document)) if JSON in content else {}


def _answer(operation: Any, document: Document) -> dict[str, Value]:
    fields: dict[str, Value] = {}
    for status, response in operation["responses"].items():
        if status < "300" and JSON in response.get("content", {}):
            fields |= dict(_fields(response["content"][JSON]["schema"], document, status))
    return fields


def _fields(schema: Any, document: Document, place: str = "") -> Iterator[tuple[str, Value]]:
    """Yield the place and the value of each field of a schema, at any depth."""
    schema = _resolved(schema, document)
    for name, field in schema.get("properties", {}).items():
        yield f"{place}/{name}", _value(field, document, is_required=name in schema.get("required", []))
        yield from _fields(field, document, f"{place}/{name}")
    if "items" in schema:
        yield from _fields(schema["items"], document, f"{place}/*")


def _value(schema: Any, document: Document, *, is_required: bool) -> Value:
    variants = [_resolved(variant, document) for variant in _variants(_resolved(schema, document))]
    kinds = {_kind(variant) for variant in variants}
    kinds |= {"null"} if any(variant.get("nullable") for variant in [schema, *variants]) else set()
    choices = {choice for variant in variants for choice in variant.get("enum", [])}
    return Value(frozenset(kinds), frozenset(choices), is_required)


def _kind(schema: Any) -> str:
    are_texts = bool(schema.get("enum")) and all(isinstance(choice, str) for choice in schema["enum"])
    return str(schema.get("type", "string" if are_texts else "any"))


def _variants(schema: Any) -> list[Any]:
    return list(schema.get("oneOf") or schema.get("anyOf") or [schema])


def _resolved(schema: Any, document: Document) -> Any:
    while "$ref" in schema or len(schema.get("allOf", [])) == 1:
        inner = schema["allOf"][0] if "allOf" in schema else schema
        if "$ref" in inner:
            inner = document["components"]["schemas"][inner["$ref"].rpartition("/")[2]]
        schema = inner | {name: schema[name] for name in ("nullable",) if name in schema}
    return schema
