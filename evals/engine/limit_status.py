"""What the shared limits hold at the moment, for a reader: a pause asked for, a rate found out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from redis import Redis
from redis.exceptions import RedisError

from evals.engine.shared_limits import key_of

PATIENCE_S = 0.3


@dataclass(frozen=True, slots=True)
class LimitSeen:
    """How an endpoint is held back: for how long, and to how many calls a second where that was found out."""

    pause_s: float = 0.0
    calls_per_s: float | None = None


def limits_seen(url: str, endpoint_ids: Collection[int]) -> Mapping[int, LimitSeen] | None:
    """Return how each endpoint is held back; None where Redis does not answer, so that nothing is called."""
    try:
        with Redis.from_url(url, socket_timeout=PATIENCE_S, socket_connect_timeout=PATIENCE_S) as client:
            pipe = client.pipeline(transaction=False)
            for pk in endpoint_ids:
                pipe.pttl(f"{key_of(f'endpoint:{pk}')}:pause")
                pipe.hget(f"{key_of(f'endpoint:{pk}')}:aimd", "rate")
            pipe.ping()
            replies = pipe.execute()
    except (RedisError, OSError):
        return None
    pairs = zip(replies[:-1:2], replies[1::2], strict=True)
    return {
        pk: LimitSeen(max(0, pause_ms) / 1000, float(rate) if rate else None)
        for pk, (pause_ms, rate) in zip(endpoint_ids, pairs, strict=True)
    }
