"""Set spending caps: an operator those of any owner on the operator's endpoints, an owner their own."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from evals.models import AuditAction, CapKind, MemberRole, Owner, SpendingCap, Submission
from evals.models.submissions import OPEN_STATES
from evals.operations.audit import record_change
from evals.operations.owners.access import Actor, NotPermitted, acts_for
from evals.operations.refusals import Refused
from evals.operations.submissions.access import has_permission
from evals.operations.wakeup import wake_worker

MOST_USD = Decimal(100_000)
MOST_CALLS = 100_000_000


class BadCap(Refused):
    """A cap is a non-negative amount."""

    code = "bad_cap"


@dataclass(frozen=True, slots=True)
class CapValues:
    """The limits of a cap; None is no limit, or the default of the settings for the operator's endpoints."""

    usd_per_day: Decimal | None = None
    usd_per_month: Decimal | None = None
    calls_per_day: int | None = None
    calls_per_month: int | None = None


def may_set_cap(actor: Actor, owner: Owner, kind: CapKind) -> bool:
    """Tell whether an actor may set a cap: an operator any, an owner that of their own endpoints."""
    if has_permission(actor, "evals.change_spendingcap"):
        return True
    return kind == CapKind.OWN and acts_for(actor, owner, {MemberRole.OWNER})


def set_cap(*, owner: Owner, kind: CapKind, values: CapValues, by: Actor | None) -> SpendingCap:
    """Set all limits of a cap, for an actor or (None) for a command; what waited for it is tried again.

    Raises NotPermitted, BadCap.
    """
    if by is not None and not may_set_cap(by, owner, kind):
        raise NotPermitted(_("Only an operator, or an owner for their own endpoints, sets a spending cap."))
    _refuse_bad_values(values)
    with transaction.atomic():
        cap = SpendingCap.objects.select_for_update().filter(owner=owner, kind=kind).first()
        cap = cap or SpendingCap.objects.create(owner=owner, kind=kind)
        before = {name: getattr(cap, name) for name in asdict(values)}
        for name, value in asdict(values).items():
            setattr(cap, name, value)
        cap.save(update_fields=list(before))
        record_change(
            action=AuditAction.CAP_SET,
            object_type="cap",
            object_id=f"{owner.handle}:{kind}",
            before=before,
            after=asdict(values),
        )
        _look_again(owner, kind)
    return cap


def _look_again(owner: Owner, kind: CapKind) -> None:
    """Let the submissions that wait for a cap be called for again: it may bear more now."""
    whose = (
        {"owner": owner, "endpoint__owner": None} if kind == CapKind.OPERATOR else {"endpoint__owner": owner}
    )
    waiting = Submission.objects.filter(state__in=OPEN_STATES, capped_until__isnull=False, **whose)
    if waiting.update(capped_until=None):
        transaction.on_commit(wake_worker)


def _refuse_bad_values(values: CapValues) -> None:
    for name, value in asdict(values).items():
        most = MOST_USD if name.startswith("usd") else MOST_CALLS
        if value is not None and not 0 <= value <= most:
            message = _("A spending cap is between 0 and %(most)s; it was %(value)s.")
            raise BadCap(message % {"most": most, "value": value}, field=name)
