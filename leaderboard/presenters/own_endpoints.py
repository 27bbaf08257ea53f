"""What the page of an own endpoint says about its preflight and its key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from evals.models import OPEN_PREFLIGHT_STATES, Preflight
from evals.operations.endpoints.preflights import Check, CheckState, target_with_key
from evals.queries import OwnEndpoint
from leaderboard.presenters.labels import StrOrPromise

CHECKS: dict[str, StrOrPromise] = {
    Check.ADDRESS: _("The address can be reached"),
    Check.KEY: _("The key is accepted"),
    Check.MODEL: _("The model answers"),
    Check.CAPABILITIES: _("Its capabilities are detected"),
    Check.SUITE: _("It can answer the suite"),
    Check.CANARIES: _("Its answers to the canaries are as expected"),
}
CHECK_STATES: dict[str, StrOrPromise] = {
    CheckState.PASSED: _("passed"),
    CheckState.FAILED: _("failed"),
    CheckState.SKIPPED: _("not tried"),
}


@dataclass(frozen=True, slots=True)
class CheckLine:
    """A check of a preflight, as a page shows it; the message is a provider's own."""

    label: StrOrPromise
    state: StrOrPromise
    is_failed: bool
    message: str


@dataclass(frozen=True, slots=True)
class OwnEndpointView:
    """An own endpoint, and whether it takes submissions."""

    details: OwnEndpoint
    is_open: bool
    is_ready: bool
    is_outdated: bool
    checks: list[CheckLine]


def view_own_endpoint(details: OwnEndpoint) -> OwnEndpointView:
    """Return what a page shows of an own endpoint."""
    preflight, endpoint = details.preflight, details.endpoint
    target = target_with_key(endpoint, details.key.pk if details.key else None)
    is_current = preflight is not None and preflight.target == target
    is_open = preflight is not None and preflight.state in OPEN_PREFLIGHT_STATES
    is_passed = preflight is not None and preflight.state == "passed"
    return OwnEndpointView(
        details=details,
        is_open=is_open,
        is_ready=is_current and is_passed and endpoint.enabled,
        is_outdated=preflight is not None and not is_open and not is_current,
        checks=list(_lines(preflight)) if preflight else [],
    )


def _lines(preflight: Preflight) -> Iterator[CheckLine]:
    for row in preflight.checks:
        name, state = row["check"], row["state"]
        yield CheckLine(
            CHECKS.get(name, name), CHECK_STATES.get(state, state), state == CheckState.FAILED, row["message"]
        )
