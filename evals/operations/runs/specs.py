"""Build the engine's specs of a run: endpoint, task and settings; the secret only for callers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime

from django.conf import settings

from evals.engine.capabilities import read_capabilities
from evals.engine.presets import provider_errors
from evals.engine.requests import EndpointSpec, RunOptions, TaskSpec
from evals.models import Endpoint, Owner, Run
from evals.operations.catalogue.task_folders import task_folder_path
from evals.operations.endpoints.key_use import key_for


class MissingCredential(ValueError):
    """An endpoint names a credential that this machine has no secret for."""

    code = "credential_missing"


class BadOptions(ValueError):
    """A run's settings name an unknown option."""


OPTIONS = frozenset(option.name for option in fields(RunOptions))
READING = "reading"  # how answers are read when they are scored: no option of the requests


def planned_endpoint(run: Run) -> EndpointSpec:
    """Return how a run's endpoint is called, at the address that the run was planned for."""
    return endpoint_spec(run.endpoint, with_secret=False, base_url=run.base_url)


def callable_endpoint(run: Run, *, now: datetime) -> EndpointSpec:
    """Return the same with the secret, for a worker that calls. Raises MissingCredential, KeyUnavailable."""
    spec = endpoint_spec(run.endpoint, with_secret=True, base_url=run.base_url)
    if run.endpoint.owner_id is None:
        return spec
    submission = run.submission
    return spec_with_key(run.endpoint, spec, user=submission.owner, purpose={"run": run.pk}, now=now)


def spec_with_key(
    endpoint: Endpoint, spec: EndpointSpec, *, user: Owner, purpose: Mapping[str, int], now: datetime
) -> EndpointSpec:
    """Return how an owner's endpoint is called, with its key; the use is recorded. Raises KeyUnavailable."""
    key = key_for(endpoint=endpoint, user=user, base_url=spec.base_url, purpose=purpose, now=now)
    return replace(spec, secret=key)


def endpoint_spec(endpoint: Endpoint, *, with_secret: bool, base_url: str = "") -> EndpointSpec:
    """Return how an endpoint is called; its secret is looked up only for a caller."""
    can = read_capabilities(endpoint.capabilities)
    terms = provider_errors(provider=endpoint.provider, base_url=endpoint.base_url)
    return EndpointSpec(
        slug=endpoint.slug,
        protocol=endpoint.protocol,
        base_url=base_url or endpoint.base_url,
        api_model=endpoint.api_model,
        max_concurrency=endpoint.max_concurrency,
        timeout_s=endpoint.timeout_s,
        secret=_secret(endpoint.credential) if with_secret and endpoint.credential else "",
        internal_allowed=endpoint.internal_allowed,
        can=replace(can, errors={**terms, **can.errors}),
    )


def _secret(name: str) -> str:
    secrets: dict[str, str] = getattr(settings, "CREDENTIALS", {})
    if name not in secrets:
        raise MissingCredential(
            f"There is no secret for the credential {name!r}: set CREDENTIAL_{name} in the environment."
        )
    return secrets[name]


def task_spec(run: Run) -> TaskSpec:
    """Return the task of a run with the run's own settings."""
    options = {name: value for name, value in run.settings.items() if name != READING}
    if unknown := sorted(set(options) - OPTIONS):
        allowed = ", ".join(sorted(OPTIONS | {READING}))
        raise BadOptions(f"A run has no setting {', '.join(unknown)}; it has {allowed}.")
    folder = task_folder_path(run.task.folder)
    return TaskSpec(
        run.task.name, folder, run.task.num_fewshot, RunOptions(**options), settings.RUN_MODEL_CODE
    )
