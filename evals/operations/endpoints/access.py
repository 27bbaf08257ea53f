"""Who may use and change an endpoint of an owner; to everybody else it does not exist."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from evals.models import SUBMITTING_ROLES, Endpoint, Owner
from evals.operations.owners.access import Actor, NotPermitted, role_in
from evals.operations.submissions.access import refuse_without
from evals.queries.owners import owners_for

ONLY_SUBMITTERS = "Only an account with the role of a submitter registers and changes endpoints."


def usable_endpoints(owners: Collection[Owner] | QuerySet[Owner]) -> QuerySet[Endpoint]:
    """Return the operator's endpoints, and those that one of some owners has or shares."""
    ids = [owner.pk for owner in owners]
    usable = Q(owner=None) | Q(owner__in=ids) | Q(shared_with__in=ids)
    return Endpoint.objects.filter(pk__in=Endpoint.objects.filter(usable).values("pk"))


def may_use(owner: Owner, endpoint: Endpoint) -> bool:
    """Tell whether submissions of an owner may be sent to an endpoint."""
    if endpoint.owner_id in (None, owner.pk):
        return True
    return endpoint.shared_with.filter(pk=owner.pk).exists()


def own_endpoints(actor: Actor) -> QuerySet[Endpoint]:
    """Return the endpoints of the owners of which an actor is a part."""
    rows = Endpoint.objects.filter(owner__in=owners_for(actor))
    return rows.select_related("owner", "model__developer").prefetch_related("shared_with")


def own_endpoint(actor: Actor, slug: str) -> Endpoint | None:
    """Return an endpoint that the actor may see the details of, or None."""
    return own_endpoints(actor).filter(slug=slug).first()


def refuse_reader(actor: Actor, owner: Owner | None) -> None:
    """Refuse an actor who may not change what belongs to an owner. Raises NotPermitted."""
    refuse_without(actor, "evals.add_submission", ONLY_SUBMITTERS)
    if owner is None or role_in(actor, owner) not in SUBMITTING_ROLES:
        raise NotPermitted(
            _("Readers of an organisation cannot change its endpoints. Ask one of its owners.")
        )
