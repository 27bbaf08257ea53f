"""The clock of a simulated world: all its processes, its database and its broker follow one file.

libfaketime adds the offset in the file to every reading of the wall clock; the monotonic clock is not moved.
"""

from __future__ import annotations

import math
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

LIBRARIES = "*/faketime/libfaketimeMT.so.1"
PROCESS_START = Path(__file__).parent / "process_start"
READ_EVERY_S = 1
STEP_S = 300.0


class Clock:
    """A clock that can be moved while the processes run."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"
        self._offset = timedelta()
        self._write()

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a process that follows this clock."""
        library = next(Path("/usr/lib").glob(LIBRARIES), None)
        if library is None:
            raise RuntimeError("The journey moves the clock by libfaketime: make /usr/bin/faketime.")
        return {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": str(READ_EVERY_S),
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "PYTHONPATH": str(PROCESS_START),
        }

    def now(self) -> datetime:
        """Return the time in the world."""
        return datetime.now(UTC) + self._offset

    def today(self) -> date:
        """Return the day in the world, in UTC."""
        return self.now().date()

    def move_to(self, moment: datetime) -> None:
        """Move the clock forward, and wait until every process has seen it."""
        self._offset = max(self._offset, moment - datetime.now(UTC))
        self._write()
        time.sleep(2 * READ_EVERY_S)

    def let_pass(self, time_s: float) -> None:
        """Let some time pass in steps that are shorter than the validity of any regular message."""
        for _ in range(math.ceil(time_s / STEP_S)):
            self.move_to(self.now() + timedelta(seconds=STEP_S))

    def _write(self) -> None:
        draft = self._file.with_suffix(".draft")
        draft.write_text(f"+{self._offset.total_seconds():.0f}\n")
        draft.chmod(0o644)  # PostgreSQL may run as another user
        draft.replace(self._file)
