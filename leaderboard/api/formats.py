"""CSV responses, and the negotiation of the format of a response."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer, JSONRenderer

from evals.csv_cells import neutralise_cell
from leaderboard.api.exceptions import Invalid


class CsvRenderer(BaseRenderer):
    """Renders rows as CSV: an object becomes columns with dotted names, a list stays JSON.

    Text that a spreadsheet would run as a formula is neutralised.
    """

    media_type = "text/csv"
    format = "csv"
    charset = "utf-8"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> str:
        """Return the rows under `data` as CSV; without rows, the header alone."""
        flat = [
            {neutralise_cell(name): _cell(value) for name, value in _columns(row)} for row in data["data"]
        ]
        names = list(dict.fromkeys(name for row in flat for name in row)) or data["columns"]
        text = io.StringIO()
        writer = csv.DictWriter(text, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(flat)
        return text.getvalue()


class EventRenderer(JSONRenderer):
    """Makes server-sent events available to content negotiation; only errors are rendered, as JSON."""

    media_type = "text/event-stream"
    format = "events"


def _columns(row: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in row.items():
        if isinstance(value, Mapping):
            yield from _columns(value, f"{prefix}{name}.")
        elif isinstance(value, list):
            yield prefix + name, json.dumps(value, ensure_ascii=False)
        else:
            yield prefix + name, value


def _cell(value: Any) -> Any:
    return neutralise_cell(value) if isinstance(value, str) else value


class FormatNegotiation(DefaultContentNegotiation):
    """Selects the format by `?format=` or `Accept`; refuses an unknown format with the list of formats."""

    def filter_renderers(self, renderers: Any, format: str) -> Any:
        """Return the renderers of a format. Raises Invalid."""
        known = [renderer.format for renderer in renderers]
        if format not in known:
            raise Invalid(
                f"There is no format {format!r} here. On offer: {', '.join(known)}.",
                field="format",
                allowed=known,
            )
        return super().filter_renderers(renderers, format)
