"""The quotas and spending caps of an account and its organisations, for the page and the API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from evals.models import CapKind, Owner, SpendingCap
from evals.operations.caps import may_set_cap
from evals.operations.owners.access import owner_of
from evals.queries.spending import CapUse, Period, Unit, cap_uses, caps_of
from evals.queries.submission_quotas import QuotaUse, SubmissionQuota, submission_quotas
from leaderboard.presenters.labels import StrOrPromise

CAP_LABELS: dict[tuple[Unit, Period], StrOrPromise] = {
    (Unit.USD, Period.DAY): _("USD a day"),
    (Unit.USD, Period.MONTH): _("USD a month"),
    (Unit.CALLS, Period.DAY): _("Calls a day"),
    (Unit.CALLS, Period.MONTH): _("Calls a month"),
}
QUOTA_LABELS: dict[SubmissionQuota, StrOrPromise] = {
    SubmissionQuota.OPEN: _("Open submissions"),
    SubmissionQuota.PER_DAY: _("New submissions in 24 hours"),
}


@dataclass(frozen=True, slots=True)
class CapView:
    """A cap with the use of each of its limits."""

    cap: SpendingCap
    uses: tuple[CapUse, ...]
    is_editable: bool

    @property
    def rows(self) -> list[tuple[StrOrPromise, CapUse]]:
        """Return each limit with its label."""
        return [(CAP_LABELS[use.unit, use.period], use) for use in self.uses]

    @property
    def is_own(self) -> bool:
        """Tell whether it protects the owner's own keys."""
        return self.cap.kind == CapKind.OWN


@dataclass(frozen=True, slots=True)
class CapLimit:
    """One limit of a cap."""

    cap: SpendingCap
    use: CapUse


@dataclass(frozen=True, slots=True)
class OwnerQuotas:
    """What an owner may still submit and spend."""

    owner: Owner
    submissions: tuple[QuotaUse, ...]
    caps: tuple[CapView, ...]

    @property
    def cap_limits(self) -> list[CapLimit]:
        """Return the limits of all caps."""
        return [CapLimit(view.cap, use) for view in self.caps for use in view.uses]

    @property
    def rows(self) -> list[tuple[StrOrPromise, QuotaUse]]:
        """Return each quota of submissions with its label."""
        return [(QUOTA_LABELS[use.quota], use) for use in self.submissions]


def owner_quotas(account: AbstractBaseUser, *, now: datetime) -> list[OwnerQuotas]:
    """Return the quotas and caps of an account, then those of its organisations."""
    own = owner_of(account)
    organisations = Owner.objects.filter(~Q(pk=own.pk), members__account_id=account.pk).order_by("handle")
    return [_quotas(owner, account, now) for owner in (own, *organisations)]


def _quotas(owner: Owner, account: AbstractBaseUser, now: datetime) -> OwnerQuotas:
    caps = tuple(
        CapView(
            cap,
            tuple(use for unit in Unit for use in cap_uses(cap, unit, now=now)),
            cap.kind == CapKind.OWN and may_set_cap(account, owner, CapKind.OWN),
        )
        for cap in caps_of(owner)
    )
    return OwnerQuotas(owner, tuple(submission_quotas(owner, now=now)), caps)
