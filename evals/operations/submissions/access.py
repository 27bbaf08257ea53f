"""Permission to change a submission: its submitter and operators have it."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from evals.models import Submission
from evals.operations.refusals import Refused

Actor = AbstractBaseUser | AnonymousUser


class UnknownSubmission(Refused):
    """There is no such submission."""

    code = "unknown_submission"


class NotPermitted(PermissionDenied):
    """The actor may not make this change; nothing was written."""


def is_operator(actor: Actor) -> bool:
    """Tell whether an actor operates this service."""
    return bool(getattr(actor, "is_staff", False))


def may_control(actor: Actor, submission: Submission) -> bool:
    """Tell whether an actor may change a submission and see its costs."""
    return actor.is_authenticated and (is_operator(actor) or actor.pk == submission.submitter_id)


def may_control_all(actor: Actor) -> bool:
    """Tell whether an actor may change every submission and read what providers said about it."""
    return is_operator(actor)


def refuse_outsider(actor: Actor, submission: Submission) -> None:
    """Refuse an actor who may not change a submission."""
    if not may_control(actor, submission):
        raise NotPermitted("Only its submitter or an operator may do this with a submission.")


def controlled_submission(*, submission_id: int, by: Actor) -> Submission:
    """Return a submission that the actor may change. Raises UnknownSubmission, NotPermitted."""
    submission = Submission.objects.filter(pk=submission_id).first()
    if submission is None:
        raise UnknownSubmission(_("There is no submission %(id)s.") % {"id": submission_id})
    refuse_outsider(by, submission)
    return submission
