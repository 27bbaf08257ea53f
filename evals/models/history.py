"""How a table says what it told at an earlier moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class History:
    """Which rows of a table were told of at a moment, and what they told, as SQL.

    `r` is the row, `{at}` the moment (what is known before it was known then), `{base}` the schema of the
    tables themselves. A column that is not named here told what it tells now. A table whose class has no
    `told` and no `known_at` is empty in the past: nothing of it leaks.
    """

    when: str
    columns: Mapping[str, str] = field(default_factory=dict)
    corrected: bool = False


KNOWN = History("r.known_at < {at}")
CORRECTED = History("r.known_at < {at}", corrected=True)
