"""Read lm-eval's output: results_*.json, recomputed from its samples_*.jsonl where those are beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

from evals.imports.bundle import Bundle, Part
from evals.imports.entries import rows_of, rows_of_parts
from evals.imports.lm_eval_samples import Recomputation, recompute
from evals.imports.metrics import other_kind
from evals.imports.rows import (
    LONGEST_SOURCE,
    EmptyRow,
    InvalidCell,
    Row,
    Rows,
    SkippedRow,
    Unreadable,
    count_or_none,
    mapping,
    number,
    number_or_none,
    text,
)

RESULTS = re.compile(r"results(_(?P<stamp>[^/]+))?\.json(\.gz)?$")
METRICS = ("exact_match", "acc", "pass@1", "prompt_level_strict_acc", "acc_norm", "mc2", "f1", "mean")
"""The metrics that can be a task's headline, in the order in which they are looked for."""
FILTERS = ("none", "strict-match", "get-answer", "custom-extract")
MEANS = frozenset({"exact_match", "acc", "pass@1", "prompt_level_strict_acc", "acc_norm", "mc2"})
"""The metrics that are means over the samples where the file does not state it."""
MEAN_TOLERANCE = 1e-6
FORMS = {  # by lm-eval's output type; others, and files without configs, state none
    "generate_until": "generative",
    "loglikelihood": "likelihood",
    "loglikelihood_rolling": "likelihood",
    "multiple_choice": "likelihood",
}
Results = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Headline:
    """The headline figure of a task."""

    metric: str
    filter: str
    value: float
    stderr: float | None


@dataclass(frozen=True, slots=True)
class Counts:
    """The number of items that a task used, and of those that it has; None is unknown."""

    effective: int | None
    original: int | None


def matches(bundle: Bundle) -> bool:
    """Return whether there is a results file of lm-eval."""
    contents = bundle.readable_json(".json")
    alone = len(bundle.parts) == 1
    return any(_is_results(content) for part, content in contents if alone or RESULTS.search(part.name))


def read(bundle: Bundle) -> Rows:
    """Yield one figure per task and results file."""
    return rows_of_parts(bundle.named(".json"), lambda part: _tasks(bundle, part))


def _tasks(bundle: Bundle, part: Part) -> Rows:
    content = bundle.json(part)
    if not _is_results(content):
        return
    tasks = (
        (line, (task, figures)) for line, (task, figures) in enumerate(content["results"].items(), start=1)
    )
    yield from rows_of(tasks, lambda line, entry: _named_rows(bundle, part, content, line, *entry))


def _is_results(content: Any) -> bool:
    return isinstance(content, dict) and isinstance(content.get("results"), dict) and "configs" in content


def _named_rows(
    bundle: Bundle, part: Part, results: Results, line: int, task: str, figures: Any
) -> Iterator[Row | EmptyRow | SkippedRow]:
    """Yield a task's row. Raises InvalidCell with the name of the task."""
    try:
        yield from _rows(bundle, part, results, line, task, mapping(figures))
    except (InvalidCell, Unreadable) as error:
        raise InvalidCell(f"{task}: {error}") from None


def _rows(
    bundle: Bundle, part: Part, results: Results, line: int, task: str, figures: Results
) -> Iterator[Row | EmptyRow | SkippedRow]:
    keys = _metric_keys(figures)
    if not keys:
        yield EmptyRow(line, f"{task} has no number of its own")
        return
    scores = [key for key in keys if not other_kind(key[0])]
    if not scores:
        yield SkippedRow(line, f"{task}: {keys[0][0]} is {other_kind(keys[0][0])}, not a score")
        return
    headline = _headline(figures, scores)
    counts, moment = _counts(results, task, figures), _moment(results)
    samples = _samples_of(bundle, part, task)
    computed = (
        recompute(bundle, samples, headline.metric, headline.filter, _filters(results, task, figures))
        if samples
        else None
    )
    higher = mapping(mapping(results.get("higher_is_better")).get(task)).get(headline.metric)
    yield Row(
        line=line,
        model=_model(results),
        benchmark=text(task, "the task"),
        value=headline.value,
        stderr=headline.stderr,
        n=counts.effective or (computed.n if computed else None),
        items=counts.original,
        limited=mapping(results.get("config")).get("limit") is not None,
        provenance="imported"
        if computed and _agrees(computed, headline, counts, results, task)
        else "reported",
        form=_form(results, task),
        lower_is_better=not higher if isinstance(higher, bool) else None,
        observed_on=moment.date() if moment else None,
        source=_source(results, task, headline, counts),
    )


def _metric_keys(figures: Results) -> list[tuple[str, str]]:
    """Return the metric and filter of every figure of a task, the headline's candidates first."""
    keys = []
    for key, value in figures.items():
        metric, comma, filter_name = key.partition(",")
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not metric.endswith("_stderr") and (comma or (metric in METRICS and is_number)):
            keys.append((metric, filter_name))
    return sorted(keys, key=lambda key: (_place(key[0], METRICS), _place(key[1] or "none", FILTERS), *key))


def _headline(figures: Results, keys: list[tuple[str, str]]) -> Headline:
    """Return the first figure of a task, whatever its value. Raises InvalidCell."""
    metric, filter_name = keys[0]
    tail = f",{filter_name}" if filter_name else ""
    stderr = figures.get(f"{metric}_stderr{tail}")
    return Headline(
        metric=metric,
        filter=filter_name or "none",
        value=number(figures[metric + tail], metric),
        stderr=None if stderr == "N/A" else number_or_none(stderr, f"{metric}_stderr"),
    )


def _place(word: str, order: tuple[str, ...]) -> int:
    return order.index(word) if word in order else len(order)


def _filters(results: Results, task: str, figures: Results) -> list[str]:
    """Return a task's filters in the order in which they were applied."""
    listed = _config(results, task).get("filter_list")
    names = [str(mapping(entry).get("name")) for entry in listed] if isinstance(listed, list) else []
    keys = (key.partition(",") for key in figures if "," in key)
    return names or list(dict.fromkeys(filter_name for _, _, filter_name in keys))


def _counts(results: Results, task: str, figures: Results) -> Counts:
    """Return a task's numbers of items; a group's are the sums over its tasks. Raises InvalidCell."""
    stated = _stated_counts(results, task, frozenset())
    if stated:
        return Counts(sum(used for used, _ in stated), sum(whole for _, whole in stated))
    used = count_or_none(mapping(mapping(results.get("n-samples")).get(task)).get("effective"), "n-samples")
    return Counts(used or count_or_none(figures.get("sample_len"), "sample_len"), None)


def _stated_counts(results: Results, task: str, above: frozenset[str]) -> list[tuple[int, int]]:
    """Return the used and the existing items of every task of a group; none if one of them is unknown."""
    counts = mapping(mapping(results.get("n-samples")).get(task))
    used = count_or_none(counts.get("effective"), "n-samples.effective")
    whole = count_or_none(counts.get("original"), "n-samples.original")
    if used and whole:
        return [(used, whole)]
    members = mapping(results.get("group_subtasks")).get(task)
    if not isinstance(members, list) or task in above:
        return []
    parts = [_stated_counts(results, str(member), above | {task}) for member in members]
    return [pair for part in parts for pair in part] if all(parts) else []


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


def _agrees(computed: Recomputation, headline: Headline, counts: Counts, results: Results, task: str) -> bool:
    """Return whether the samples give the headline. Raises InvalidCell if they give another figure.

    A metric that is no mean of the samples' figures cannot be recomputed.
    """
    if counts.effective is not None and computed.n != counts.effective:
        raise InvalidCell(f"{computed.file} has {computed.n} samples; the results say {counts.effective}")
    if computed.mean is None:
        return False
    if abs(computed.mean - headline.value) <= MEAN_TOLERANCE:
        return True
    aggregation = _aggregation(results, task, headline.metric)
    if aggregation == "mean" or (not aggregation and headline.metric in MEANS):
        raise InvalidCell(
            f"the mean of {computed.file} is {computed.mean:.6g}; the results say {headline.value:.6g}"
        )
    return False


def _aggregation(results: Results, task: str, metric: str) -> str:
    listed = _config(results, task).get("metric_list")
    entries = [mapping(entry) for entry in listed] if isinstance(listed, list) else []
    return next(
        (str(entry.get("aggregation") or "") for entry in entries if entry.get("metric") == metric), ""
    )


def _config(results: Results, task: str) -> Results:
    return mapping(mapping(results.get("configs")).get(task))


def _model(results: Results) -> str:
    """Return the model's name; no other argument is read, because they can hold a key."""
    config = mapping(results.get("config"))
    arguments = config.get("model_args") or ""
    if isinstance(arguments, str):
        arguments = dict(part.split("=", 1) for part in arguments.split(",") if "=" in part)
    arguments = mapping(arguments)
    name = (
        results.get("model_name")
        or arguments.get("pretrained")
        or arguments.get("model")
        or config.get("model")
    )
    adapter = arguments.get("peft") or arguments.get("delta")
    return text(f"{name} + {adapter}" if name and adapter else name, "model_name")


def _form(results: Results, task: str) -> str:
    """Return how the task's items were answered, empty if its config does not state it."""
    return FORMS.get(str(_config(results, task).get("output_type")), "")


def _moment(results: Results) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(results["date"]), tz=UTC)
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return None


def _source(results: Results, task: str, headline: Headline, counts: Counts) -> str:
    """Return the source: the time identifies the run, the rest is a remark."""
    moment = _moment(results)
    stamp = f", {moment:%Y-%m-%d %H:%M:%S} UTC" if moment else ""
    facts = [f"lm-eval {results.get('lm_eval_version') or 'of an unknown version'}", task]
    if (shots := mapping(results.get("n-shot")).get(task)) is not None:
        facts.append(f"{shots}-shot")
    facts.append(f"{headline.metric}, filter {headline.filter}")
    if task_hash := mapping(results.get("task_hashes")).get(task):
        facts.append(f"task hash {str(task_hash)[:16]}")
    if counts.effective and counts.original and counts.effective != counts.original:
        facts.append(f"{counts.effective} of {counts.original} items")
    return f"A run of lm-eval elsewhere{stamp} ({', '.join(facts)})"[:LONGEST_SOURCE]
