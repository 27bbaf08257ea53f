"""Messages about a submission, the same on its page and in the API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from evals.models import Submission
from evals.operations.submissions.cost_estimates import CostEstimate, LearnedFrom, UnknownInput
from evals.queries import SubmissionActivity, SubmissionStatus
from leaderboard.presenters.labels import StrOrPromise

STATUS_MESSAGES: dict[SubmissionActivity, StrOrPromise] = {
    SubmissionActivity.IN_REVIEW: _("Waits for a person to look at it, since %(at)s."),
    SubmissionActivity.QUEUED: _("Waits in the queue, at place %(place)s; submitters take turns."),
    SubmissionActivity.PAUSED: _(
        "Paused since %(at)s: nothing new is sent. What is paid is kept, and it goes on when resumed."
    ),
    SubmissionActivity.HELD: _(
        "Stopped by the service itself since %(at)s: nothing new is sent. "
        "What is paid is kept, and it goes on when resumed."
    ),
    SubmissionActivity.CAPPED: _("Waits until %(at)s, when the spending cap renews. What is paid is kept."),
    SubmissionActivity.SWITCHED_OFF: _(
        "Waits: an operator has switched this endpoint off. It goes on when it is switched on."
    ),
    SubmissionActivity.NO_REDIS: _(
        "Waits: Redis does not answer, and without it nobody knows how many calls are made elsewhere. "
        "It goes on by itself when Redis is back."
    ),
    SubmissionActivity.PROVIDER_DOWN: _(
        "Waits: provider %(provider)s is down%(status)s. It is tried again with one call at %(at)s."
    ),
    SubmissionActivity.PROVIDER_ASKS: _(
        "Waits: provider %(provider)s asks for fewer calls%(status)s until %(at)s."
    ),
    SubmissionActivity.PLANNING: _("A worker builds its questions."),
    SubmissionActivity.CALLING: _("Asks the model: %(calls)s."),
    SubmissionActivity.SLOWED: _(
        "Asks the model: %(calls)s, at %(rate)s a second, for provider %(provider)s refused more."
    ),
    SubmissionActivity.RETRYING: _("Waits until %(at)s: what failed is tried again then."),
    SubmissionActivity.LIMITED: _(
        "Waits until the limits on calls to provider %(provider)s let the next one go."
    ),
    SubmissionActivity.NO_WORKER: _("Waits for a free worker."),
    SubmissionActivity.SCORING: _("Every answer is on record; a worker scores them."),
    SubmissionActivity.FINISHED: _("Finished at %(at)s: every answer is on record and scored."),
    SubmissionActivity.FAILED: _(
        "Failed at %(at)s. What is paid is kept: a retry asks only what is missing."
    ),
    SubmissionActivity.CANCELLED: _(
        "Cancelled at %(at)s. What is paid is kept: a retry asks only what is missing."
    ),
    SubmissionActivity.REJECTED: _("Rejected by a person at %(at)s."),
}
# It was taken out of the queue while the page was read.
QUEUED_WITHOUT_PLACE = _("Waits in the queue; submitters take turns.")
MAY_HAVE_CALLS_IN_FLIGHT = (
    SubmissionActivity.PAUSED,
    SubmissionActivity.HELD,
    SubmissionActivity.CANCELLED,
    SubmissionActivity.FAILED,
    SubmissionActivity.SWITCHED_OFF,
)


def status_message(status: SubmissionStatus) -> str:
    """Describe what a submission does, or what it waits for and until when."""
    is_placed = status.activity is not SubmissionActivity.QUEUED or status.place is not None
    text = str(STATUS_MESSAGES[status.activity] if is_placed else QUEUED_WITHOUT_PLACE) % {
        "at": format_timestamp(status.at) if status.at else "",
        "place": status.place or "",
        "provider": status.provider,
        "status": _status(status.http_status),
        "calls": _calls(status.in_flight),
        "rate": number_format(status.calls_per_s or 0, decimal_pos=1),
    }
    if status.activity is SubmissionActivity.QUEUED:
        text += " " + _expected(status)
    if status.in_flight and status.activity in MAY_HAVE_CALLS_IN_FLIGHT:
        text += " " + gettext("Still waited for: %(calls)s.") % {"calls": _calls(status.in_flight)}
    return text


def _expected(status: SubmissionStatus) -> str:
    """Say when a waiting submission starts and ends, or that too little is recorded to tell."""
    if status.start is None:
        return gettext("Too few submissions are recorded to say when it starts.")
    values = {"start": format_timestamp(status.start.likely), "n": status.start.n}
    values |= {"low": format_timestamp(status.start.low), "high": format_timestamp(status.start.high)}
    text = gettext("It is expected to start at %(start)s (%(low)s to %(high)s).") % values
    if status.end is not None:
        ends = {"end": format_timestamp(status.end.likely)}
        ends |= {"low": format_timestamp(status.end.low), "high": format_timestamp(status.end.high)}
        text += " " + gettext("It is expected to end at %(end)s (%(low)s to %(high)s).") % ends
    return text


def embargo_message(submission: Submission) -> str:
    """Say when the scores and answers of a submission are published."""
    message = gettext("Its submitter has delayed the scores and answers: they are published at %(at)s.")
    return message % {"at": format_timestamp(submission.embargo_until) if submission.embargo_until else ""}


def format_timestamp(at: datetime) -> str:
    """Format a time to the second, in a form that every language reads."""
    return f"{date_format(at, 'Y-m-d H:i:s')} UTC"


def _calls(count: int) -> str:
    return ngettext("%(n)d sample in flight", "%(n)d samples in flight", count) % {"n": count}


def _status(http_status: int | None) -> str:
    return "" if http_status is None else gettext(" (it answers %(status)d)") % {"status": http_status}


@dataclass(frozen=True, slots=True)
class FailureMessage:
    """The meaning of a failure code, and the next step."""

    title: StrOrPromise
    next_step: StrOrPromise


RETRY = _("Retry: only what is missing is asked again.")
OPERATOR = _("Tell an operator of this service; then retry.")
FAILURE_MESSAGES: dict[str, FailureMessage] = {
    "overloaded": FailureMessage(
        _("The provider was overloaded for too long."), _("Wait a while, then retry.")
    ),
    "server_error": FailureMessage(
        _("The provider answered with an error of its own."), _("Wait a while, then retry.")
    ),
    "timeout": FailureMessage(
        _("The provider did not answer in time."),
        _("Retry; if it happens again, ask an operator for a longer time limit on this endpoint."),
    ),
    "connection": FailureMessage(
        _("The provider could not be reached."), _("Check that its address is up, then retry.")
    ),
    "conflict": FailureMessage(
        _("The provider was not ready for the request."), _("Wait a while, then retry.")
    ),
    "malformed": FailureMessage(
        _("The provider's replies were not what its protocol promises."),
        _("Check that the endpoint's protocol and base URL are right, then retry."),
    ),
    "error_body": FailureMessage(_("The provider reported an error in place of an answer."), RETRY),
    "too_large": FailureMessage(_("A reply was larger than any answer can be."), OPERATOR),
    "rate_limited": FailureMessage(_("The provider refused more calls."), _("Wait a while, then retry.")),
    "bad_request": FailureMessage(
        _("The provider refused the request itself."),
        _("Its message says what it does not accept; have an operator correct the endpoint, then retry."),
    ),
    "bad_parameter": FailureMessage(
        _("The provider does not take one of the request's parameters, so it refuses every item."),
        _("Have an operator probe the endpoint or correct its capabilities, then retry."),
    ),
    "forbidden": FailureMessage(
        _("The provider forbids every item."),
        _("Its message says why; have an operator check the credential's permissions, then retry."),
    ),
    "content_refused": FailureMessage(
        _("The provider's moderation refused every item."),
        _("Another provider of the model may answer them."),
    ),
    "prompt_too_long": FailureMessage(
        _("Every prompt is longer than the model's context."),
        _("Submit a suite with shorter prompts, or an endpoint with a longer context."),
    ),
    "no_answer": FailureMessage(
        _("No reply of the provider contains a message."),
        _("Check that the endpoint's protocol and base URL are right, then retry."),
    ),
    "truncated": FailureMessage(_("Every generation broke off."), _("Wait a while, then retry.")),
    "credential_refused": FailureMessage(
        _("The provider refused the credential."), _("The endpoint's owner must renew its key; then retry.")
    ),
    "out_of_credit": FailureMessage(
        _("The account at the provider has no credit left."), _("Have it topped up, then retry.")
    ),
    "not_found": FailureMessage(
        _("The provider does not know this model or address."),
        _("The endpoint's owner must correct its API model or base URL; then retry."),
    ),
    "redirected": FailureMessage(
        _("The provider redirects elsewhere, which is not followed."),
        _("The endpoint's owner must register the address that it points to; then retry."),
    ),
    "address_refused": FailureMessage(
        _("The endpoint's address points inside our own network."),
        _("Use a public address, or have an operator vouch for this one."),
    ),
    "certificate_refused": FailureMessage(
        _("The provider's certificate is not valid."),
        _("It must be mended on the provider's side; then retry."),
    ),
    "budget_used_up": FailureMessage(
        _("The budget does not bear the next call."),
        _("Raise the budget, then retry: it goes on where it stopped."),
    ),
    "cap_too_small": FailureMessage(
        _("The spending cap is below the cost of one call."),
        _("Have the cap raised, then retry: it goes on where it stopped."),
    ),
    "price_unknown": FailureMessage(
        _("There is a budget, but no price is set for the endpoint."),
        _("Have an operator set the endpoint's prices, or remove the budget; then retry."),
    ),
    "credential_missing": FailureMessage(_("The endpoint's credential is not set on the worker."), OPERATOR),
    "not_plannable": FailureMessage(_("The questions of this task could not be built."), OPERATOR),
    "not_scorable": FailureMessage(_("The answers could not be scored."), OPERATOR),
    "not_rescorable": FailureMessage(_("Scoring anew failed; the earlier score stands."), OPERATOR),
    "step_crashed": FailureMessage(_("No worker survived this step."), OPERATOR),
    "internal_error": FailureMessage(_("This service made an error of its own."), OPERATOR),
    "refused": FailureMessage(_("The provider refused a request for good."), RETRY),
}


def failure_message(code: str) -> FailureMessage:
    """Explain a failure code; an unknown one is referred to an operator."""
    return FAILURE_MESSAGES.get(code, FailureMessage(code, OPERATOR))


TOKEN_SOURCES: dict[LearnedFrom, StrOrPromise] = {
    LearnedFrom.SAME_ENDPOINT: _("earlier runs of the same endpoint"),
    LearnedFrom.OTHER_MODELS: _("runs of other models, so the interval is wide"),
    LearnedFrom.LENGTHS: _("the lengths of the questions, so the interval is wide"),
}
MISSING_INPUTS: dict[UnknownInput, StrOrPromise] = {
    UnknownInput.PRICE: _("No price is set for this endpoint, so its cost in dollars is unknown."),
    UnknownInput.QUESTIONS: _("How many questions there are is known once a worker has planned the suite."),
    UnknownInput.TOKENS: _(
        "How many tokens an answer takes is not known: no model has answered this suite yet."
    ),
}


@dataclass(frozen=True, slots=True)
class CostEstimateMessages:
    """The sources of a cost estimate, and a sentence for each missing input."""

    learned_from: tuple[StrOrPromise, ...]
    lacking: tuple[StrOrPromise, ...]


def cost_estimate_messages(estimate: CostEstimate) -> CostEstimateMessages:
    """Describe the sources and the missing inputs of a cost estimate."""
    return CostEstimateMessages(
        tuple(TOKEN_SOURCES[source] for source in estimate.learned_from),
        tuple(MISSING_INPUTS[missing] for missing in estimate.unknown),
    )
