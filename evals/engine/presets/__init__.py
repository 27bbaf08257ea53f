"""Providers as data: one small file each, with its base URL, protocol, quirks, and the pages read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from evals.engine.capabilities import UnknownCapability, read_capabilities
from evals.engine.protocols import UnknownProtocol, protocol_named

FOLDER = Path(__file__).parent
NEEDED = ("name", "base_url", "protocol", "auth", "documentation", "read_on")
KINDS: Mapping[str, type] = {
    **dict.fromkeys(("name", "base_url", "protocol", "auth", "documentation", "credential"), str),
    "read_on": date,
    "internal": bool,
    **dict.fromkeys(("capabilities", "own_fields", "errors"), dict),
    **dict.fromkeys(("missing_fields", "quirks", "hosts"), list),
}
MEANT = {
    str: "a text",
    date: "a day, such as 2026-11-28",
    bool: "true or false",
    dict: "names with values",
    list: "a list",
}


class BadPreset(ValueError):
    """A preset's file does not say what it must."""


class UnknownPreset(ValueError):
    """There is no file of this provider."""


@dataclass(frozen=True, slots=True)
class Preset:
    """A provider: where and how it is called, on which page of its own that was read, and when.

    `own_fields`: what it takes beside the fields of its protocol, each a JSON Schema with an example.
    `missing_fields`: fields of its protocol that it does not take.
    `hosts`: other domains of the provider, such as the one in China.
    `errors`: its own error codes, or words of its messages, each with the kind of fault it means.
    """

    slug: str
    name: str
    base_url: str
    protocol: str
    auth: str
    documentation: str
    read_on: date
    credential: str = ""
    internal: bool = False
    capabilities: Mapping[str, Any] = field(default_factory=dict)
    own_fields: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    missing_fields: tuple[str, ...] = ()
    quirks: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()


def presets() -> list[Preset]:
    """Return every provider that has a file, in the order of their names."""
    return [read_preset(path.stem) for path in sorted(FOLDER.glob("*.yaml"))]


def read_preset(slug: str) -> Preset:
    """Read and check a provider's file."""
    known = sorted(path.stem for path in FOLDER.glob("*.yaml"))
    if slug not in known:
        raise UnknownPreset(f"There is no preset {slug!r}; there are {', '.join(known)}.")
    try:
        content = yaml.safe_load((FOLDER / f"{slug}.yaml").read_text(encoding="utf-8"))
        preset = _preset(slug, content)
        protocol_named(preset.protocol)
        read_capabilities({**preset.capabilities, "errors": dict(preset.errors)})
    except (yaml.YAMLError, UnknownProtocol, UnknownCapability, BadPreset) as problem:
        raise BadPreset(f"The preset {slug}.yaml cannot be read: {problem}") from None
    return preset


@cache
def _errors_by_provider() -> Mapping[str, Mapping[str, str]]:
    """Return the error terms of each provider, by its preset's name and by its domains."""
    terms: dict[str, Mapping[str, str]] = {}
    for preset in presets():
        names = (preset.slug, _domain(preset.base_url), *preset.hosts)
        terms |= dict.fromkeys(names, preset.errors) if preset.errors else {}
    return terms


def _domain(base_url: str) -> str:
    """Return the last two parts of an address's host: a provider has several hosts in one domain."""
    return ".".join((urlsplit(base_url).hostname or "").rsplit(".", 2)[-2:])


def provider_errors(*, provider: str, base_url: str) -> Mapping[str, str]:
    """Return a provider's own error terms, if it has a preset."""
    terms = _errors_by_provider()
    return terms.get(provider) or terms.get(_domain(base_url)) or {}


def _preset(slug: str, content: object) -> Preset:
    if not isinstance(content, dict):
        raise BadPreset("it holds no names with values.")
    for name, value in content.items():
        if name not in KINDS:
            raise BadPreset(f"there is no {name!r} in a preset; there are {', '.join(KINDS)}.")
        if not isinstance(value, KINDS[name]):
            raise BadPreset(f"{name} cannot be {value!r}; it is {MEANT[KINDS[name]]}.")
    if lacks := [name for name in NEEDED if name not in content]:
        raise BadPreset(f"it lacks {', '.join(lacks)}.")
    lists = {name: tuple(content.get(name, ())) for name in ("quirks", "missing_fields", "hosts")}
    return Preset(slug=slug, **content | lists)
