"""The public names of people and organisations, which share one set of names."""

from __future__ import annotations

import re

from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _

from evals.models import Owner
from evals.operations.refusals import Refused

HANDLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{2,39}")
RESERVED = re.compile(r"(deleted-.*|admin|lagline|operator|root|system)", re.IGNORECASE)


class BadHandle(Refused):
    """A public name is short, plain and not in use."""

    code = "bad_handle"
    field = "handle"


def refuse_bad_handle(handle: str) -> None:
    """Refuse a name for a new account or organisation that is malformed, reserved or in use."""
    if not HANDLE.fullmatch(handle):
        raise BadHandle(_("A name has 3 to 40 of these: a to z, digits, dots, hyphens, underscores."))
    is_used = Owner.objects.filter(handle__iexact=handle).exists()
    is_used = is_used or get_user_model()._default_manager.filter(username__iexact=handle).exists()
    if is_used or RESERVED.fullmatch(handle):
        raise BadHandle(_("This name is taken. Choose another."))
