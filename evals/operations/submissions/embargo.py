"""Set, shorten and end the embargo of a submission."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from evals.models import AuditAction, Submission
from evals.operations.owners.access import Actor
from evals.operations.refusals import Refused
from evals.operations.runs.scores import record_scores
from evals.operations.submissions.access import controlled_submission
from evals.operations.submissions.events import record_submission_change
from evals.operations.wakeup import wake_worker

LONGEST_DAYS = 30
LONGEST = timedelta(days=LONGEST_DAYS)


class BadEmbargo(Refused):
    """An embargo ends within 30 days of the submission, and is never lengthened."""

    code = "bad_embargo"
    field = "embargo_until"


def refuse_bad_embargo(embargo_until: datetime | None, *, now: datetime) -> None:
    """Refuse an embargo that has ended, or that is too long."""
    if embargo_until is None or now < embargo_until <= now + LONGEST:
        return
    message = _("An embargo ends within %(days)d days of the submission: by %(at)s UTC.")
    values = {"days": LONGEST_DAYS, "at": f"{now + LONGEST:%Y-%m-%d %H:%M}"}
    raise BadEmbargo(message % values)


def shorten_embargo(*, submission_id: int, by: Actor, embargo_until: datetime, now: datetime) -> None:
    """Let an embargo end earlier; a time that has passed ends it now."""
    embargo_until = max(embargo_until, now)
    with transaction.atomic():
        former = controlled_submission(submission_id=submission_id, by=by)
        longer = Submission.objects.filter(pk=former.pk, embargo_until__gt=embargo_until)
        if not longer.update(embargo_until=embargo_until) and former.embargo_until != embargo_until:
            raise BadEmbargo(_("An embargo can be shortened only, and not once it has ended."))
        record_submission_change(AuditAction.SUBMISSION_EMBARGO, former)
        transaction.on_commit(wake_worker)


def publish_scores_after_embargo(*, now: datetime) -> int:
    """Put the withheld scores of ended embargoes on record; return the number of submissions.

    A score counts as known from the end of its embargo, whenever a worker gets to it.
    """
    due = Submission.objects.filter(has_withheld_scores=True, embargo_until__lte=now).order_by("pk")
    published = 0
    for pk, ended_at in due.values_list("pk", "embargo_until"):
        withheld = Submission.objects.filter(pk=pk, has_withheld_scores=True)
        with transaction.atomic():
            if withheld.update(has_withheld_scores=False):
                record_scores(submission_id=pk, now=ended_at or now)
                published += 1
    return published
