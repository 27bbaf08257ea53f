"""The exception for invalid input: apart from errors.py, whose import of DRF's views imports formats.py."""

from __future__ import annotations

from typing import Any

from rest_framework import exceptions, status


class Invalid(exceptions.APIException):
    """An invalid value in a request: answered with 400, the field and its allowed values."""

    status_code = status.HTTP_400_BAD_REQUEST

    def __init__(
        self,
        message: str,
        *,
        field: str,
        allowed: list[str] | None = None,
        suggestions: list[str] | None = None,
    ) -> None:
        super().__init__(message, "invalid")
        self.field = field
        self.allowed = allowed or []
        self.suggestions = suggestions or []


class NotOnRecord(exceptions.NotFound):
    """Nothing on record has the name in the address; the error suggests names like it."""

    def __init__(self, message: str, suggestions: list[str]) -> None:
        super().__init__(message)
        self.suggestions = suggestions


class NotComputed(exceptions.NotFound):
    """Nobody has requested the computation of this comparison; the error says how to."""

    default_code = "not_computed"

    def __init__(self, message: str, *, url: str) -> None:
        super().__init__(message)
        self.details: dict[str, Any] = {"action": {"method": "POST", "url": url}}


class TooLarge(exceptions.APIException):
    """A request body over a limit."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"
