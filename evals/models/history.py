"""The history rule of a table: its rows and values at an earlier time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class History:
    """SQL for the rows of a table that existed at a time, and for their values then.

    `r` is the row, `{at}` the time (exclusive), `{base}` the schema of the tables. A column without an
    entry had its current value. A table whose class has no `history` is empty in the past.
    """

    when: str
    columns: Mapping[str, str] = field(default_factory=dict)
    corrected: bool = False


KNOWN = History("r.known_at < {at}")
CORRECTED = History("r.known_at < {at}", corrected=True)
