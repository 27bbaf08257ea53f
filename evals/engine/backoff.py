"""When a request is sent again: full jitter under a doubling ceiling, after the provider's own wait."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from evals.engine.outcomes import Fault

FIRST_CEILING_S = 1.0
LAST_CEILING_S = 60.0


def retry_at(fault: Fault, *, failures: int, now: datetime, chance: random.Random) -> datetime | None:
    """Return when to send a request again after a fault; None if its retries are used up."""
    if fault.is_final(failures):
        return None
    ceiling = min(LAST_CEILING_S, FIRST_CEILING_S * 2 ** min(failures, 10))
    wait_s = (fault.retry_after_s or 0.0) + chance.uniform(0, ceiling)
    return now + timedelta(seconds=wait_s)
