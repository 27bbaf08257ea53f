"""Who may submit, change a submission and see its costs; leaderboard.accounts.roles grants permissions."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import PermissionsMixin
from django.utils.translation import gettext as _

from evals.acting import Scope
from evals.models import Submission
from evals.operations.owners.access import Actor, NotPermitted, acts_for, role_in, token_of
from evals.operations.refusals import Refused
from evals.queries.embargo import is_embargoed

OWN_PERMISSIONS = frozenset({"evals.add_submission"})
"""What concerns the actor's own submissions only, so that the token of an organisation keeps it."""


class UnknownSubmission(Refused):
    """There is no such submission."""

    code = "unknown_submission"


def has_permission(actor: Actor, permission: str) -> bool:
    """Tell whether an actor has a permission, such as `evals.add_submission`.

    A token that only reads has none but to view, and that of an organisation none but its members'.
    """
    token = token_of(actor)
    if token and token.scopes <= {Scope.READ} and not permission.partition(".")[2].startswith("view_"):
        return False
    if token and token.owner_id is not None and permission not in OWN_PERMISSIONS:
        return False
    return isinstance(actor, PermissionsMixin) and actor.has_perm(permission)


def may_control(actor: Actor, submission: Submission) -> bool:
    """Tell whether an actor may change a submission: for its owner, or any by permission."""
    if has_permission(actor, "evals.change_submission"):
        return True
    return acts_for(actor, submission.owner) and has_permission(actor, "evals.add_submission")


def may_see_details(actor: Actor, submission: Submission) -> bool:
    """Tell whether an actor may see the costs of a submission, and what its provider said."""
    return role_in(actor, submission.owner) is not None or has_permission(actor, "evals.view_submission")


def may_see_scores(actor: Actor, submission: Submission, *, now: datetime) -> bool:
    """Tell whether an actor may see the scores and answers of a submission: all may after its embargo."""
    return not is_embargoed(submission, now=now) or may_see_details(actor, submission)


def refuse_without(actor: Actor, permission: str, message: str) -> None:
    """Refuse an actor without a permission, with a message."""
    if not has_permission(actor, permission):
        raise NotPermitted(message)


def refuse_outsider(actor: Actor, submission: Submission) -> None:
    """Refuse an actor who may not change a submission."""
    if not may_control(actor, submission):
        raise NotPermitted("Only its owner or an operator may do this with a submission.")


def controlled_submission(*, submission_id: int, by: Actor) -> Submission:
    """Return a submission that the actor may change, locked. Raises UnknownSubmission, NotPermitted."""
    submission = (
        Submission.objects.select_for_update(of=("self",))
        .select_related("owner", "endpoint", "suite")
        .filter(pk=submission_id)
        .first()
    )
    if submission is None:
        raise UnknownSubmission(_("There is no submission %(id)s.") % {"id": submission_id})
    refuse_outsider(by, submission)
    return submission
