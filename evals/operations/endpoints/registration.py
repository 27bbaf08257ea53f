"""Every write of endpoints: where a model is called, through which protocol, with whose credential."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction

from evals.engine.capabilities import NAMES, READING_ONLY, UnknownCapability, read_capabilities
from evals.engine.guard import AddressRefused, is_internal, parse_url
from evals.engine.protocols import PROTOCOLS
from evals.engine.sealing import origin_of
from evals.models import AuditAction, Endpoint, Model, Owner
from evals.models.submissions import OPEN_STATES
from evals.operations.audit import RECORDED_FIELDS, record_change
from evals.operations.clock import database_now
from evals.operations.endpoints.keys import KeyDeletion, delete_key
from evals.operations.refusals import Conflict, Refused, describe_unknown, refuse_invalid
from evals.operations.wakeup import wake_worker

_COLUMNS = Endpoint._meta.concrete_fields
FIXED_ONCE_USED = ("model_id", "protocol", "api_model", "simulated", "capabilities")


class UnknownModel(Refused):
    """No model has this slug."""

    code = "unknown_model"
    field = "model"


class UnknownProtocol(Refused):
    """No adapter speaks this protocol."""

    code = "unknown_protocol"
    field = "protocol"


class BadAddress(Refused):
    """The base URL cannot be called, or must not be."""

    code = "bad_address"
    field = "base_url"


class BadCredentialName(Refused):
    """A credential is named, never written down."""

    code = "bad_credential_name"
    field = "credential"


class BadCapability(Refused):
    """An unknown capability, or an invalid value of one."""

    code = "bad_capability"
    field = "capabilities"


class EndpointConflict(Conflict):
    """The endpoint has submissions, so the fields that its answers depend on are fixed."""

    code = "endpoint_conflict"
    field = "slug"


def register_endpoint(
    *,
    slug: str,
    model: str,
    provider: str,
    protocol: str,
    base_url: str,
    api_model: str,
    credential: str = "",
    internal_allowed: bool = False,
    simulated: bool = False,
    max_concurrency: int = 8,
    timeout_s: int = 300,
    requests_per_minute: int | None = None,
    tokens_per_minute: int | None = None,
    input_usd_per_mtok: Decimal | None = None,
    output_usd_per_mtok: Decimal | None = None,
    capabilities: Mapping[str, Any] | None = None,
) -> Endpoint:
    """Register or change an endpoint; once used, the fields that its answers depend on are fixed."""
    given = checked_target(
        model=model,
        provider=provider,
        protocol=protocol,
        base_url=base_url,
        api_model=api_model,
        internal_allowed=internal_allowed,
    ) | {
        "credential": _credential_name(credential),
        "internal_allowed": internal_allowed,
        "simulated": simulated,
        "max_concurrency": max_concurrency,
        "timeout_s": timeout_s,
        "requests_per_minute": requests_per_minute,
        "tokens_per_minute": tokens_per_minute,
        "input_usd_per_mtok": input_usd_per_mtok,
        "output_usd_per_mtok": output_usd_per_mtok,
        "enabled": True,
    }
    if capabilities is not None:  # else what was probed stays
        given["capabilities"] = _known_capabilities(capabilities)
    if owner := Owner.objects.filter(endpoints__slug=slug).first():
        raise EndpointConflict(f"Endpoint {slug!r} belongs to {owner.handle}, who alone changes it.")
    return save_endpoint(slug=slug, fields=given)


def checked_target(
    *, model: str, provider: str, protocol: str, base_url: str, api_model: str, internal_allowed: bool
) -> dict[str, Any]:
    """Return the fields that say what is called, each checked. Raises Refused."""
    address = allowed_address(base_url, internal_allowed=internal_allowed)
    return {
        "model_id": _model_id(model),
        "provider": provider or urlsplit(address).hostname or "",
        "protocol": _known_protocol(protocol),
        "base_url": address,
        "api_model": api_model,
    }


def save_endpoint(*, slug: str, fields: Mapping[str, Any]) -> Endpoint:
    """Create or change an endpoint with checked fields, and record the difference."""
    with transaction.atomic():
        former = Endpoint.objects.select_for_update().filter(slug=slug).first()
        present = {field.attname: getattr(former, field.attname) for field in _COLUMNS} if former else {}
        row = {"slug": slug, **present, **fields, "base_url": "https://checked.above.example"}
        refuse_invalid(Endpoint(**row))
        _refuse_change_under_answers(former, fields)
        endpoint, _ = Endpoint.objects.update_or_create(slug=slug, defaults=dict(fields))
        recorded = fields.keys() & RECORDED_FIELDS
        record_change(
            action=AuditAction.ENDPOINT_REGISTER,
            object_type="endpoint",
            object_id=slug,
            before=_values(former, recorded) if former else {},
            after=_values(endpoint, recorded),
        )
        if former and origin_of(former.base_url) != origin_of(endpoint.base_url):
            delete_key(endpoint=endpoint, reason=KeyDeletion.OTHER_ADDRESS, now=database_now())
        _wake_for(endpoint)
    return endpoint


def change_endpoint(*, endpoint: Endpoint, fields: Collection[str]) -> None:
    """Save the limits, prices or switch of an endpoint that an operator has changed."""
    with transaction.atomic():
        former = Endpoint.objects.select_for_update().get(pk=endpoint.pk)
        endpoint.save(update_fields=fields)
        record_change(
            action=AuditAction.ENDPOINT_CHANGE,
            object_type="endpoint",
            object_id=endpoint.slug,
            before=_values(former, fields),
            after=_values(endpoint, fields),
        )
        _wake_for(endpoint)


def _values(endpoint: Endpoint, fields: Collection[str]) -> dict[str, Any]:
    return {name: getattr(endpoint, name) for name in fields}


def _wake_for(endpoint: Endpoint) -> None:
    if endpoint.enabled and endpoint.submissions.filter(state__in=OPEN_STATES).exists():
        transaction.on_commit(wake_worker)


def _refuse_change_under_answers(endpoint: Endpoint | None, given: Mapping[str, Any]) -> None:
    if endpoint is None or not endpoint.submissions.exists():
        return
    fixed = [name for name in FIXED_ONCE_USED if name in given]
    changed = [
        name.removesuffix("_id")
        for name in fixed
        if _what_is_sent(getattr(endpoint, name)) != _what_is_sent(given[name])
    ]
    if changed:
        raise EndpointConflict(
            f"Endpoint {endpoint.slug!r} has submissions, so its {', '.join(changed)} cannot change. "
            "Register the new one under another slug."
        )


def _what_is_sent(value: Any) -> Any:
    """Leave out of capabilities those that only change how a reply is read."""
    if not isinstance(value, Mapping):
        return value
    return {name: part for name, part in value.items() if name not in READING_ONLY}


def _model_id(slug: str) -> int:
    pk = Model.objects.filter(slug=slug).values_list("id", flat=True).first()
    if pk is None:
        sentence, allowed = describe_unknown("model", slug, set(Model.objects.values_list("slug", flat=True)))
        raise UnknownModel(sentence, allowed=allowed)
    return pk


def _known_protocol(name: str) -> str:
    if name not in PROTOCOLS:
        known = sorted(PROTOCOLS)
        raise UnknownProtocol(f"There is no protocol {name!r}. Known: {', '.join(known)}.", allowed=known)
    return name


def _known_capabilities(capabilities: Mapping[str, Any]) -> dict[str, Any]:
    try:
        read_capabilities(capabilities)
    except UnknownCapability as problem:
        raise BadCapability(str(problem), allowed=NAMES) from None
    return dict(capabilities)


def _credential_name(name: str) -> str:
    # The value is not repeated in the sentence: it may be the secret itself.
    if name and not re.fullmatch(r"[A-Z][A-Z0-9_]{0,79}", name):
        raise BadCredentialName(
            "A credential is given by the name of the setting that holds it, in capitals, digits and '_': "
            "DEEPSEEK stands for the secret in CREDENTIAL_DEEPSEEK. What was given is not such a name."
        )
    return name


def allowed_address(url: str, *, internal_allowed: bool) -> str:
    """Return a base URL that may be called, normalised and without a slash at its end. Raises BadAddress."""
    try:
        address = parse_url(url.strip())
    except AddressRefused as refusal:
        raise BadAddress(f"The base URL is refused. {refusal}") from None
    if address.scheme != "https" and not internal_allowed:
        raise BadAddress(
            f"The base URL starts with {address.scheme!r}; it must start with https:// "
            "(http:// is for an address that --internal vouches for).",
            allowed=["https"],
        )
    if address.query_string or address.fragment or url.strip().endswith(("?", "#")):
        raise BadAddress("The base URL has a query or a fragment; it must end with its path, such as /v1.")
    host = address.raw_host or ""
    if not internal_allowed and is_internal(host):
        raise BadAddress(
            f"The base URL points inside our own network ({host}); "
            "an operator vouches for such an address by --internal."
        )
    return str(address).rstrip("/")
