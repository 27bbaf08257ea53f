"""Refusals: a code, a message that names the problem, and the allowed values."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

SHOWN = 12
KINDS: dict[str, Promise] = {
    "benchmark": pgettext_lazy("what is not on record", "benchmark"),
    "claim": pgettext_lazy("what is not on record", "claim"),
    "developer": pgettext_lazy("what is not on record", "developer"),
    "domain": pgettext_lazy("what is not on record", "domain"),
    "endpoint": pgettext_lazy("what is not on record", "endpoint"),
    "language": pgettext_lazy("what is not on record", "language"),
    "model": pgettext_lazy("what is not on record", "model"),
    "suite": pgettext_lazy("what is not on record", "suite"),
}


class Refused(Exception):
    """A request that cannot be fulfilled; nothing was written."""

    code = "refused"
    field = ""

    def __init__(self, message: str, *, allowed: Sequence[str] = (), field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.allowed = list(allowed)
        self.details: Mapping[str, Any] = {}  # what the API adds to the error, for programs
        if field is not None:
            self.field = field


class Conflict(Refused):
    """The request contradicts the record."""

    code = "conflict"


class TooMany(Refused):
    """The request exceeds a limit on requests."""

    code = "too_many"
    retry_after_s: int | None = None

    def retry_at(self, renews_at: datetime, *, now: datetime) -> Self:
        """Say when one more request is possible, and return the refusal."""
        self.retry_after_s = max(1, math.ceil((renews_at - now).total_seconds()))
        return self


def refuse_invalid(row: Model) -> None:
    """Refuse a row whose fields are invalid, naming each field; uniqueness is not checked."""
    try:
        row.clean_fields()
    except ValidationError as error:
        words = [f"{field}: {' '.join(messages)}" for field, messages in error.message_dict.items()]
        raise Refused(" ".join(words), field=next(iter(error.message_dict))) from None


def nearest_names(word: str, known: Collection[str]) -> list[str]:
    """Return the known names most similar to a word, or all if they are few."""
    close = get_close_matches(word.lower(), known, n=5, cutoff=0.6)
    return close or (sorted(known) if len(known) <= SHOWN else [])


def describe_unknown(kind: str, word: str, known: Collection[str]) -> tuple[str, list[str]]:
    """Return the message for an unknown name, and the names to offer instead."""
    close = nearest_names(word, known)
    if not known:
        message = _("There is no %(kind)s '%(word)s': none is on record yet.")
    elif not close:
        message = _("There is no %(kind)s '%(word)s' among the %(n)d on record.")
    elif len(close) == len(known):
        message = _("There is no %(kind)s '%(word)s'. On record: %(names)s.")
    else:
        message = _("There is no %(kind)s '%(word)s'. Nearest on record: %(names)s.")
    values = {"kind": KINDS.get(kind, kind), "word": word, "n": len(known), "names": ", ".join(close)}
    return message % values, close
