"""The parser of request bodies: JSON within limits, which are checked before anything is built."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from evals.untrusted.json_text import JsonLimits, LimitExceeded, TooManyValues, load_json
from leaderboard.api.exceptions import TooLarge

MAX_BODY_BYTES = 2**18
LIMITS = JsonLimits(depth=20, values=10_000)


class BoundedJSONParser(JSONParser):
    """Reads UTF-8 JSON; a body over a limit is refused with 413, one that is nested too deeply with 400."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Return the content of a body. Raises TooLarge and ParseError."""
        raw = stream.read(MAX_BODY_BYTES + 1)
        if len(raw) > MAX_BODY_BYTES:
            raise TooLarge(f"A body has at most {MAX_BODY_BYTES:,} bytes.")
        try:
            return load_json(raw.decode(), LIMITS, parse_constant=_refuse_constant)
        except TooManyValues as error:
            raise TooLarge(f"The body is too large: {error}.") from None
        except LimitExceeded as error:
            raise ParseError(f"The body cannot be read: {error}.") from None
        except UnicodeDecodeError:
            raise ParseError("The body is not UTF-8.") from None
        except ValueError as error:
            raise ParseError(f"JSON parse error - {error}") from None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")
