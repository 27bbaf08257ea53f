"""The types of errors of the API: each code with its title. A code never changes its meaning."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

TITLES: dict[str, dict[str, str]] = {
    "Every request": {
        "bad_request": "The request cannot be read.",
        "invalid": "A parameter or a field is unknown, is given twice, or has an invalid value.",
        "not_authenticated": "The request needs a token.",
        "authentication_failed": "The token is not known, was revoked or has expired.",
        "permission_denied": "The account may not do this.",
        "missing_scope": "The token lacks a scope.",
        "second_factor_required": "Staff sign in with a second factor.",
        "not_found": "Nothing is at this address.",
        "method_not_allowed": "The address does not take this method.",
        "not_acceptable": "No accepted format is on offer.",
        "throttled": "Too many requests were sent.",
        "server_error": "The service failed.",
        "unavailable": "The database does not answer at the moment.",
    },
    "Writes": {
        "parse_error": "The body is no valid JSON.",
        "too_large": "The body is too large.",
        "unsupported_media_type": "The body is not JSON.",
        "policies_not_accepted": "The account has not accepted the current policies.",
        "bad_idempotency_key": "The idempotency key is too long.",
        "idempotency_key_conflict": "The idempotency key was used with another body.",
        "quota_exceeded": "A quota is used up.",
        "refused": "The request cannot be fulfilled.",
        "conflict": "The request contradicts the record.",
        "too_many": "A limit on requests is reached.",
        "unknown_owner": "The account is no member of this organisation.",
    },
    "Submissions": {
        "unknown_submission": "No such submission is on record.",
        "unknown_model": "No model has this slug.",
        "unknown_endpoint": "No endpoint has this slug.",
        "unknown_suite": "No suite has this slug and version.",
        "ambiguous_model": "The model has several enabled endpoints.",
        "disabled_endpoint": "The endpoint is disabled.",
        "unsupported_task": "The suite needs a type of request that the endpoint cannot answer.",
        "sealed_suite": "The suite has items that are not public yet.",
        "preflight_required": "The endpoint has not passed a preflight since it changed.",
        "price_unknown": "The endpoint has no price, so that a budget in USD says nothing.",
        "bad_budget": "The budget is not a valid amount.",
        "above_limit": "The budget is above what was approved, or above a cap.",
        "bad_embargo": "The embargo is too long, or longer than before.",
        "transition_refused": "The submission cannot change to this state.",
        "submission_has_ended": "The submission has ended.",
        "submission_is_open": "The submission has not ended.",
        "nothing_to_score": "No run has finished.",
        "not_in_review": "The submission does not wait for review.",
        "amount_missing": "The cost is unknown, so that an approval names an amount.",
        "reason_missing": "A decision needs a reason.",
        "too_many_followers": "As many streams are open as are allowed.",
    },
    "Own endpoints and webhooks": {
        "unknown_preset": "No provider that owners may choose has this name.",
        "unknown_protocol": "No adapter speaks this protocol.",
        "bad_address": "The address cannot be called, or must not be.",
        "bad_capability": "A capability is unknown, or has an invalid value.",
        "bad_credential_name": "The name of a credential is invalid.",
        "bad_name": "The name has no letter or digit.",
        "bad_key": "The text is no key that a header can carry.",
        "no_worker_key": "No worker has created its key yet, so that nothing can be sealed.",
        "endpoint_conflict": "The endpoint has submissions, so that this field is fixed.",
        "simulated_world": "This cannot be done in a simulated world.",
        "too_many_endpoints": "The owner has as many endpoints as are allowed.",
        "too_many_preflights": "The preflights of this hour are used up.",
        "unknown_webhook": "No such webhook is on record.",
        "unknown_type": "No notice has this type.",
        "too_many_webhooks": "The owner has as many webhooks as are allowed.",
        "tested_too_often": "The webhook was tested too often.",
        "not_replayable": "The delivery waits, or was sent just now.",
    },
    "Comparisons": {"not_computed": "The comparison has not been computed."},
    "Disputes and proposals": {
        "unknown_fact": "No fact of the record has this address.",
        "bad_statement": "The statement is no plain text of a few sentences.",
        "bad_evidence": "The evidence is no list of web addresses.",
        "bad_contact": "The contact is no short line.",
        "puzzle_required": "A puzzle has to be solved, because many disputes wait.",
        "unknown_developer": "No developer has this slug.",
        "bad_proposal": "A field of the proposal is invalid.",
        "similar_model": "A model on record has a similar name.",
        "model_conflict": "A model with this slug is on record with different facts.",
        "unknown_proposal": "No such proposal is on record.",
        "proposal_decided": "The proposal is decided.",
        "too_many_proposals": "The owner has as many waiting proposals as are allowed.",
    },
}
"""By what they are about; a title says what went wrong without the values of the request."""
ANCHOR = "error-"
_TITLE_OF = {code: title for codes in TITLES.values() for code, title in codes.items()}


def known_codes() -> list[str]:
    """Return every code that the API answers."""
    return list(_TITLE_OF)


def title_of(code: str) -> str:
    """Return the title of an error: the same for every error with the code."""
    return _TITLE_OF.get(code) or code.replace("_", " ").capitalize() + "."


def type_of(code: str) -> str:
    """Return the address that identifies the type of an error, and describes it."""
    return f"{settings.PUBLIC_URL}{reverse('api:docs')}#{ANCHOR}{code}"
