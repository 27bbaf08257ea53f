"""Client of Lagline: the time lag between cohorts of AI models, their scores, and submissions.

`lagline.scores(...)` and the other functions use the service of LAGLINE_URL or of `lagline login`;
`Client` and `AsyncClient` have the same methods for any service.
"""

from lagline.async_client import AsyncClient
from lagline.cache import Cache
from lagline.client import Client
from lagline.errors import (
    BadAddress,
    Conflict,
    InvalidRequest,
    KeyringUnavailable,
    LaglineError,
    MissingField,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    RecordChanged,
    ServiceError,
    ServiceUnavailable,
    TooManyRequests,
    UnexpectedResponse,
    Unreachable,
    WrongHash,
)
from lagline.retries import RetryPolicy
from lagline.rows import Meta, Row, Rows
from lagline.shortcuts import (
    adoption,
    benchmarks,
    cancel,
    claims,
    compare,
    countries,
    developers,
    endpoints,
    estimate,
    exports,
    fetch_export,
    follow,
    headline,
    lags,
    models,
    prices,
    scores,
    submissions,
    submit,
    suites,
)
from lagline.submissions import ENDED_STATES

__all__ = [
    "ENDED_STATES",
    "AsyncClient",
    "BadAddress",
    "Cache",
    "Client",
    "Conflict",
    "InvalidRequest",
    "KeyringUnavailable",
    "LaglineError",
    "Meta",
    "MissingField",
    "NotAllowed",
    "NotAuthenticated",
    "NotFound",
    "RecordChanged",
    "RetryPolicy",
    "Row",
    "Rows",
    "ServiceError",
    "ServiceUnavailable",
    "TooManyRequests",
    "UnexpectedResponse",
    "Unreachable",
    "WrongHash",
    "adoption",
    "benchmarks",
    "cancel",
    "claims",
    "compare",
    "countries",
    "developers",
    "endpoints",
    "estimate",
    "exports",
    "fetch_export",
    "follow",
    "headline",
    "lags",
    "models",
    "prices",
    "scores",
    "submissions",
    "submit",
    "suites",
]
