"""What a submission may name: an endpoint that can be called, and a suite that it can answer."""

from __future__ import annotations

from collections.abc import Iterable

from evals.engine.capabilities import read_capabilities
from evals.engine.protocols import PROTOCOLS
from evals.models import Endpoint, Model, Suite, Task
from evals.operations.endpoints import UnknownModel
from evals.operations.refusals import Refused, unknown


class UnknownEndpoint(Refused):
    """No endpoint has this slug."""

    code = "unknown_endpoint"
    field = "endpoint"


class AmbiguousModel(Refused):
    """A model can be called in more than one way."""

    code = "ambiguous_model"
    field = "model"


class DisabledEndpoint(Refused):
    """The endpoint is not called any more."""

    code = "disabled_endpoint"
    field = "endpoint"


class UnknownSuite(Refused):
    """No suite has this slug and version."""

    code = "unknown_suite"
    field = "suite"


class UnsupportedTask(Refused):
    """The suite asks for something that the endpoint's protocol cannot answer."""

    code = "unsupported_task"
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
                raise UnsupportedTask(
                    f"Task {task.name!r} needs {kind} requests, and endpoint {endpoint.slug!r} speaks "
                    f"{endpoint.protocol}, which answers {', '.join(sorted(answered)) or 'none'}. {could}",
                    allowed=able,
                )


def _could(kind: str, able: list[str], endpoint: Endpoint) -> str:
    """Say which protocols could answer, and what is known of this endpoint where its own is one of them."""
    if not able:
        return "No protocol here can."
    said = f"It could be answered through {', '.join(able)}."
    if endpoint.protocol not in able:
        return said
    probed = f"manage.py probe {endpoint.slug}"
    told = read_capabilities(endpoint.capabilities).logprobs
    if told is None:
        return f"{said} Whether this endpoint can is found out by: {probed}."
    if not told:
        return f"{said} This endpoint was found to tell none, or wrong ones; once it is mended: {probed}."
    return f"{said} This endpoint needs the capability prefix, the token that a text begins with, for {kind}."


def called_endpoint(slug: str, model: str) -> Endpoint:
    """Return the enabled endpoint of this slug, or the only one of this model."""
    if bool(slug) == bool(model):
        found_both = "both" if slug else "neither"
        raise Refused(f"A submission names an endpoint or a model; it named {found_both}.", field="endpoint")
    if model:
        return _endpoint_of_model(model)
    found = Endpoint.objects.filter(slug=slug).first()
    if found is None:
        enabled = set(Endpoint.objects.filter(enabled=True).values_list("slug", flat=True))
        sentence, allowed = unknown("endpoint", slug, enabled)
        raise UnknownEndpoint(sentence, allowed=allowed)
    if not found.enabled:
        others = Endpoint.objects.filter(model_id=found.model_id, enabled=True)
        allowed = list(others.values_list("slug", flat=True))
        instead = f" Enabled for this model: {', '.join(allowed)}." if allowed else ""
        raise DisabledEndpoint(f"Endpoint {slug!r} is disabled: it is not called.{instead}", allowed=allowed)
    return found


def _endpoint_of_model(slug: str) -> Endpoint:
    if not Model.objects.filter(slug=slug).exists():
        sentence, allowed = unknown("model", slug, set(Model.objects.values_list("slug", flat=True)))
        raise UnknownModel(sentence, allowed=allowed)
    enabled = list(Endpoint.objects.filter(model__slug=slug, enabled=True))
    if not enabled:
        callable_models = Endpoint.objects.filter(enabled=True).values_list("model__slug", flat=True)
        raise UnknownModel(
            f"Model {slug!r} has no enabled endpoint, so it cannot be called.",
            allowed=sorted(set(callable_models)),
        )
    if len(enabled) > 1:
        slugs = [endpoint.slug for endpoint in enabled]
        raise AmbiguousModel(
            f"Model {slug!r} has {len(slugs)} endpoints: {', '.join(slugs)}. Name one as 'endpoint'.",
            allowed=slugs,
        )
    return enabled[0]


def named_suite(name: str) -> Suite:
    """Return the suite written as `slug`, its current version, or as `slug@version`."""
    slug, _, version = name.partition("@")
    asked = Suite.objects.filter(slug=slug)
    found = (asked.filter(version=version) if version else asked.filter(current=True)).first()
    if found:
        return found
    versions = [f"{slug}@{known}" for known in asked.values_list("version", flat=True)]
    if versions:
        sentence = f"There is no suite {name!r}. Versions on record: {', '.join(versions)}."
        raise UnknownSuite(sentence, allowed=versions)
    sentence, allowed = unknown("suite", name, set(Suite.objects.values_list("slug", flat=True)))
    raise UnknownSuite(sentence, allowed=allowed)
