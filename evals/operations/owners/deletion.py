"""Delete an owner: what is private goes, and what is public record stays under a name of nobody."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from evals.models import AuditAction, Endpoint, Owner, OwnerKind, Request, Run, Submission
from evals.models.submissions import OPEN_STATES
from evals.operations.audit import record_event
from evals.operations.endpoints.keys import delete_keys_of
from evals.operations.owners.organisations import owned_organisation
from evals.operations.refusals import Refused
from evals.operations.submissions.events import record_submission_change
from evals.operations.submissions.lifecycle import cancel_if_open
from evals.operations.verifications.checks import end_verifications_of
from evals.operations.wakeup import wake_worker

DELETED = {OwnerKind.PERSON: "deleted-account", OwnerKind.ORGANISATION: "deleted-organisation"}


class WrongName(Refused):
    """Who deletes something for good types its name."""

    code = "wrong_name"
    field = "name"


def refuse_wrong_name(typed: str, name: str) -> None:
    """Refuse a deletion that is confirmed by another name."""
    if typed.strip() != name:
        raise WrongName(_("This is not the name. To delete it for good, type %(name)s.") % {"name": name})


@transaction.atomic
def delete_organisation(*, by: AbstractBaseUser, handle: str, typed: str, now: datetime) -> None:
    """Delete an organisation as one of its owners. Raises NotPermitted, WrongName."""
    organisation = owned_organisation(by=by, handle=handle)
    refuse_wrong_name(typed, handle)
    record_event(action=AuditAction.ORGANISATION_DELETE, object_type="organisation", object_id=handle)
    erase_owner(owner=organisation, now=now)


@transaction.atomic
def erase_owner(*, owner: Owner, now: datetime) -> str:
    """Destroy the keys of an owner, and delete what is private; return the name of what stays."""
    Owner.objects.select_for_update(of=("self",)).get(pk=owner.pk)
    _cancel_open(owner, now)
    delete_keys_of(owner=owner, now=now)
    end_verifications_of(organisation=owner, now=now)
    handle = f"{DELETED[OwnerKind(owner.kind)]}-{secrets.token_hex(5)}"
    _retire_endpoints(owner, handle)
    _forget_messages(owner)
    delete_dependents(owner)
    Owner.objects.filter(pk=owner.pk).update(handle=handle, name="")
    transaction.on_commit(wake_worker)
    return handle


def delete_dependents(row: models.Model, *, keep: Collection[type[models.Model]] = ()) -> None:
    """Delete what would be deleted with a row, and forget it where it would be forgotten; the row stays.

    What protects the row stays, too, and still refers to it.
    """
    for relation in row._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ManyToOneRel) or relation.related_model in keep:
            continue
        table: Any = relation.related_model
        rows = table._base_manager.filter(**{relation.field.name: row})
        if relation.on_delete is models.CASCADE:
            rows.delete()
        elif relation.on_delete is models.SET_NULL:
            rows.update(**{relation.field.name: None})


def _cancel_open(owner: Owner, now: datetime) -> None:
    """Cancel the open submissions of an owner, and those of others at the owner's endpoints."""
    concerned = Submission.objects.filter(Q(owner=owner) | Q(endpoint__owner=owner), state__in=OPEN_STATES)
    for former in concerned.select_related("owner", "endpoint__model", "suite").order_by("pk"):
        if cancel_if_open(former, now):
            record_submission_change(AuditAction.SUBMISSION_CANCEL, former)


def _forget_messages(owner: Owner) -> None:
    """Delete messages to the owner: they can name an endpoint, and were never public."""
    concerned = Submission.objects.filter(Q(owner=owner) | Q(endpoint__owner=owner))
    concerned.update(held_reason="", failure_message="")
    Run.objects.filter(submission__in=concerned).update(failure_message="")


def _retire_endpoints(owner: Owner, handle: str) -> None:
    """Delete the endpoints that were never used; the others stay on record, disabled, without the name."""
    for number, endpoint in enumerate(Endpoint.objects.filter(owner=owner).order_by("pk"), start=1):
        record_event(action=AuditAction.ENDPOINT_DELETE, object_type="endpoint", object_id=endpoint.slug)
        if endpoint.submissions.exists() or Request.objects.filter(endpoint=endpoint).exists():
            endpoint.shared_with.clear()
            Endpoint.objects.filter(pk=endpoint.pk).update(slug=f"{handle}--{number}", enabled=False)
        else:
            endpoint.delete()
