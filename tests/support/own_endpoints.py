"""Endpoints of owners with their keys, and the private keys of a worker, in a test's own folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from evals.engine.sealing import origin_of
from evals.models import Endpoint, EndpointKey, Preflight, PreflightState
from evals.operations.endpoints.key_use import use_private_keys
from evals.operations.endpoints.keys import store_key
from evals.operations.endpoints.own import register_own_endpoint
from evals.operations.endpoints.preflights import target_of
from tests.support.record import make_model
from worker.private_keys import open_keys_here

KEY = "sk-lab-9f3c41d07b2e"


@contextmanager
def worker_with_keys(settings: Settings, folder: Path) -> Iterator[None]:
    """Let this process open keys as a worker does; at the end, no process does."""
    settings.DATA_DIR = folder
    open_keys_here()
    yield
    use_private_keys(None)


def make_own_endpoint(actor: User, base_url: str = "https://api.lab.example/v1", **fields: Any) -> Endpoint:
    """Register an endpoint of somebody, for a model that is on record or new."""
    model = make_model(fields.pop("model", "deepseek-v3"))
    values = {"name": "lab", "api_model": "lab-1", "protocol": "openai-chat", "base_url": base_url}
    return register_own_endpoint(actor=actor, model=model.slug, **values | fields)


def allow_inside(settings: Settings, base_url: str) -> str:
    """Let owners register endpoints at a simulated provider on this machine, as an operator can."""
    settings.INTERNAL_ENDPOINT_ORIGINS = [origin_of(base_url)]
    return base_url


def give_key(actor: User, endpoint: Endpoint, key: str = KEY, *, keep: bool = False) -> EndpointKey:
    """Store a key of an endpoint."""
    return store_key(actor=actor, endpoint=endpoint, key=key, keep=keep, now=timezone.now())


def pass_preflight(endpoint: Endpoint) -> Preflight:
    """Record that an endpoint passed its preflight as it is now."""
    return Preflight.objects.create(
        endpoint=endpoint,
        state=PreflightState.PASSED,
        target=target_of(endpoint),
        requested_at=timezone.now(),
        finished_at=timezone.now(),
    )
