"""The operators' pages: endpoints are set here; what the files and the runs wrote is read, never edited."""

from evals.admin import catalogue, disputes, endpoints, imports, runs, submissions

__all__ = ["catalogue", "disputes", "endpoints", "imports", "runs", "submissions"]  # importing registers them
