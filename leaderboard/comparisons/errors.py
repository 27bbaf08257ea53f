"""The error for a comparison that cannot be parsed."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from evals.operations.refusals import Refused


class InvalidComparison(Refused):
    """A part of a comparison is invalid; the message names its field, its value and what is allowed."""

    code = "invalid"

    def __init__(self, field: str, value: object, rule: object, *, allowed: Sequence[str] = ()) -> None:
        message = _("%(field)s is %(value)s; allowed: %(rule)s.")
        parts = {"field": field, "value": _short(value), "rule": rule}
        super().__init__(message % parts, field=field, allowed=allowed)


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
