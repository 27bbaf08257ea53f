"""The serializer of the shared cache: JSON, so that writing to Redis cannot run code in a reader."""

from __future__ import annotations

import json
from typing import Any


class JSONSerializer:
    """Django's interface for the Redis cache; other values than JSON's are refused by TypeError."""

    def dumps(self, value: Any) -> Any:
        """Return a value as Redis stores it; an integer stays one, so that Redis can increment it."""
        return value if type(value) is int else json.dumps(value, allow_nan=False)

    def loads(self, stored: bytes) -> Any:
        """Return a stored value. Raises ValueError if it is not JSON."""
        return json.loads(stored)
