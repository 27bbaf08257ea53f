"""What tells requests and tasks: the key of a question, and lm-eval's hash of all samples of a task."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from evals.engine.protocols.protocol import Protocol
from evals.engine.requests import EndpointSpec

HASHED_AT_ONCE = 96 * 1000  # bytes: three hashes of a thousand samples


def canonical(payload: Mapping[str, Any]) -> str:
    """Return a payload as the one text that is both hashed and sent (ASCII: any text survives it)."""
    return json.dumps(payload, sort_keys=True, separators=(",", ":"), allow_nan=False)


def request_key(
    *, endpoint: EndpointSpec, protocol: Protocol, body: str, repeat: int, fresh: str = ""
) -> str:
    """Return the key of a body sent to an endpoint: equal keys are the same question, and need one call.

    The secret is no part of it. `fresh` tells the keys of a run that wants no answer on record from those of
    all others.
    """
    parts = [
        protocol.name,
        str(protocol.version),
        protocol.url(endpoint.base_url),
        endpoint.api_model,
        str(repeat),
        body,
        *([fresh] if fresh else []),
    ]
    return sha256("\x00".join(parts).encode()).hexdigest()


class TaskHash:
    """lm-eval's hash of a task, which covers the hashes of each sample once for every filter."""

    def __init__(self) -> None:
        self.logged = bytearray()

    def add(self, *hashes: str) -> None:
        """Take the hashes of the next sample."""
        for sample_hash in hashes:
            self.logged += bytes.fromhex(sample_hash)

    def digest(self, filters: int) -> str:
        """Return the hash of all samples that were taken."""
        digest = sha256()
        for _ in range(filters):
            for start in range(0, len(self.logged), HASHED_AT_ONCE):
                digest.update(self.logged[start : start + HASHED_AT_ONCE].hex().encode())
        return digest.hexdigest()
