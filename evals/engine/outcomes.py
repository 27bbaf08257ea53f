"""Every way in which a call can end, as data: what is an answer, what is tried again, what ends the run."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """Answers: each is on record for good, and scored as it stands."""

    ANSWERED = "answered"
    EMPTY = "empty"
    NULL = "null"
    REFUSAL = "refusal"
    LENGTH = "length"


class Kind(StrEnum):
    """Faults: no answer came of the sending."""

    RATE_LIMITED = "rate_limited"
    OVERLOADED = "overloaded"
    SERVER_ERROR = "server_error"
    TIMEOUT = "timeout"
    CONNECTION = "connection"
    CONFLICT = "conflict"
    MALFORMED = "malformed"
    ERROR_BODY = "error_body"
    TOO_LARGE = "too_large"
    BAD_REQUEST = "bad_request"
    CREDENTIAL_REFUSED = "credential_refused"
    OUT_OF_CREDIT = "out_of_credit"
    NOT_FOUND = "not_found"
    REDIRECTED = "redirected"
    ADDRESS_REFUSED = "address_refused"
    CERTIFICATE = "certificate_refused"


@dataclass(frozen=True, slots=True)
class Policy:
    """How often a kind of fault is tried again (0: never, None: for ever), and whether it counts.

    A fault that does not count is the provider's "not now": everybody waits, and nothing is used up. One that
    is an outage, again and again with no answer between, means that the provider is down. One that is for all
    would meet every other request as well: it ends the whole submission, and not only its run.
    """

    retries: int | None
    counts: bool = True
    pauses: bool = False
    outage: bool = False
    for_all: bool = False


FOR_EVER, NEVER = None, 0
POLICIES: dict[Kind, Policy] = {
    Kind.RATE_LIMITED: Policy(FOR_EVER, counts=False, pauses=True),
    Kind.OVERLOADED: Policy(12, pauses=True, outage=True),
    Kind.SERVER_ERROR: Policy(8, outage=True),
    Kind.TIMEOUT: Policy(5, outage=True),
    Kind.CONNECTION: Policy(10, outage=True),
    Kind.CONFLICT: Policy(8),
    Kind.MALFORMED: Policy(6, outage=True),
    Kind.ERROR_BODY: Policy(6, outage=True),
    Kind.TOO_LARGE: Policy(1),
    Kind.BAD_REQUEST: Policy(NEVER),
    Kind.CREDENTIAL_REFUSED: Policy(NEVER, for_all=True),
    Kind.OUT_OF_CREDIT: Policy(NEVER, for_all=True),
    Kind.NOT_FOUND: Policy(NEVER, for_all=True),
    Kind.REDIRECTED: Policy(NEVER, for_all=True),
    Kind.ADDRESS_REFUSED: Policy(NEVER, for_all=True),
    Kind.CERTIFICATE: Policy(NEVER, for_all=True),
}

LOST = "lost"  # how an attempt ends whose worker died before it knew of a reply
# The provider may have answered, and billed, a call that ends so; its usage is not known.
POSSIBLY_BILLED = frozenset({Kind.TIMEOUT, Kind.MALFORMED, Kind.TOO_LARGE})

STATUSES: dict[int, Kind] = {
    400: Kind.BAD_REQUEST,
    401: Kind.CREDENTIAL_REFUSED,
    402: Kind.OUT_OF_CREDIT,
    403: Kind.CREDENTIAL_REFUSED,
    404: Kind.NOT_FOUND,
    405: Kind.NOT_FOUND,
    408: Kind.TIMEOUT,
    409: Kind.CONFLICT,
    410: Kind.NOT_FOUND,
    413: Kind.BAD_REQUEST,
    422: Kind.BAD_REQUEST,
    425: Kind.CONFLICT,
    429: Kind.RATE_LIMITED,
    503: Kind.OVERLOADED,
    504: Kind.TIMEOUT,
    529: Kind.OVERLOADED,
}

# What providers write in `error.code` or `error.type` of a body, where it says more than the status.
ERROR_WORDS: dict[str, Kind] = {
    "insufficient_quota": Kind.OUT_OF_CREDIT,
    "billing_hard_limit_reached": Kind.OUT_OF_CREDIT,
    "billing_not_active": Kind.OUT_OF_CREDIT,
    "rate_limit_exceeded": Kind.RATE_LIMITED,
    "rate_limit_error": Kind.RATE_LIMITED,
    "overloaded_error": Kind.OVERLOADED,
    "invalid_api_key": Kind.CREDENTIAL_REFUSED,
    "authentication_error": Kind.CREDENTIAL_REFUSED,
    "permission_error": Kind.CREDENTIAL_REFUSED,
    "model_not_found": Kind.NOT_FOUND,
    "not_found_error": Kind.NOT_FOUND,
    "invalid_request_error": Kind.BAD_REQUEST,
    "context_length_exceeded": Kind.BAD_REQUEST,
}


@dataclass(frozen=True, slots=True)
class Fault:
    """A sending that brought no answer: its kind, what the provider said, and when it wants us back."""

    kind: Kind
    detail: str
    http_status: int | None = None
    retry_after_s: float | None = None

    def is_final(self, failures: int) -> bool:
        """Whether a request with so many failures before this one is given up."""
        retries = POLICIES[self.kind].retries
        return retries is not None and failures >= retries


def kind_of_status(status: int) -> Kind:
    """Return what an HTTP status other than 200 means."""
    if status in STATUSES:
        return STATUSES[status]
    if 300 <= status < 400:
        return Kind.REDIRECTED
    if 400 <= status < 500:
        return Kind.BAD_REQUEST
    return Kind.SERVER_ERROR
