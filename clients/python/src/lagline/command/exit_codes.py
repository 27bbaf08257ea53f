"""The exit codes of the command. 2 is a wrong option or argument."""

from __future__ import annotations

from lagline.errors import (
    BadAddress,
    LaglineError,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    ServiceUnavailable,
    TooManyRequests,
    Unreachable,
)

OK, ERROR, NO_PERMISSION, ABSENT, TRY_AGAIN = 0, 1, 3, 4, 5
FAILED, CANCELLED, REJECTED = 10, 11, 12
INTERRUPTED = 130
OF_STATES = {"FINISHED": OK, "FAILED": FAILED, "CANCELLED": CANCELLED, "REJECTED": REJECTED}
EPILOG = (
    "Exit codes: 0 done; 1 refused or failed; 2 wrong usage; 3 no token or no permission; 4 not found; "
    "5 the service cannot answer now; of `submit --wait` and `follow`: 10 the submission failed, "
    "11 was cancelled, 12 was rejected."
)


def exit_code_of(error: LaglineError) -> int:
    """Return the exit code of an error."""
    match error:
        case NotAuthenticated() | NotAllowed():
            return NO_PERMISSION
        case NotFound():
            return ABSENT
        case Unreachable() | ServiceUnavailable() | TooManyRequests():
            return TRY_AGAIN
        case BadAddress():
            return 2
    return ERROR
