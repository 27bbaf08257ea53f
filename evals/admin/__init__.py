"""The operators' admin pages: only endpoints, limits, caps, prices, aliases and imports can be edited."""

from evals.admin import (
    catalogue,
    disputes,
    endpoints,
    imports,
    notices,
    owners,
    proposals,
    runs,
    spending,
    submissions,
)

__all__ = [
    "catalogue",
    "disputes",
    "endpoints",
    "imports",
    "notices",
    "owners",
    "proposals",
    "runs",
    "spending",
    "submissions",
]  # importing registers them
