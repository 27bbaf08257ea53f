"""The options that every command has, and the client that they name."""

from __future__ import annotations

from typing import Annotated

import typer

from lagline.client import Client

Url = Annotated[
    str | None,
    typer.Option("--url", help="Address of the service; else LAGLINE_URL, else that of the last login."),
]
Json = Annotated[bool, typer.Option("--json", help="Write the result as JSON to stdout.")]
Limit = Annotated[int, typer.Option("--limit", min=1, help="The most rows.")]
AsOf = Annotated[str | None, typer.Option("--as-of", metavar="DAY", help="What was known on that day.")]


def open_client(url: str | None) -> Client:
    """Return a client of the service that the options, the environment or the last login name."""
    return Client(url)
