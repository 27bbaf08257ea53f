"""Every read of the record that another package may use, one file per subject."""

from evals.queries.catalog import (
    ModelFacts,
    adoption,
    benchmark,
    benchmarks,
    claims,
    developers,
    endpoints,
    list_prices,
    model_facts,
    models,
    suites,
)
from evals.queries.cells import Cell, CellScore, cells, settle
from evals.queries.lag import LagBenchmark, LagInput, LagModel, LagScore, lag_input
from evals.queries.progress import Progress, RunProgress, progress, queue_positions
from evals.queries.record import RecordVersion, record_version
from evals.queries.runs import Runnable, queued_together, run, runnable, samples
from evals.queries.scores import scores
from evals.queries.submissions import submission, submissions

__all__ = [
    "Cell",
    "CellScore",
    "LagBenchmark",
    "LagInput",
    "LagModel",
    "LagScore",
    "ModelFacts",
    "Progress",
    "RecordVersion",
    "RunProgress",
    "Runnable",
    "adoption",
    "benchmark",
    "benchmarks",
    "cells",
    "claims",
    "developers",
    "endpoints",
    "lag_input",
    "list_prices",
    "model_facts",
    "models",
    "progress",
    "queue_positions",
    "queued_together",
    "record_version",
    "run",
    "runnable",
    "samples",
    "scores",
    "settle",
    "submission",
    "submissions",
    "suites",
]
