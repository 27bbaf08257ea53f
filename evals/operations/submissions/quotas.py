"""Refuse submissions above an owner's quotas, and find the open one that a new one would repeat."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from evals.models import Endpoint, Owner, Submission, Suite
from evals.models.submissions import OPEN_STATES
from evals.operations.owners.access import Actor
from evals.operations.refusals import TooMany
from evals.operations.submissions.access import has_permission
from evals.queries.submission_quotas import QuotaUse, SubmissionQuota, submission_quotas


class SubmissionQuotaExceeded(TooMany):
    """An owner has as many submissions as are allowed; it says when one more is."""

    code = "quota_exceeded"

    def __init__(self, message: str, *, use: QuotaUse, now: datetime) -> None:
        super().__init__(message)
        self.details = {"quota": use.quota.value, "limit": use.limit, "used": use.used, "renews_at": None}
        if use.renews_at is not None:
            self.retry_at(use.renews_at, now=now)
            self.details["renews_at"] = f"{use.renews_at:%Y-%m-%dT%H:%M:%SZ}"


def refuse_above_quotas(*, owner: Owner, submitter: Actor, now: datetime, is_new: bool = True) -> None:
    """Refuse one more submission above a quota; a retry counts as open, not as new. Operators have none."""
    if has_permission(submitter, "evals.review_submission"):
        return
    for use in submission_quotas(owner, now=now):
        if use.left or (use.quota == SubmissionQuota.PER_DAY and not is_new):
            continue
        if use.renews_at is None:
            message = _("%(n)d submissions are open, and no more are allowed. Wait until one has ended.")
            raise SubmissionQuotaExceeded(message % {"n": use.limit}, use=use, now=now)
        message = _("%(n)d submissions in 24 hours are allowed. The next is possible at %(at)s UTC.")
        values = {"n": use.limit, "at": f"{use.renews_at:%Y-%m-%d %H:%M}"}
        raise SubmissionQuotaExceeded(message % values, use=use, now=now)


def open_duplicate(*, owner: Owner, endpoint: Endpoint, suite: Suite) -> Submission | None:
    """Return the open submission of an owner for the same endpoint, suite and settings, or None."""
    same = Submission.objects.filter(owner=owner, endpoint=endpoint, suite=suite, state__in=OPEN_STATES)
    fresh = same.filter(runs__settings__has_key="fresh").values("pk")
    return same.exclude(pk__in=fresh).order_by("created_at", "pk").first()
