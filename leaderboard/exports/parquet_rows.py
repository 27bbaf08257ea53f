"""Read Parquet files that somebody gives us, in a child process; this module imports no Django."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from evals.untrusted.child import ChildLimits, read_in_child

READER = "leaderboard.exports.parquet_rows:parquet_messages"
LIMITS = ChildLimits(memory_mib=3072, cpu_s=1800, deadline_s=3600)
AT_ONCE = 100
METADATA_LIMITS = {"thrift_string_size_limit": 2**24, "thrift_container_size_limit": 2**20}
END = None


def rows_by_file(paths: Sequence[Path], limits: ChildLimits = LIMITS) -> Iterator[Iterator[dict[str, Any]]]:
    """Yield for each file its rows, which are to be read before the next file. Raises ReaderStopped.

    Values are numbers, texts and null; all else comes as text.
    """
    messages = read_in_child(READER, [str(path.absolute()) for path in paths], limits)
    for _ in paths:
        yield _rows(messages)


def _rows(messages: Iterator[Any]) -> Iterator[dict[str, Any]]:
    names = next(messages)
    for cells in iter(partial(next, messages), END):
        yield dict(zip(names, cells, strict=True))


def parquet_messages(*paths: str) -> Iterator[list[Any] | None]:
    """Yield for each file the names of its columns, each row, and the end; runs in the child."""
    for path in paths:
        with pq.ParquetFile(path, pre_buffer=False, **METADATA_LIMITS) as file:
            yield file.schema_arrow.names
            for batch in file.iter_batches(batch_size=AT_ONCE, use_threads=False):
                for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    yield [_plain(value) for value in row]
        yield END


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
