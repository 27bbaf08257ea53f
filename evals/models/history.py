"""The history rule of a table: its rows and columns at an earlier moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class History:
    """Which rows of a table existed at a moment, and their values then, as SQL.

    `r` is the row, `{at}` the moment (exclusive), `{base}` the schema of the tables. A column that is not
    named here had its present value. A table whose class has no `history` is empty in the past.
    """

    when: str
    columns: Mapping[str, str] = field(default_factory=dict)
    corrected: bool = False


KNOWN = History("r.known_at < {at}")
CORRECTED = History("r.known_at < {at}", corrected=True)
