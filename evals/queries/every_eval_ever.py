"""The record's scores in the exchange schema Every Eval Ever 0.3, one file per model and source."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db.models import Q

from evals.imports.every_eval_ever import OURS
from evals.models import Benchmark, Model, Provenance, Run, Sample, Score, SubmissionState
from evals.queries.fresh import sealed_month
from evals.queries.published import published_models

VERSION = "0.3.0"
CHUNK = 500
UNIT_KINDS = {"fraction": (0.0, 1.0)}
RELATIONS = {Score.ReportedBy.VENDOR.value: "first_party"}
AVAILABILITY = {"open": "open_weights", "closed": "closed_weights"}
Plain = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A file of the schema, with its name; measured scores have a second file of samples."""

    name: str
    content: Plain
    scores: list[Score]

    @property
    def path(self) -> str:
        """Return the file's name."""
        return f"{self.name}.json"

    @property
    def samples_path(self) -> str:
        """Return the name of the file of samples."""
        return f"{self.name}_samples.jsonl"

    def samples(self) -> Iterator[str]:
        """Yield the lines of the file of samples, for each run with a score."""
        for score in self.scores:
            if score.run is not None and not sealed_month(score.run.task):
                yield from _sample_lines(score, score.run, self.content["evaluation_id"])


def evaluations() -> Iterator[Evaluation]:
    """Yield one evaluation per model and source, in a stable order."""
    ended = Q(submission=None) | Q(submission__state=SubmissionState.FINISHED)
    parts = ("model__developer", "benchmark", "submission__suite", "run__task", "run__endpoint")
    rows = Score.objects.filter(ended, model__in=published_models().order_by()).select_related(*parts)
    reporter_columns = ("provenance", "reported_by", "source", "source_licence", "submission__public_id")
    scores = rows.order_by("model__slug", *reporter_columns, "benchmark__slug", "pk")
    for _, group in groupby(scores.iterator(chunk_size=CHUNK), key=_reporter):
        yield _evaluation(list(group))


def _reporter(row: Score) -> tuple[str, ...]:
    submission = str(row.submission.public_id) if row.submission else ""
    return row.model.slug, row.provenance, row.reported_by, row.source, row.source_licence, submission


def _evaluation(rows: list[Score]) -> Evaluation:
    first, digest = rows[0], sha256("\n".join(_reporter(rows[0])).encode()).digest()
    kind = first.submission.suite.slug if first.submission else first.provenance
    model, number = _model_id(first.model), UUID(bytes=digest[:16], version=4)
    name = f"data/{kind}/{model}/{number}"
    content = {
        "schema_version": VERSION,
        "evaluation_id": f"{kind}/{model}/{number}",
        "retrieved_timestamp": str(int(max(row.recorded_at for row in rows).timestamp())),
        "source_metadata": _source(first),
        "eval_library": _library(first),
        "model_info": _model(first.model),
        "evaluation_results": [_result(row) for row in rows],
    }
    if any(row.run and not sealed_month(row.run.task) for row in rows):
        content["detailed_evaluation_results"] = {"format": "jsonl", "file_path": f"{name}_samples.jsonl"}
    return Evaluation(name, content, rows)


def _source(row: Score) -> Plain:
    measured = row.provenance == Provenance.MEASURED
    run_by = f"A run of Lagline, submission {row.submission.public_id}" if row.submission else ""
    own = {"source": row.source or run_by, "source_licence": row.source_licence}
    own |= {"provenance": row.provenance, "reported_by": row.reported_by}
    return {
        "source_name": own["source"],
        "source_type": "evaluation_run" if measured else "documentation",
        "source_organization_name": "Lagline" if measured else own["source"].split(",")[0],
        "evaluator_relationship": RELATIONS.get(row.reported_by, "third_party"),
        "additional_details": {OURS + key: value for key, value in own.items() if value},
    }


def _library(row: Score) -> Plain:
    if row.provenance != Provenance.MEASURED:
        return {"name": "unknown", "version": "unknown"}
    return {"name": "lm_eval", "version": row.run.lm_eval_version if row.run else "unknown"}


def _model_id(model: Model) -> str:
    return f"{model.developer.slug}/{model.slug}"


def _model(model: Model) -> Plain:
    availability = AVAILABILITY.get(model.openness, "unknown")
    return {
        "name": model.name,
        "id": _model_id(model),
        "developer": model.developer.name,
        "additional_details": {
            "deployment_type": "unknown",
            "model_availability": availability,
            OURS + "model": model.slug,
        },
    }


def _result(row: Score) -> Plain:
    scale = row.benchmark
    low, high = UNIT_KINDS.get(scale.unit, (None, None))
    doubt: Plain = {"num_samples": row.n} if row.n else {}
    if row.stderr is not None:
        doubt["standard_error"] = {"value": row.stderr}
    metric: Plain = {
        "metric_name": scale.metric or "score",
        "metric_unit": "proportion" if scale.unit == "fraction" else scale.unit,
        "lower_is_better": scale.direction == Benchmark.Direction.LOWER,
        "score_type": "continuous",
        "min_score": low,
        "max_score": high,
    }
    metric["additional_details"] = {OURS + "benchmark": scale.slug}
    if row.form:
        metric["additional_details"][OURS + "form"] = row.form
    if row.partial_of:
        metric["additional_details"][OURS + "partial_of"] = str(row.partial_of)
    result: Plain = {
        "evaluation_result_id": _result_id(row),
        "evaluation_name": scale.name,
        "source_data": {"dataset_name": scale.name, "source_type": "other"},
        "metric_config": metric,
        "score_details": {"score": row.value} | ({"uncertainty": doubt} if doubt else {}),
    }
    if row.observed_on:
        result["evaluation_timestamp"] = row.observed_on.isoformat()
    return result


def _result_id(row: Score) -> str:
    return f"{row.benchmark.slug}/{row.pk}"


def _sample_lines(score: Score, run: Run, evaluation_id: str) -> Iterator[str]:
    rows = Sample.objects.filter(run=run).order_by("doc_id")
    key = f"{run.task.metric},{run.task.filter}"
    same = {
        "schema_version": VERSION,
        "evaluation_id": evaluation_id,
        "model_id": _model_id(score.model),
        "evaluation_name": score.benchmark.name,
        "evaluation_result_id": _result_id(score),
        "interaction_type": "single_turn",
    }
    for sample in rows.prefetch_related("samplerequest_set__request__response").iterator(chunk_size=CHUNK):
        line = same | _sample(sample, run, float((sample.metrics or {}).get(key) or 0.0))
        yield json.dumps(line, ensure_ascii=False) + "\n"


def _sample(sample: Sample, run: Run, mark: float) -> Plain:
    parts = sorted(sample.samplerequest_set.all(), key=lambda part: (part.idx, part.repeat))
    answers = [part.request.response for part in parts]
    spent = [(answer.input_tokens, answer.output_tokens) for answer in answers]
    fields: Plain = {
        "sample_id": f"{run.task.name}/{sample.doc_id}",
        "sample_hash": sample.doc_hash,
        "input": {"raw": sample.prompt, "reference": [sample.target]},
        "output": {"raw": [answer.text for answer in answers]},
        "answer_attribution": [
            {
                "turn_idx": 0,
                "source": "output.raw",
                "extracted_value": sample.answer,
                "extraction_method": f"lm-eval filter {run.task.filter}",
                "is_terminal": True,
            }
        ],
        "evaluation": {"score": mark, "is_correct": mark >= 1},
        "performance": {"latency_ms": sum(answer.latency_ms for answer in answers)},
    }
    if all(None not in pair for pair in spent):
        read, written = (sum(pair[place] or 0 for pair in spent) for place in (0, 1))
        fields["token_usage"] = {
            "input_tokens": read,
            "output_tokens": written,
            "total_tokens": read + written,
        }
    return fields
