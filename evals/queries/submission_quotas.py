"""How many submissions an owner may have: open at once, and new ones in 24 hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.db.models import F, Q, QuerySet

from evals.models import Owner, Submission, SubmissionState
from evals.models.submissions import OPEN_STATES

DAY = timedelta(hours=24)
LONG_WAIT = timedelta(hours=1)  # who cancels what has not started until then gets the submission back
# Failures that the submitter can avoid; all others are faults of a provider or of this service.
OWN_FAULTS = ("budget_used_up", "cap_too_small")
FAULTS_OF_OWN_ENDPOINT = (
    *("credential_refused", "credential_missing", "out_of_credit", "not_found", "redirected"),
    *("address_refused", "certificate_refused", "bad_request", "bad_parameter", "forbidden"),
)


class SubmissionQuota(StrEnum):
    """What is counted."""

    OPEN = "open"
    PER_DAY = "per_day"


@dataclass(frozen=True, slots=True)
class QuotaUse:
    """A quota and what is used of it; `renews_at` is when one more fits, None if that has no fixed time."""

    quota: SubmissionQuota
    limit: int
    used: int
    renews_at: datetime | None

    @property
    def left(self) -> int:
        """Return the rest, at least 0."""
        return max(0, self.limit - self.used)


def submission_quotas(owner: Owner, *, now: datetime) -> list[QuotaUse]:
    """Return the quotas of an owner; what failed or waited through no fault of theirs does not count."""
    n_open = owner.submissions.filter(state__in=OPEN_STATES).count()
    recent = _counted(owner, since=now - DAY)
    limit = settings.SUBMISSIONS_PER_DAY
    times = list(recent.order_by("-created_at").values_list("created_at", flat=True)[:limit])
    renews_at = times[-1] + DAY if len(times) == limit else None
    return [
        QuotaUse(SubmissionQuota.OPEN, settings.OPEN_SUBMISSIONS, n_open, None),
        QuotaUse(SubmissionQuota.PER_DAY, limit, recent.count(), renews_at),
    ]


def _counted(owner: Owner, *, since: datetime) -> QuerySet[Submission]:
    own = Q(failure_code__in=OWN_FAULTS)
    own |= Q(endpoint__owner__isnull=False, failure_code__in=FAULTS_OF_OWN_ENDPOINT)
    faultless = ~Q(state=SubmissionState.FAILED) | own
    never_started = Q(
        state=SubmissionState.CANCELLED, started_at=None, finished_at__gte=F("created_at") + LONG_WAIT
    )
    return owner.submissions.filter(faultless & ~never_started, created_at__gt=since)
