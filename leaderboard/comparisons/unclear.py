"""The refusal of a comparison that cannot be read."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from evals.operations.refusals import Refused


class InvalidComparison(Refused):
    """A part of a comparison cannot be read: which, what it was, and what would be."""

    code = "invalid"

    def __init__(self, field: str, value: object, rule: object, *, allowed: Sequence[str] = ()) -> None:
        said = _("%(field)s is %(value)s; allowed: %(rule)s.")
        told = {"field": field, "value": _short(value), "rule": rule}
        super().__init__(said % told, field=field, allowed=allowed)


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
