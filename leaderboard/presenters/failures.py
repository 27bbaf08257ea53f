"""Which texts about a failure or a stop a reader sees: a provider's words are for insiders.

Insiders are a submission's submitter, operators and auditors (`may_see_details`). The words can name accounts
and repeat parts of keys. Everybody sees the code, its meaning and the next step.
"""

from __future__ import annotations

from evals.queries import SubmissionStatus

# Failures whose message is written by this service alone. Of any other code, it may quote a provider.
OWN_MESSAGES = frozenset(
    {"budget_used_up", "price_unknown", "not_plannable", "step_crashed", "internal_error"}
)


def readable_message(code: str, message: str, *, insider: bool) -> str:
    """Return the message of a failure if the reader may see it; else nothing."""
    return message if insider or code in OWN_MESSAGES else ""


def readable_reason(status: SubmissionStatus, *, insider: bool) -> str:
    """Return why the service stopped a submission if the reader may see it; else nothing."""
    return status.reason if insider else ""
