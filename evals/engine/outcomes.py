"""Every way in which a call can end, as data: answers, outcomes of one item, faults and their retries."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evals.engine.requests import Answer


class Outcome(StrEnum):
    """How a request ended for good; each is stored once.

    The first four are answers and are scored as they stand. The others mean that the item has no answer: it
    is counted and displayed, and scored as wrong.
    """

    ANSWERED = "answered"
    EMPTY = "empty"
    NULL = "null"
    LENGTH = "length"
    REFUSAL = "refusal"  # by the model, by its finish reason, or by the provider's moderation
    PROMPT_TOO_LONG = "prompt_too_long"
    NO_ANSWER = "no_answer"  # a reply without choices or without a message, three times
    TRUNCATED = "truncated"  # a generation that broke off, three times
    REJECTED = "rejected"  # an error about this item for a reason that we do not recognise
    FAILED = "failed"  # every try ended in a fault, while other items were answered


ANSWERS = frozenset({Outcome.ANSWERED, Outcome.EMPTY, Outcome.NULL, Outcome.LENGTH})
UNANSWERED = frozenset(Outcome) - ANSWERS


class Kind(StrEnum):
    """Faults: the call brought no answer."""

    RATE_LIMITED = "rate_limited"
    OVERLOADED = "overloaded"
    SERVER_ERROR = "server_error"
    TIMEOUT = "timeout"
    CONNECTION = "connection"
    CONFLICT = "conflict"
    MALFORMED = "malformed"
    ERROR_BODY = "error_body"
    TOO_LARGE = "too_large"
    TRUNCATED = "truncated"
    NO_ANSWER = "no_answer"
    CONTENT_REFUSED = "content_refused"
    PROMPT_TOO_LONG = "prompt_too_long"
    BAD_REQUEST = "bad_request"
    FORBIDDEN = "forbidden"
    BAD_PARAMETER = "bad_parameter"
    CREDENTIAL_REFUSED = "credential_refused"
    OUT_OF_CREDIT = "out_of_credit"
    NOT_FOUND = "not_found"
    REDIRECTED = "redirected"
    ADDRESS_REFUSED = "address_refused"
    CERTIFICATE = "certificate_refused"


@dataclass(frozen=True, slots=True)
class Policy:
    """What a kind of fault leads to.

    `retries`: how often the request is tried again (0: never, None: without end). `counts`: whether the fault
    uses up a retry; the provider's "not now" does not. `outage`: repeated with no answer in between, it means
    that the provider is down. `item`: the outcome of the item once the retries are used up, if other items
    are answered; None means that the fault affects every item and ends the run. `evidence`: after how many
    such items in a row, with no answer in between, a fault is taken to affect every item. `for_all`: it would
    end the submission's other runs too.
    """

    retries: int | None
    counts: bool = True
    pauses: bool = False
    outage: bool = False
    item: Outcome | None = None
    evidence: int = 10
    for_all: bool = False


FOR_EVER, NEVER = None, 0
CLEARLY_ONE_ITEM = 100  # in a row: a benchmark may hold many items that one provider refuses
POLICIES: dict[Kind, Policy] = {
    Kind.RATE_LIMITED: Policy(FOR_EVER, counts=False, pauses=True),
    Kind.OVERLOADED: Policy(12, pauses=True, outage=True, item=Outcome.FAILED),
    Kind.SERVER_ERROR: Policy(8, outage=True, item=Outcome.FAILED),
    Kind.TIMEOUT: Policy(5, outage=True, item=Outcome.FAILED),
    Kind.CONNECTION: Policy(10, outage=True, item=Outcome.FAILED),
    Kind.CONFLICT: Policy(8, item=Outcome.FAILED),
    Kind.MALFORMED: Policy(6, outage=True, item=Outcome.FAILED),
    Kind.ERROR_BODY: Policy(6, outage=True, item=Outcome.FAILED),
    Kind.TOO_LARGE: Policy(1, item=Outcome.FAILED),
    Kind.TRUNCATED: Policy(2, item=Outcome.TRUNCATED),
    Kind.NO_ANSWER: Policy(2, item=Outcome.NO_ANSWER),
    Kind.CONTENT_REFUSED: Policy(NEVER, item=Outcome.REFUSAL, evidence=CLEARLY_ONE_ITEM),
    Kind.PROMPT_TOO_LONG: Policy(NEVER, item=Outcome.PROMPT_TOO_LONG, evidence=CLEARLY_ONE_ITEM),
    Kind.BAD_REQUEST: Policy(NEVER, item=Outcome.REJECTED),
    Kind.FORBIDDEN: Policy(NEVER, item=Outcome.REJECTED, for_all=True),
    Kind.BAD_PARAMETER: Policy(NEVER),
    Kind.CREDENTIAL_REFUSED: Policy(NEVER, for_all=True),
    Kind.OUT_OF_CREDIT: Policy(NEVER, for_all=True),
    Kind.NOT_FOUND: Policy(NEVER, for_all=True),
    Kind.REDIRECTED: Policy(NEVER, for_all=True),
    Kind.ADDRESS_REFUSED: Policy(NEVER, for_all=True),
    Kind.CERTIFICATE: Policy(NEVER, for_all=True),
}
HELD = frozenset({Kind.TRUNCATED})  # where every item has it, the submission is held, not failed

LOST = "lost"  # how an attempt ends whose worker died before it knew of a reply
# The provider may have answered, and billed, a call that ends so; its usage is not known.
POSSIBLY_BILLED = frozenset({Kind.TIMEOUT, Kind.MALFORMED, Kind.TOO_LARGE, Kind.TRUNCATED, Kind.NO_ANSWER})

STATUSES: dict[int, Kind] = {
    400: Kind.BAD_REQUEST,
    401: Kind.CREDENTIAL_REFUSED,
    402: Kind.OUT_OF_CREDIT,
    403: Kind.FORBIDDEN,
    404: Kind.NOT_FOUND,
    405: Kind.NOT_FOUND,
    408: Kind.TIMEOUT,
    409: Kind.CONFLICT,
    410: Kind.NOT_FOUND,
    413: Kind.PROMPT_TOO_LONG,
    422: Kind.BAD_REQUEST,
    425: Kind.CONFLICT,
    429: Kind.RATE_LIMITED,
    451: Kind.CONTENT_REFUSED,
    503: Kind.OVERLOADED,
    504: Kind.TIMEOUT,
    529: Kind.OVERLOADED,
}


@dataclass(frozen=True, slots=True)
class Fault:
    """A call that brought no answer.

    `detail` is the provider's message, `retry_after_s` the wait that it asks for. `partial` is what the reply
    still holds (text, usage, body), kept as the item's outcome if the retries are used up.
    """

    kind: Kind
    detail: str
    http_status: int | None = None
    retry_after_s: float | None = None
    partial: Answer | None = None

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
