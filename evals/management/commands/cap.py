"""Show or set the spending caps of an owner."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from evals.models import CapKind, Owner
from evals.operations.caps import CapValues, set_cap
from evals.operations.owners.access import owner_of
from evals.operations.refusals import Refused
from evals.queries.spending import Unit, cap_uses, caps_of

LIMITS = ("usd_per_day", "usd_per_month", "calls_per_day", "calls_per_month")


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("owner", help="the user name of a person, or the handle of an organisation")
        parser.add_argument("--own", action="store_true", help="the cap of the owner's own endpoints")
        for name in LIMITS:
            option = f"--{name.replace('_', '-')}"
            parser.add_argument(option, metavar="AMOUNT", help="an amount, or none: no limit or the default")

    def handle(self, *args: Any, **options: Any) -> None:
        owner = _owner(options["owner"])
        kind = CapKind.OWN if options["own"] else CapKind.OPERATOR
        given = {name: options[name] for name in LIMITS if options[name] is not None}
        if given:
            self._set(owner, kind, given)
        self._show(owner, kind)

    def _set(self, owner: Owner, kind: CapKind, given: dict[str, str]) -> None:
        cap = next(cap for cap in caps_of(owner) if cap.kind == kind)
        before = {name: getattr(cap, name) for name in LIMITS}
        values = {name: _amount(name, text) for name, text in given.items()}
        try:
            set_cap(owner=owner, kind=kind, values=CapValues(**before | values), by=None)
        except Refused as refusal:
            raise CommandError(refusal.message) from None

    def _show(self, owner: Owner, kind: CapKind) -> None:
        cap = next(cap for cap in caps_of(Owner.objects.get(pk=owner.pk)) if cap.kind == kind)
        for use in (use for unit in Unit for use in cap_uses(cap, unit, now=timezone.now())):
            limit = "no limit" if use.limit is None else f"{use.limit:f}"
            self.stdout.write(f"{use.unit} a {use.period}: {use.used:f} of {limit}")


def _owner(handle: str) -> Owner:
    account = get_user_model().objects.filter(username=handle).first()
    owner = owner_of(account) if account else Owner.objects.filter(handle=handle).first()
    if owner is None:
        raise CommandError(f"There is no account or organisation {handle!r}.")
    return owner


def _amount(name: str, text: str) -> Any:
    if text == "none":
        return None
    try:
        return Decimal(text) if name.startswith("usd") else int(text)
    except (InvalidOperation, ValueError):
        raise CommandError(
            f"--{name.replace('_', '-')} is {text!r}; it must be an amount, or none."
        ) from None
