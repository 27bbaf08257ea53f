"""A run as lm-eval's own files, and as the lm-eval command that gives the same scores."""

from __future__ import annotations

import gzip
import json
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import replace
from tempfile import SpooledTemporaryFile
from typing import Any

from django.core.files import File
from django.core.files.storage import default_storage

from evals.engine.answer_text import THINK_END
from evals.engine.protocols import protocol_named
from evals.engine.requests import GENERATE, LOGLIKELIHOOD_ROLLING, EndpointSpec, TaskSpec
from evals.models import Run, RunState, Sample, SampleRequest, SubmissionState
from evals.operations.catalogue.task_folders import lm_eval_tasks
from evals.operations.refusals import Refused
from evals.operations.runs.specs import planned_endpoint, task_spec
from evals.queries.fresh import sealed_month

MOST_IN_MEMORY = 8 * 2**20


class NotFinished(Refused):
    """Only a finished run can be exported: an unfinished one has no results."""

    code = "run_not_finished"


def reproduce_command(run: Run, *, base_url: str = "") -> str:
    """Return the lm_eval command that reproduces a run; its key is read from the environment.

    A given base URL replaces the endpoint's own, which is not public.
    """
    task, endpoint = task_spec(run), planned_endpoint(run)
    endpoint = replace(endpoint, base_url=base_url) if base_url else endpoint
    chat = protocol_named(endpoint.protocol).chat
    options = [*_model_options(run, endpoint), *_task_options(task, chat=chat)]
    return shlex.join(["lm_eval", "run", *options, "--log_samples", "--output_path", "results"])


def _model_options(run: Run, endpoint: EndpointSpec) -> list[str]:
    protocol = protocol_named(endpoint.protocol)
    arguments = {
        "model": endpoint.api_model,
        "base_url": protocol.url(endpoint.base_url),
        "num_concurrent": str(endpoint.max_concurrency),
        # Likelihoods need a tokenizer: the server's own, if it offers one as vLLM does.
        "tokenizer_backend": "None" if run.task.request_types in ([], [GENERATE]) else "remote",
        "tokenized_requests": "False",
        "seed": str(task_spec(run).options.seed),
        "max_gen_toks": str(task_spec(run).options.max_gen_toks),
    }
    if protocol.chat and (marker := _reasoning_end(run)):
        arguments["think_end_token"] = marker
    joined = ",".join(f"{name}={value}" for name, value in arguments.items())
    return ["--model", protocol.lm_eval_model, "--model_args", joined]


def _reasoning_end(run: Run) -> str:
    """Return the marker that ended most of the reasoning that was removed, if lm-eval's command takes it."""
    readings = (run.results or {}).get("readings", {})
    ends: dict[str, int] = readings.get("reasoning_ends", {})
    usual = max(ends, key=ends.__getitem__) if ends else THINK_END if readings.get("think_removed") else ""
    return "" if "," in usual or "=" in usual else usual


def _task_options(task: TaskSpec, *, chat: bool) -> list[str]:
    options = ["--tasks", task.name]
    if not task.folder.is_relative_to(lm_eval_tasks()):
        options += ["--include_path", str(task.folder)]
    if task.num_fewshot is not None:
        options += ["--num_fewshot", str(task.num_fewshot)]
    if task.options.limit is not None:
        options += ["--limit", str(task.options.limit)]
    if task.options.gen_kwargs:
        options += ["--gen_kwargs", json.dumps(dict(task.options.gen_kwargs))]
    if task.options.system_instruction is not None:
        options += ["--system_instruction", task.options.system_instruction]
    if chat:
        multiturn = task.options.fewshot_as_multiturn is not False
        options += ["--apply_chat_template", "--fewshot_as_multiturn", str(multiturn).lower()]
    return options


def export_run(*, run_id: int) -> list[str]:
    """Write a finished run's results and samples files, compressed, to the storage; return their names.

    The samples of a month of lagline-fresh that has not ended stay here.
    """
    run = Run.objects.select_related("task", "endpoint", "submission").get(pk=run_id)
    if run.state != RunState.FINISHED or run.finished_at is None:
        raise NotFinished(f"Run {run_id} is {run.state}; only a finished run has files.")
    files = run_files(run)
    return [_write(f"runs/{name}.gz", lines) for name, lines in files.items()]


def run_files(run: Run, *, base_url: str = "") -> dict[str, Iterable[str]]:
    """Return the files of a finished run by their names, each as pieces of its text; no sealed sample."""
    assert run.finished_at is not None
    stamp = run.finished_at.replace(tzinfo=None).isoformat().replace(":", "-")
    folder = str(run.submission.public_id)
    files: dict[str, Iterable[str]] = {
        f"{folder}/results_{run.task.name}_{stamp}.json": [
            json.dumps(results_file(run, base_url=base_url), indent=2)
        ]
    }
    if not sealed_month(run.task):
        files[f"{folder}/samples_{run.task.name}_{stamp}.jsonl"] = samples_lines(run)
    return files


def finished_runs() -> Iterator[Run]:
    """Give the runs of finished submissions, in their order."""
    rows = Run.objects.filter(state=RunState.FINISHED, submission__state=SubmissionState.FINISHED)
    yield from rows.select_related("task", "endpoint", "submission").order_by("pk").iterator(chunk_size=50)


def results_file(run: Run, *, base_url: str = "") -> dict[str, Any]:
    """Return the content of lm-eval's results file, without secrets."""
    return {
        **(run.results or {}),
        "config": {
            "model": protocol_named(run.endpoint.protocol).lm_eval_model,
            "model_args": run.endpoint.api_model,
        },
        "model_name": run.endpoint.api_model,
        "lm_eval_version": run.lm_eval_version,
        "task_hashes": {run.task.name: run.task_hash},
        "command": reproduce_command(run, base_url=base_url),
    }


def samples_lines(run: Run) -> Iterator[str]:
    """Give the lines of lm-eval's samples file: one for each sample and filter."""
    rows = (
        Sample.objects.filter(run=run)
        .order_by("doc_id")
        .prefetch_related("samplerequest_set__request__response")
    )
    filters = sorted({name.rpartition(",")[2] for name in (rows[0].metrics or {})}) if rows else []
    for sample in rows.iterator(chunk_size=200):
        for filter_name in filters:
            yield json.dumps(_line(run, sample, filter_name), ensure_ascii=False) + "\n"


def _line(run: Run, sample: Sample, filter_name: str) -> dict[str, Any]:
    """Return one line as lm-eval writes it: a chat's prompt in a list, answers as text."""
    chat = protocol_named(run.endpoint.protocol).chat
    parts = sorted(sample.samplerequest_set.all(), key=lambda part: (part.idx, part.repeat))
    given = sample.metrics or {}
    order = (run.results or {}).get("metrics", list(given))
    split = {name: name.rpartition(",") for name in order if name in given}
    metrics = {name: given[key] for key, (name, _, of) in split.items() if of == filter_name}
    answers = [_as_text(answer) for answer in sample.filtered[filter_name]]
    scored = bool(parts) and bool(parts[0].continuation)
    arguments = {"arg_0": [sample.prompt] if chat else sample.prompt, "arg_1": _generation_kwargs(run)}
    return {
        "doc_id": sample.doc_id,
        "doc": sample.doc,
        "target": sample.target,
        "arguments": _scored_arguments(run, sample, parts) if scored else {"gen_args_0": arguments},
        "resps": [[answer] for answer in answers]
        if scored
        else [[part.request.response.text for part in parts]],
        "filtered_resps": answers,
        "filter": filter_name,
        "metrics": list(metrics),
        "doc_hash": sample.doc_hash,
        "prompt_hash": sample.prompt_hash,
        "target_hash": sample.target_hash,
        **metrics,
    }


def _scored_arguments(run: Run, sample: Sample, parts: list[SampleRequest]) -> dict[str, Any]:
    """Return the arguments of each part of a sample: the context and the continuation."""
    if LOGLIKELIHOOD_ROLLING in run.task.request_types or sample.prompt == parts[0].continuation:
        return {"gen_args_0": {"arg_0": sample.prompt}}
    return {
        f"gen_args_{part.idx}": {"arg_0": _text_before(run, part), "arg_1": part.continuation}
        for part in parts
    }


def _text_before(run: Run, part: SampleRequest) -> str:
    payload = json.loads(part.request.payload)
    before: str = payload["before"] if "before" in payload else payload["prompt"][: -len(part.continuation)]
    return "" if before == run.endpoint.capabilities.get("prefix") else before


def _generation_kwargs(run: Run) -> dict[str, Any]:
    config = (run.results or {}).get("configs", {}).get(run.task.name, {})
    kwargs: dict[str, Any] = config.get("generation_kwargs", {})
    return kwargs


def _as_text(value: Any) -> Any:
    return [_as_text(part) for part in value] if isinstance(value, list) else str(value)


def _write(name: str, lines: Iterable[str]) -> str:
    """Write compressed text to the storage, on disk where it is large; a file of that name is replaced."""
    with SpooledTemporaryFile(MOST_IN_MEMORY) as draft:
        with gzip.GzipFile(fileobj=draft, mode="wb", mtime=0) as file:
            for line in lines:
                file.write(line.encode())
        draft.seek(0)
        if default_storage.exists(name):
            default_storage.delete(name)
        return default_storage.save(name, File(draft, name))
