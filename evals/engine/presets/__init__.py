"""Providers as data: one small file each, with its base URL, protocol, quirks, and the pages read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from evals.engine.capabilities import read_capabilities
from evals.engine.protocols import protocol_named

FOLDER = Path(__file__).parent


class BadPreset(ValueError):
    """A preset's file does not say what it must."""


class UnknownPreset(ValueError):
    """There is no file of this provider."""


@dataclass(frozen=True, slots=True)
class Preset:
    """A provider: where and how it is called, on which page of its own that was read, and when."""

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
    quirks: tuple[str, ...] = ()


def presets() -> list[Preset]:
    """Return every provider that has a file, in the order of their names."""
    return [read_preset(path.stem) for path in sorted(FOLDER.glob("*.yaml"))]


def read_preset(slug: str) -> Preset:
    """Read and check a provider's file."""
    known = sorted(path.stem for path in FOLDER.glob("*.yaml"))
    if slug not in known:
        raise UnknownPreset(f"There is no preset {slug!r}; there are {', '.join(known)}.")
    told = yaml.safe_load((FOLDER / f"{slug}.yaml").read_text(encoding="utf-8"))
    names = {one.name for one in fields(Preset)} - {"slug"}
    if not isinstance(told, dict) or set(told) - names:
        raise BadPreset(f"{slug}.yaml holds something else than {', '.join(sorted(names))}.")
    preset = Preset(slug=slug, **told | {"quirks": tuple(told.get("quirks", ()))})
    protocol_named(preset.protocol)
    read_capabilities(preset.capabilities)
    return preset
