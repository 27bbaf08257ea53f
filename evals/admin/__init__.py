"""The operators' admin pages: only endpoints, limits, prices, aliases and imports can be edited."""

from evals.admin import catalogue, disputes, endpoints, imports, proposals, runs, submissions

__all__ = [
    "catalogue",
    "disputes",
    "endpoints",
    "imports",
    "proposals",
    "runs",
    "submissions",
]  # they register
