"""Every write of an owner to an own endpoint: register, change, share, disable and delete it."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from evals.engine.presets import Preset, presets
from evals.engine.protocols import PROTOCOLS
from evals.engine.sealing import origin_of
from evals.models import AuditAction, Endpoint, Owner, Request
from evals.models.endpoints import Voucher
from evals.operations.audit import record_event
from evals.operations.endpoints.access import ONLY_SUBMITTERS, refuse_reader
from evals.operations.endpoints.keys import KeyDeletion, delete_key
from evals.operations.endpoints.registration import EndpointConflict, checked_target, save_endpoint
from evals.operations.owners.access import Actor, UnknownOwner, resolve_owner
from evals.operations.refusals import Refused, TooMany, describe_unknown
from evals.operations.submissions.access import refuse_without

MOST_CALLS_AT_ONCE = 32
MOST_ENDPOINTS = 50  # of one owner
TAKEN = 6  # hexadecimal digits after a slug that somebody else has
TARGET = frozenset({"protocol", "base_url", "api_model"})
CHANGEABLE = frozenset({"max_concurrency", "enabled", "input_usd_per_mtok", "output_usd_per_mtok"})


class UnknownProvider(Refused):
    """No provider that owners may choose has this name."""

    code = "unknown_preset"
    field = "preset"


class BadEndpointName(Refused):
    """A name has no letter or digit of an address."""

    code = "bad_name"
    field = "name"


class TooManyEndpoints(TooMany):
    """The owner has as many endpoints as one may have."""

    code = "too_many_endpoints"


def public_presets() -> list[Preset]:
    """Return the providers that an owner can choose: those on the public internet."""
    return [preset for preset in presets() if not preset.internal]


def protocols() -> list[str]:
    """Return the API families that an endpoint can speak."""
    return sorted(PROTOCOLS)


def register_own_endpoint(
    *,
    actor: AbstractBaseUser,
    name: str,
    model: str,
    api_model: str,
    owner: str = "",
    preset: str = "",
    protocol: str = "",
    base_url: str = "",
    max_concurrency: int = 8,
    input_usd_per_mtok: Decimal | None = None,
    output_usd_per_mtok: Decimal | None = None,
) -> Endpoint:
    """Register an endpoint of the actor, or of an organisation of the actor; nobody vouches for it yet."""
    refuse_without(actor, "evals.add_submission", ONLY_SUBMITTERS)
    belongs_to = resolve_owner(actor=actor, handle=owner)
    target = _target(model=model, api_model=api_model, preset=preset, protocol=protocol, base_url=base_url)
    fields = target | {
        "owner_id": belongs_to.pk,
        "vouched_by": Voucher.NOBODY,
        "simulated": settings.SIMULATED_WORLD,  # no real model answers there
        "max_concurrency": _calls_at_once(max_concurrency),
        "input_usd_per_mtok": input_usd_per_mtok,
        "output_usd_per_mtok": output_usd_per_mtok,
    }
    with transaction.atomic():
        Owner.objects.select_for_update().get(pk=belongs_to.pk)
        if Endpoint.objects.filter(owner=belongs_to).count() >= MOST_ENDPOINTS:
            raise TooManyEndpoints(_("An owner has at most %(n)d endpoints.") % {"n": MOST_ENDPOINTS})
        return save_endpoint(slug=_free_slug(belongs_to, name), fields=fields)


def change_own_endpoint(*, actor: Actor, endpoint: Endpoint, changes: Mapping[str, Any]) -> Endpoint:
    """Change an own endpoint; another host loses the key. Raises EndpointConflict once it is used."""
    refuse_reader(actor, endpoint.owner)
    if unknown := changes.keys() - CHANGEABLE - TARGET:
        raise ValueError(f"An owner cannot change {', '.join(sorted(unknown))}.")
    fields = {name: changes[name] for name in changes.keys() & CHANGEABLE}
    target = {name: getattr(endpoint, name) for name in TARGET} | {
        name: changes[name] for name in changes.keys() & TARGET
    }
    if any(target[name] != getattr(endpoint, name) for name in TARGET):
        fields |= _target(model=endpoint.model.slug, preset="", **target)
        if fields["base_url"] == endpoint.base_url:
            del fields["provider"]
    if "max_concurrency" in fields:
        _calls_at_once(fields["max_concurrency"])
    return save_endpoint(slug=endpoint.slug, fields=fields)


def delete_own_endpoint(*, actor: Actor, endpoint: Endpoint, now: datetime) -> bool:
    """Delete an endpoint with its key; a used one stays on record, disabled. Return whether it is gone."""
    refuse_reader(actor, endpoint.owner)
    with transaction.atomic():
        delete_key(endpoint=endpoint, reason=KeyDeletion.BY_OWNER, now=now)
        endpoint.shared_with.clear()
        record_event(action=AuditAction.ENDPOINT_DELETE, object_type="endpoint", object_id=endpoint.slug)
        if endpoint.submissions.exists() or Request.objects.filter(endpoint=endpoint).exists():
            Endpoint.objects.filter(pk=endpoint.pk).update(enabled=False)
            return False
        Endpoint.objects.filter(pk=endpoint.pk).delete()
    return True


def share_own_endpoint(*, actor: Actor, endpoint: Endpoint, handles: Collection[str]) -> None:
    """Set who else may submit to an endpoint, by handle. Raises UnknownOwner."""
    refuse_reader(actor, endpoint.owner)
    owners = {owner.handle: owner for owner in Owner.objects.filter(handle__in=handles)}
    if unknown := sorted(set(handles) - owners.keys()):
        message = _("There is no person or organisation '%(name)s'.") % {"name": unknown[0]}
        raise UnknownOwner(message, field="shared_with")
    with transaction.atomic():
        before = sorted(endpoint.shared_with.values_list("handle", flat=True))
        endpoint.shared_with.set([owner for owner in owners.values() if owner.pk != endpoint.owner_id])
        after = sorted(endpoint.shared_with.values_list("handle", flat=True))
        if after != before:
            record_event(
                action=AuditAction.ENDPOINT_SHARE,
                object_type="endpoint",
                object_id=endpoint.slug,
                before={"shared_with": before},
                after={"shared_with": after},
            )


def _target(*, model: str, api_model: str, preset: str, protocol: str, base_url: str) -> dict[str, Any]:
    """Return what is called, of a preset or of an address."""
    provider = ""
    capabilities: Mapping[str, Any] = {}
    if preset:
        chosen = _public_preset(preset)
        protocol, base_url = protocol or chosen.protocol, base_url or chosen.base_url
        provider, capabilities = chosen.slug, chosen.capabilities
    internal_allowed = _is_allowed_by_operator(base_url)
    target = checked_target(
        model=model,
        provider=provider,
        protocol=protocol,
        base_url=base_url,
        api_model=api_model,
        internal_allowed=internal_allowed,
    )
    return {**target, "internal_allowed": internal_allowed, "capabilities": dict(capabilities)}


def _is_allowed_by_operator(base_url: str) -> bool:
    """Tell whether the operator lets owners register endpoints at an origin inside our own network."""
    if not settings.INTERNAL_ENDPOINT_ORIGINS:
        return False
    with suppress(ValueError):
        return origin_of(base_url) in settings.INTERNAL_ENDPOINT_ORIGINS
    return False


def _public_preset(slug: str) -> Preset:
    known = {preset.slug: preset for preset in public_presets()}
    if slug not in known:
        message, allowed = describe_unknown("provider", slug, known.keys())
        raise UnknownProvider(message, allowed=allowed)
    return known[slug]


def _calls_at_once(number: int) -> int:
    if not 1 <= number <= MOST_CALLS_AT_ONCE:
        message = _("Calls at the same time are 1 to %(most)d.") % {"most": MOST_CALLS_AT_ONCE}
        raise Refused(message, field="max_concurrency")
    return number


def _free_slug(owner: Owner, name: str) -> str:
    """Return the slug of a new endpoint; digits that nobody can guess follow one that somebody else has."""
    short = slugify(name)[:60].strip("-_")
    if not short:
        raise BadEndpointName(_("A name has letters or digits, such as 'production'."))
    slug = f"{slugify(owner.handle)[:45] or 'owner'}--{short}"
    holder = Endpoint.objects.filter(slug=slug).values_list("owner_id", flat=True).first()
    if holder == owner.pk:
        raise EndpointConflict(
            _("You have an endpoint '%(name)s' already. Choose another name.") % {"name": slug}, field="name"
        )
    if Endpoint.objects.filter(slug=slug).exists():
        return f"{slug}-{secrets.token_hex(TAKEN // 2)}"
    return slug
