"""Imported by Python at the start of each process of the world: sleeps that libfaketime does not refuse.

Since 3.11, time.sleep waits until a moment of the monotonic clock. libfaketime 0.9.10 takes that for a moment
of the moved clock, and answers EINVAL. It does not change a wait of some length.
"""

import select
import time
from typing import SupportsIndex


def sleep(seconds: float | SupportsIndex, /) -> None:
    """Wait for some seconds."""
    select.select([], [], [], float(seconds))


time.sleep = sleep
