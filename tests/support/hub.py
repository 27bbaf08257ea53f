"""Data sets of the hub as its own client keeps them on a disk: rows of ours, in the real columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha1
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

Rows = Sequence[Mapping[str, Any]]
Config = Mapping[str, Rows]  # rows by split


def put(cache: Path, name: str, **configs: Config) -> Path:
    """Write a data set into the hub's cache: `refs/main` names a commit, `snapshots` has its files."""
    commit = sha1(name.encode()).hexdigest()
    root = cache / f"datasets--{name.replace('/', '--')}"
    (root / "refs").mkdir(parents=True)
    (root / "refs" / "main").write_text(commit)
    snapshot = root / "snapshots" / commit
    card = []
    for config, splits in configs.items():
        files = []
        for split, rows in splits.items():
            path = snapshot / config / f"{split}-00000-of-00001.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(pa.Table.from_pylist(list(map(dict, rows))), path)
            files.append({"split": split, "path": f"{config}/{split}-*"})
        card.append({"config_name": config, "data_files": files})
    (snapshot / "README.md").write_text(f"---\n{yaml.safe_dump({'configs': card})}---\n")
    return snapshot
