"""Resolve the target of a submission: an enabled endpoint, and a suite that it can answer."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from evals.engine.capabilities import read_capabilities
from evals.engine.protocols import PROTOCOLS
from evals.models import Endpoint, Model, Owner, Suite, Task
from evals.models.endpoints import Voucher
from evals.operations.endpoints.access import usable_endpoints
from evals.operations.endpoints.registration import UnknownModel
from evals.operations.refusals import Refused, describe_unknown
from evals.queries import sealed_tasks


class UnknownEndpoint(Refused):
    """No endpoint has this slug."""

    code = "unknown_endpoint"
    field = "endpoint"


class AmbiguousModel(Refused):
    """The model has several enabled endpoints."""

    code = "ambiguous_model"
    field = "model"


class DisabledEndpoint(Refused):
    """The endpoint is disabled."""

    code = "disabled_endpoint"
    field = "endpoint"


class UnknownSuite(Refused):
    """No suite has this slug and version."""

    code = "unknown_suite"
    field = "suite"


class UnsupportedTask(Refused):
    """The suite needs a request type that the endpoint's protocol cannot answer."""

    code = "unsupported_task"
    field = "suite"


class SealedSuite(Refused):
    """The suite has items that are not public yet, and the operator does not vouch for the endpoint."""

    code = "sealed_suite"
    field = "suite"


def refuse_unsupported(tasks: Iterable[Task], endpoint: Endpoint) -> None:
    """Refuse a suite that needs a request type which the endpoint's protocol cannot answer."""
    protocol = PROTOCOLS.get(endpoint.protocol)
    answered = protocol.answers(read_capabilities(endpoint.capabilities)) if protocol else frozenset()
    for task in tasks:
        for kind in task.request_types:
            if kind not in answered:
                able = sorted(name for name, other in PROTOCOLS.items() if kind in other.request_types)
                could = _could(kind, able, endpoint)
                message = _(
                    "Task '%(task)s' needs %(kind)s requests, and endpoint '%(endpoint)s' speaks "
                    "%(protocol)s, which answers %(answered)s. %(could)s"
                )
                values = {"task": task.name, "kind": kind, "endpoint": endpoint.slug, "could": could}
                can = ", ".join(sorted(answered)) or _("none")
                values |= {"protocol": endpoint.protocol, "answered": can}
                raise UnsupportedTask(message % values, allowed=able)


def _could(kind: str, able: list[str], endpoint: Endpoint) -> str:
    """Return the protocols that could answer, and the endpoint's probed capability if its own is one."""
    if not able:
        return _("No protocol here can.")
    message = _("It could be answered through %(protocols)s.") % {"protocols": ", ".join(able)}
    if endpoint.protocol not in able:
        return message
    probed = f"manage.py probe {endpoint.slug}"
    logprobs = read_capabilities(endpoint.capabilities).logprobs
    if logprobs is None:
        more = _("Whether this endpoint can is found out by: %(probed)s.")
    elif not logprobs:
        more = _("This endpoint was found to tell none, or wrong ones; once it is mended: %(probed)s.")
    else:
        more = _(
            "This endpoint needs the capability prefix, the token that a text begins with, for %(kind)s."
        )
    return f"{message} {more % {'probed': probed, 'kind': kind}}"


def refuse_sealed(tasks: Iterable[Task], endpoint: Endpoint) -> None:
    """Refuse items that are not public yet at an endpoint whose owner would see them."""
    if endpoint.vouched_by == Voucher.OPERATOR:
        return
    sealed = sealed_tasks().filter(pk__in=[task.pk for task in tasks]).first()
    if sealed is not None:
        message = _(
            "The items of task '%(task)s' stay secret until their month has ended, and an endpoint's owner "
            "sees them. They are sent only to endpoints that the operator vouches for."
        )
        raise SealedSuite(message % {"task": sealed.name})


def resolve_endpoint(slug: str, model: str, owners: Collection[Owner] | QuerySet[Owner]) -> Endpoint:
    """Return the enabled endpoint with this slug, or the only one of this model, that some owners may use."""
    usable = usable_endpoints(owners)
    if bool(slug) == bool(model):
        both = _("A submission names an endpoint or a model; it named both.")
        neither = _("A submission names an endpoint or a model; it named neither.")
        raise Refused(both if slug else neither, field="endpoint")
    if model:
        return _endpoint_of_model(model, usable)
    endpoint = usable.filter(slug=slug).first()
    if endpoint is None:
        enabled = set(usable.filter(enabled=True).values_list("slug", flat=True))
        sentence, allowed = describe_unknown("endpoint", slug, enabled)
        raise UnknownEndpoint(sentence, allowed=allowed)
    if not endpoint.enabled:
        others = usable.filter(model_id=endpoint.model_id, enabled=True)
        allowed = list(others.values_list("slug", flat=True))
        message = _("Endpoint '%(slug)s' is disabled: it is not called.") % {"slug": slug}
        if allowed:
            message += " " + _("Enabled for this model: %(names)s.") % {"names": ", ".join(allowed)}
        raise DisabledEndpoint(message, allowed=allowed)
    return endpoint


def _endpoint_of_model(slug: str, usable: QuerySet[Endpoint]) -> Endpoint:
    if not Model.objects.filter(slug=slug).exists():
        sentence, allowed = describe_unknown("model", slug, set(Model.objects.values_list("slug", flat=True)))
        raise UnknownModel(sentence, allowed=allowed)
    enabled = list(usable.filter(model__slug=slug, enabled=True))
    if not enabled:
        callable_models = usable.filter(enabled=True).values_list("model__slug", flat=True)
        raise UnknownModel(
            _("Model '%(slug)s' has no enabled endpoint, so it cannot be called.") % {"slug": slug},
            allowed=sorted(set(callable_models)),
        )
    if len(enabled) > 1:
        slugs = [endpoint.slug for endpoint in enabled]
        message = _("Model '%(slug)s' has %(n)d endpoints: %(names)s. Name one as 'endpoint'.")
        values = {"slug": slug, "n": len(slugs), "names": ", ".join(slugs)}
        raise AmbiguousModel(message % values, allowed=slugs)
    return enabled[0]


def resolve_suite(name: str) -> Suite:
    """Return a suite by `slug`, in its current version, or by `slug@version`."""
    slug, _at, version = name.partition("@")
    named = Suite.objects.filter(slug=slug)
    suite = (named.filter(version=version) if version else named.filter(current=True)).first()
    if suite:
        return suite
    versions = [f"{slug}@{known}" for known in named.values_list("version", flat=True)]
    if versions:
        sentence = _("There is no suite '%(name)s'. Versions on record: %(versions)s.")
        raise UnknownSuite(sentence % {"name": name, "versions": ", ".join(versions)}, allowed=versions)
    sentence, allowed = describe_unknown("suite", name, set(Suite.objects.values_list("slug", flat=True)))
    raise UnknownSuite(sentence, allowed=allowed)
