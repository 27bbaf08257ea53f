"""Read what lm-eval writes: results_*.json, checked against its samples_*.jsonl where those are there too."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

from evals.imports.bundle import Bundle, Part, loads
from evals.imports.entries import rows_of
from evals.imports.rows import EmptyRow, InvalidCell, Row, Rows, count_or_none, number, number_or_none, text

RESULTS = re.compile(r"results(_(?P<stamp>[^/]+))?\.json(\.gz)?$")
METRICS = ("exact_match", "acc", "pass@1", "prompt_level_strict_acc", "acc_norm", "mc2", "f1", "mean")
FILTERS = ("none", "strict-match", "get-answer", "custom-extract")
MEAN_TOLERANCE = 1e-6
FORMS = {  # of lm-eval's output types; with others, and in files without configs, it is not told
    "generate_until": "generative",
    "loglikelihood": "likelihood",
    "loglikelihood_rolling": "likelihood",
    "multiple_choice": "likelihood",
}
Results = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Headline:
    """The number that a task is told by."""

    metric: str
    filter: str
    value: float
    stderr: float | None


def matches(bundle: Bundle) -> bool:
    """Tell whether there is a results file of lm-eval."""
    return any(_is_results(loads_head) for loads_head in _contents(bundle))


def read(bundle: Bundle) -> Rows:
    """Give one figure a task and results file."""
    for part in bundle.named(".json"):
        content = bundle.json(part)
        if _is_results(content):
            tasks = list(content["results"].items())
            entries = ((line, (part, content, *task)) for line, task in enumerate(tasks, start=1))
            yield from rows_of(entries, lambda line, entry: _rows(bundle, line, *entry))


def _contents(bundle: Bundle) -> Iterator[Any]:
    for part in bundle.named(".json"):
        if len(bundle.parts) == 1 or RESULTS.search(part.name):
            yield bundle.json(part)


def _is_results(content: Any) -> bool:
    return isinstance(content, dict) and isinstance(content.get("results"), dict) and "configs" in content


def _rows(
    bundle: Bundle, line: int, part: Part, results: Results, task: str, task_results: Results
) -> Iterator[Row | EmptyRow]:
    headline, moment = _headline(task_results), _moment(results)
    if headline is None:
        yield EmptyRow(line, f"{task} has no number of its own")
        return
    samples = _samples_of(bundle, part, task)
    counts = results.get("n-samples", {}).get(task) or {}
    n = count_or_none(counts.get("effective") or task_results.get("sample_len"), "the number of samples")
    if samples:
        n = _checked(bundle, samples, headline, n)
    yield Row(
        line=line,
        model=_model(results),
        benchmark=task,
        value=headline.value,
        stderr=headline.stderr,
        n=n,
        provenance="imported" if samples else "reported",
        form=_form(results, task),
        observed_on=moment.date() if moment else None,
        source=_source(results, task, headline, counts),
    )


def _headline(task_results: Results) -> Headline | None:
    """Return the metric that a reader expects first, without a look at its value."""
    headlines = []
    for key, value in task_results.items():
        metric, comma, filter_name = key.partition(",")
        if metric.endswith("_stderr") or isinstance(value, bool) or not isinstance(value, int | float):
            continue
        if comma or metric in METRICS:
            headlines.append(
                (_place(metric, METRICS), _place(filter_name or "none", FILTERS), metric, filter_name)
            )
    if not headlines:
        return None
    _, _, metric, filter_name = min(headlines)
    tail = f",{filter_name}" if filter_name else ""
    stderr = task_results.get(f"{metric}_stderr{tail}")
    return Headline(
        metric=metric,
        filter=filter_name or "none",
        value=number(task_results[metric + tail], metric),
        stderr=None if stderr == "N/A" else number_or_none(stderr, f"{metric}_stderr"),
    )


def _place(word: str, order: tuple[str, ...]) -> int:
    return order.index(word) if word in order else len(order)


def _samples_of(bundle: Bundle, results: Part, task: str) -> Part | None:
    """Return the samples file that was written with a results file: the same folder and moment."""
    match = RESULTS.search(results.name)
    stamp = (match and match.group("stamp")) or ""
    folder = PurePosixPath(results.name).parent
    wanted = {f"samples_{task}_{stamp}.jsonl", f"samples_{task}.jsonl"}
    for part in bundle.named(".jsonl"):
        name = PurePosixPath(part.name.removesuffix(".gz"))
        if name.parent == folder and name.name in wanted:
            return part
    return None


def _checked(bundle: Bundle, samples: Part, headline: Headline, n: int | None) -> int:
    """Recompute number and mean from the samples; refuse a figure that they do not give."""
    values: list[float] = []
    documents: set[Any] = set()
    for line, content in bundle.lines(samples):
        entry = loads(content)
        if entry.get("filter", headline.filter) != headline.filter:
            continue
        documents.add(entry.get("doc_id", line))
        value = entry.get(headline.metric)
        if isinstance(value, int | float):
            values.append(number(value, headline.metric))
    if n is not None and len(documents) != n:
        raise InvalidCell(f"{samples.name} has {len(documents)} samples; the results say {n}")
    if len(values) == len(documents) and values:
        mean = math.fsum(values) / len(values)
        if abs(mean - headline.value) > MEAN_TOLERANCE:
            raise InvalidCell(
                f"the mean of {samples.name} is {mean:.6g}; the results say {headline.value:.6g}"
            )
    if not documents:
        raise InvalidCell(f"{samples.name} has no sample of the filter {headline.filter!r}")
    return len(documents)


def _model(results: Results) -> str:
    """Return the model's name; of the arguments, which can hold a key, nothing else is looked at."""
    config = results.get("config") or {}
    arguments = config.get("model_args") or ""
    if isinstance(arguments, str):
        arguments = dict(part.split("=", 1) for part in arguments.split(",") if "=" in part)
    name = (
        results.get("model_name")
        or arguments.get("pretrained")
        or arguments.get("model")
        or config.get("model")
    )
    adapter = arguments.get("peft") or arguments.get("delta")
    return text(f"{name} + {adapter}" if name and adapter else name, "model_name")


def _form(results: Results, task: str) -> str:
    """Return how the task's items were answered, where its config says so."""
    config = results["configs"].get(task) if isinstance(results["configs"], dict) else None
    return FORMS.get(str(config.get("output_type")), "") if isinstance(config, dict) else ""


def _moment(results: Results) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(results["date"]), tz=UTC)
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return None


def _source(results: Results, task: str, headline: Headline, counts: Results) -> str:
    """Return whose run this is: the moment tells it from another run, the rest is a remark."""
    moment = _moment(results)
    stamp = f", {moment:%Y-%m-%d %H:%M:%S} UTC" if moment else ""
    facts = [f"lm-eval {results.get('lm_eval_version') or 'of an unknown version'}", task]
    if (shots := results.get("n-shot", {}).get(task)) is not None:
        facts.append(f"{shots}-shot")
    facts.append(f"{headline.metric}, filter {headline.filter}")
    if task_hash := (results.get("task_hashes") or {}).get(task):
        facts.append(f"task hash {str(task_hash)[:16]}")
    if counts.get("effective") and counts["effective"] != counts.get("original"):
        facts.append(f"{counts['effective']} of {counts.get('original')} items")
    return f"A run of lm-eval elsewhere{stamp} ({', '.join(facts)})"[:1000]
