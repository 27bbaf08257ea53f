"""Rows of the benchmark table: what is ours, what is the peer's, and the ratio that must hold."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

BUILD = Path(__file__).resolve().parents[2] / "build"


@dataclass(frozen=True)
class Row:
    """One measurement; `ok` says whether the ratio is at most the limit."""

    name: str
    ours: float
    peer: float
    ratio: float
    limit: float
    ok: bool


def row(name: str, *, ours: float, peer: float, limit: float) -> Row:
    """Compare two measurements of the same run."""
    ratio = ours / peer
    return Row(name, round(ours, 3), round(peer, 3), round(ratio, 3), limit, ratio <= limit)


def merge(rows: Sequence[Row], path: Path = BUILD / "bench.json") -> None:
    """Put rows into the table, in the place of older ones of the same name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    old = json.loads(path.read_text()) if path.exists() else []
    names = {row.name for row in rows}
    kept = [row for row in old if row["name"] not in names]
    path.write_text(json.dumps(kept + [asdict(row) for row in rows], indent=1) + "\n")


def print_row(row: Row) -> None:
    """Print a row."""
    verdict = "ok" if row.ok else "NOT OK"
    sys.stdout.write(
        f"{row.name:32} ours {row.ours:9.3f}  peer {row.peer:9.3f}  "
        f"ratio {row.ratio:6.3f} <= {row.limit:5.2f}  {verdict}\n"
    )
    sys.stdout.flush()
