"""Read Every Eval Ever 0.2 and 0.3: a JSON file per model and source, or JSON lines of them.

Where the samples of a file are beside it, its scores are recomputed from them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from evals.catalogue.duplicates import normalised
from evals.imports.bundle import Bundle, Part, loads, utf8
from evals.imports.entries import rows_of, rows_of_parts
from evals.imports.metrics import is_scorer, other_kind, words_of
from evals.imports.rows import (
    LONGEST_SOURCE,
    EmptyRow,
    InvalidCell,
    OverLimit,
    Row,
    Rows,
    Scale,
    SkippedRow,
    Unreadable,
    count_or_none,
    day_or_none,
    half_width,
    mapping,
    number,
    number_or_none,
    text,
    text_or_empty,
)
from evals.imports.units import stated_scale

VERSIONS = ("0.2", "0.3")
LEVEL = 0.95
MEAN_TOLERANCE = 1e-6
OURS = "lagline_"
"""The prefix of our own details in a file that we wrote."""
MOST_MATCHED = 20
"""The number of files that are looked at to recognise the format."""
SAMPLES = "_samples.jsonl"
LONGEST_PLAN = 1_000_000
SOLVER = re.compile(r"""["']solver["']: ["'](?P<name>\w*agent\w*)""")
"""The step of an evaluation plan that names an agent; a step is an object or JSON as text."""
AGENTS = ("agent_name", "agent", "agent_framework", "scaffold", "harness")
"""The details of a model that name its agent."""
Marks = dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class _Record:
    """What all results of one record share; `marks` are the scores of its samples by result id."""

    model: str
    agent: str
    attempts: str
    about_source: dict[str, Any]
    observed_on: date | None
    marks: Marks


@dataclass(frozen=True, slots=True)
class _Identity:
    """The benchmark of a result, and its dataset where that is another name."""

    benchmark: str
    dataset: str = ""

    @property
    def title(self) -> str:
        """Return the name that a person knows the result by."""
        return f"{self.dataset} {self.benchmark}".strip()


def matches(bundle: Bundle) -> bool:
    """Return whether the files are of this schema."""
    parts = bundle.named(".json", ".jsonl")[:MOST_MATCHED]
    return any(
        '"schema_version"' in head and '"evaluation_results"' in head
        for head in (_head(bundle, part) for part in parts)
    )


def read(bundle: Bundle) -> Rows:
    """Yield every result of every record."""
    beside = bundle.named(SAMPLES)
    parts = [part for part in bundle.named(".json", ".jsonl") if part not in beside]
    return rows_of_parts(parts, lambda part: rows_of(_results(bundle, beside, part), _row))


def _head(bundle: Bundle, part: Part) -> str:
    """Return the first record of a file, empty if it cannot be read."""
    try:
        line = next((content for _, content in bundle.lines(part)), "")
        return line if _is_lines(part) else bundle.text(part)
    except OverLimit:
        raise
    except Unreadable:
        return ""


def _is_lines(part: Part) -> bool:
    return part.name.lower().removesuffix(".gz").endswith(".jsonl")


def _results(bundle: Bundle, beside: list[Part], part: Part) -> Iterator[tuple[int, Any]]:
    """Yield each result with its record; the line of JSON lines, else the result's number."""
    for line, content in _records(bundle, part):
        try:
            record = _record(bundle, beside, content)
            results = content.get("evaluation_results")
            if not isinstance(results, list):
                raise InvalidCell("evaluation_results is missing; it must be a list")
        except OverLimit:
            raise
        except (InvalidCell, Unreadable) as error:
            yield line, InvalidCell(str(error))
            continue
        for place, result in enumerate(results, start=1):
            yield line if _is_lines(part) else place, (record, result)


def _records(bundle: Bundle, part: Part) -> Iterator[tuple[int, Any]]:
    if not _is_lines(part):
        yield 1, bundle.json(part)
        return
    for line, content in bundle.lines(part):
        if content.strip():
            try:
                yield line, loads(utf8(content))
            except ValueError as error:
                yield line, InvalidCell(f"is no JSON: {error}")


def _record(bundle: Bundle, beside: list[Part], content: Any) -> _Record:
    if isinstance(content, InvalidCell):
        raise content
    if not isinstance(content, dict):
        raise InvalidCell("is no record of this schema")
    version = str(content.get("schema_version"))
    if not version.startswith(VERSIONS):
        raise InvalidCell(f"schema_version is {version[:40]!r}; {' and '.join(VERSIONS)} are read")
    about = mapping(content.get("model_info"))
    details = mapping(about.get("additional_details"))
    agent = next((name for key in AGENTS if (name := text_or_empty(details.get(key), key))), "")
    if not agent:  # "agent + model"
        submission = text_or_empty(details.get("submission_name"), "submission_name")
        agent = submission.partition(" + ")[0].strip()
    return _Record(
        model=_own(about, "model") or text(about.get("name") or about.get("id"), "model_info.name"),
        agent=agent,
        attempts=str(details.get("attempts") or "1"),
        about_source=mapping(content.get("source_metadata")),
        observed_on=_day(content.get("evaluation_timestamp")),
        marks=_marks(bundle, beside, content),
    )


def _marks(bundle: Bundle, beside: list[Part], evaluation: dict[str, Any]) -> Marks:
    """Return the scores of the samples beside a file by result id."""
    path = str(mapping(evaluation.get("detailed_evaluation_results")).get("file_path") or "")
    marks: Marks = {}
    for part in beside:
        if path and (part.name == path or part.name.endswith(f"/{path}")):
            for line, content in bundle.lines(part):
                sample = _sample(content, f"{part.name}:{line}")
                if sample.get("evaluation_id") == evaluation.get("evaluation_id"):
                    score = mapping(sample.get("evaluation")).get("score")
                    mark = float(score) if isinstance(score, bool) else number(score, "evaluation.score")
                    marks.setdefault(str(sample.get("evaluation_result_id")), []).append(mark)
    return marks


def _sample(content: str, place: str) -> dict[str, Any]:
    try:
        sample = loads(utf8(content))
    except ValueError as error:
        raise InvalidCell(f"{place} cannot be read: {error}") from None
    if not isinstance(sample, dict):
        raise InvalidCell(f"{place} is no sample")
    return sample


def _row(line: int, located: tuple[_Record, Any]) -> Iterator[Row | EmptyRow | SkippedRow]:
    record, result = located
    if not isinstance(result, dict):
        raise InvalidCell("is no result of this schema")
    metric = mapping(result.get("metric_config"))
    identity = _identity(result, metric)
    if reason := _other_kind(metric) or _several_attempts(record):
        yield SkippedRow(line, f"{identity.title}: {reason}")
        return
    try:
        row = _figure(line, record, result, identity)
        yield _recomputed(row, record.marks.get(str(result.get("evaluation_result_id"))))
    except InvalidCell as error:
        raise InvalidCell(f"{identity.title}: {error}") from None


def _identity(result: dict[str, Any], metric: dict[str, Any]) -> _Identity:
    """Return the benchmark of a result by its dataset and its part, never by a scorer's name."""
    if own := _own(metric, "benchmark"):
        return _Identity(own)
    name = text(result.get("evaluation_name"), "evaluation_name")
    dataset = text_or_empty(mapping(result.get("source_data")).get("dataset_name"), "dataset_name")
    if is_scorer(name):
        if not dataset:
            raise InvalidCell(f"{name!r} names a scorer; source_data.dataset_name is missing")
        return _Identity(dataset)
    if not dataset or _contains(name, dataset):
        return _Identity(name)
    return _Identity(dataset) if _contains(dataset, name) else _Identity(name, dataset)


def _contains(name: str, words: str) -> bool:
    """Return whether a name contains other words, in their order."""
    return f" {words_of(words)} " in f" {words_of(name)} " or normalised(name) == normalised(words)


def _other_kind(metric: dict[str, Any]) -> str:
    """Return why a metric is no score of a benchmark, empty if it can be one."""
    names = [str(metric.get(key) or "") for key in ("metric_kind", "metric_unit", "metric_id", "metric_name")]
    if metric.get("score_type") == "levels":
        return "its score is the number of a level, not a figure"
    if kind := other_kind(*names):
        return f"{names[3] or names[2] or names[0]} is {kind}, not a score"
    return ""


def _several_attempts(record: _Record) -> str:
    return (
        ""
        if record.attempts == "1"
        else f"it counts {record.attempts[:20]} attempts; the benchmark allows one"
    )


def _figure(line: int, record: _Record, result: dict[str, Any], identity: _Identity) -> Row:
    metric, details = mapping(result.get("metric_config")), mapping(result.get("score_details"))
    doubt, data = mapping(details.get("uncertainty")), mapping(result.get("source_data"))
    own = bool(_own(metric, "benchmark"))
    scale = Scale.RAW if own else stated_scale(str(metric.get("metric_unit") or ""), metric.get("max_score"))
    lower = metric.get("lower_is_better")
    used = data.get("sample_ids")
    by_vendor = record.about_source.get("evaluator_relationship") == "first_party"
    return Row(
        line=line,
        model=record.model,
        benchmark=identity.benchmark,
        dataset=identity.dataset,
        metric="" if own else text_or_empty(_metric_name(metric), "metric_name"),
        lower_is_better=lower if isinstance(lower, bool) else None,
        value=number(details.get("score"), "score_details.score"),
        stderr=_stderr(doubt),
        n=count_or_none(
            doubt.get("num_samples") or (len(used) if isinstance(used, list) else None), "num_samples"
        ),
        items=count_or_none(_own(metric, "partial_of") or data.get("samples_number"), "samples_number"),
        scale=scale,
        unit_of=f"every-eval-ever {identity.title}"[:200] if scale == Scale.UNKNOWN else "",
        agent=record.agent or _solver(result),
        form=text_or_empty(_own(metric, "form"), "form"),
        reported_by="vendor" if by_vendor else "independent",
        observed_on=_day(result.get("evaluation_timestamp")) or record.observed_on,
        source=_source(record.about_source),
        licence=_own(record.about_source, "source_licence"),
    )


def _solver(result: dict[str, Any]) -> str:
    """Return the solver that acts as the agent in a result of Inspect, empty if none does."""
    arguments = mapping(mapping(result.get("generation_config")).get("generation_args"))
    if not mapping(arguments.get("agentic_eval_config")):
        return ""
    steps = mapping(arguments.get("eval_plan")).get("steps")
    match = SOLVER.search(str(steps)[:LONGEST_PLAN]) if isinstance(steps, list) else None
    return match.group("name") if match else ""


def _metric_name(metric: dict[str, Any]) -> Any:
    tries = mapping(metric.get("metric_parameters")).get("k")
    if isinstance(tries, int) and tries > 1:
        return f"pass@{tries}"
    return metric.get("metric_name") or metric.get("metric_id") or metric.get("metric_kind")


def _recomputed(row: Row, marks: list[float] | None) -> Row:
    """Return a figure as imported if its samples give it. Raises InvalidCell if they give another."""
    if not marks:
        return row
    if row.n is not None and row.n != len(marks):
        raise InvalidCell(f"there are {len(marks)} samples beside it; num_samples is {row.n}")
    mean = math.fsum(marks) / len(marks)
    stated = row.value / 100 if row.scale == Scale.PERCENT and max(marks) <= 1 else row.value
    if abs(mean - stated) > MEAN_TOLERANCE:
        raise InvalidCell(f"the mean of its samples is {mean:.6g}; score_details.score is {row.value:.6g}")
    return replace(row, n=len(marks), provenance="imported")


def _stderr(doubt: dict[str, Any]) -> float | None:
    stated = number_or_none(mapping(doubt.get("standard_error")).get("value"), "standard_error.value")
    interval = mapping(doubt.get("confidence_interval"))
    if stated is not None or interval.get("confidence_level", LEVEL) != LEVEL:
        return stated
    low = number_or_none(interval.get("lower"), "confidence_interval.lower")
    high = number_or_none(interval.get("upper"), "confidence_interval.upper")
    return half_width(low, high)


def _own(part: dict[str, Any], name: str) -> str:
    """Return a detail that our own files have beyond the schema."""
    value = mapping(part.get("additional_details")).get(OURS + name)
    return text(value, OURS + name, LONGEST_SOURCE) if value else ""


def _source(about: dict[str, Any]) -> str:
    if own := _own(about, "source"):
        return own
    organisation = text(about.get("source_organization_name"), "source_organization_name")
    name = text_or_empty(about.get("source_name"), "source_name") or "results"
    address = text_or_empty(about.get("source_organization_url"), "source_organization_url", 400)
    title = f"{organisation}, {name}".replace(";", ",").replace(" (", ", ").replace(")", "")
    return f"{title} (Every Eval Ever)" + (f", {address}" if address.startswith("https://") else "")


def _day(value: Any) -> date | None:
    """Return the day of a Unix time or an ISO date. Raises InvalidCell."""
    try:
        return datetime.fromtimestamp(float(value), tz=UTC).date()
    except (TypeError, ValueError, OverflowError, OSError):
        return day_or_none(value, "a timestamp")
