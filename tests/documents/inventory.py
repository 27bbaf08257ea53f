"""What the code offers, by name: settings, commands, pages, API paths, jobs, imports, layers."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from django.core.management import get_commands
from django.urls import URLPattern, URLResolver, get_resolver

from evals.imports import lagline_csv
from evals.imports.formats import FORMATS
from evals.operations.imports.report import COUNTED
from leaderboard.accounts.roles import ROLES
from leaderboard.pages import account_urls
from leaderboard.secret_sources import WORKER_KEYS
from leaderboard.sign_in_settings import PARTS
from worker.celery import app

ROOT = Path(__file__).resolve().parents[2]
OURS = ("evals", "leaderboard", "worker")


def settings_read() -> set[str]:
    """Return every environment variable that the settings read, of providers, and of workers."""
    source = (ROOT / "leaderboard" / "settings.py").read_text()
    return {
        *re.findall(r"env\.\w+\(\s*\"([A-Z_]+)\"", source),
        WORKER_KEYS,
        *(f"SIGN_IN_<NAME>_{part}" for part in PARTS),
    }


def commands() -> set[str]:
    """Return every management command of the project."""
    return {name for name, package in get_commands().items() if package in OURS}


def jobs() -> set[str]:
    """Return every Celery task of the project."""
    app.loader.import_default_modules()
    return {name for name in app.tasks if name.startswith("worker.")}


def pages() -> set[str]:
    """Return the address of every page, with parameters in braces."""
    resolver = next(r for r in _resolvers(get_resolver()) if r.app_name == "pages")
    patterns = [str(pattern.pattern) for pattern in _patterns(resolver)]
    patterns += _account_patterns(account_urls.urlpatterns)
    return {"/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", pattern) for pattern in patterns}


def _account_patterns(entries: list[Any], prefix: str = "") -> Iterator[str]:
    """Yield the addresses of account pages; regular expressions are written as other patterns are."""
    for entry in entries:
        pattern = prefix + re.sub(r"\(\?P(<\w+>)[^)]*\)", r"\1", str(entry.pattern)).strip("^$")
        if isinstance(entry, URLResolver):
            yield from _account_patterns(entry.url_patterns, pattern)
        else:
            yield pattern


def api_paths() -> set[str]:
    """Return every operation of the API, such as `GET models/{slug}`."""
    schema = yaml.safe_load((ROOT / "leaderboard" / "api" / "schema.yaml").read_text())
    return {
        f"{method.upper()} {path.removeprefix('/api/v1/')}"
        for path, operations in schema["paths"].items()
        for method in operations
    }


def import_formats() -> set[str]:
    """Return every format that `import_scores --format` takes."""
    return set(FORMATS)


def import_columns() -> set[str]:
    """Return every column of our own CSV."""
    return {*lagline_csv.REQUIRED, *lagline_csv.OPTIONAL}


def import_outcomes() -> set[str]:
    """Return everything that the report of an import counts."""
    return set(COUNTED)


def layer_table() -> str:
    """Return the import layers of pyproject.toml as a Markdown table."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    rows = [_layer_row(contract) for contract in contracts if contract["type"] == "layers"]
    return "\n".join(["| in | order: each may import what follows |", "|---|---|", *rows, ""])


def role_table() -> str:
    """Return the roles as a Markdown table."""
    rows = [
        f"| {role.name} | {role.allows} | {', '.join(f'`{name}`' for name in sorted(role.permissions))} |"
        for role in ROLES.values()
    ]
    return "\n".join(["| role | may | permissions, besides those to view |", "|---|---|---|", *rows, ""])


def _layer_row(contract: dict[str, Any]) -> str:
    layers = [", ".join(f"`{name}`" for name in layer.split(" | ")) for layer in contract["layers"]]
    container = ", ".join(f"`{name}`" for name in contract.get("containers", ["the project"]))
    return f"| {container} | {' → '.join(layers)} |"


def _resolvers(resolver: URLResolver) -> Iterator[URLResolver]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield pattern
            yield from _resolvers(pattern)


def _patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    return (pattern for pattern in resolver.url_patterns if isinstance(pattern, URLPattern))
