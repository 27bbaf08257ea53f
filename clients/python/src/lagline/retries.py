"""When a request is sent again, and after how many seconds."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from lagline.messages import Request, Response

TEMPORARY = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how soon a repeatable request is sent again.

    `attempts` counts the first one, too. The wait doubles from `first_s` to `longest_s`, times a random
    factor from 1/2 to 1. A service that names a longer wait is not waited for: the error says how long it
    would take.
    """

    attempts: int = 5
    first_s: float = 0.5
    longest_s: float = 60.0
    jitter: Callable[[], float] = random.random
    clock: Callable[[], float] = time.time

    def wait_after_error(self, request: Request, attempt: int) -> float | None:
        """Return the seconds to wait after an attempt without a response; None: give up."""
        if not request.is_repeatable or attempt >= self.attempts:
            return None
        return self.backoff(attempt)

    def wait_after(self, request: Request, response: Response, attempt: int) -> float | None:
        """Return the seconds to wait after a response; None: it is final."""
        if response.status not in TEMPORARY:
            return None
        wait = self.wait_after_error(request, attempt)
        stated = self.stated_wait(response.headers)
        if wait is None or stated is None:
            return wait
        return max(wait, stated) if stated <= self.longest_s else None

    def backoff(self, attempt: int) -> float:
        """Return the seconds to wait after that many failures, at least 1."""
        longest = min(self.longest_s, self.first_s * 2.0 ** min(attempt - 1, 30))
        return longest * (1 + self.jitter()) / 2

    def stated_wait(self, headers: Mapping[str, str]) -> float | None:
        """Return the seconds of Retry-After, a number or a date; None without it."""
        text = headers.get("retry-after", "").strip()
        if text.isascii() and text.isdigit():
            return float(text)
        try:
            seconds: float = parsedate_to_datetime(text).timestamp() - self.clock()
            return max(0.0, seconds)
        except ValueError:
            return None
