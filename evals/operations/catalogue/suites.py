"""Synchronise suites, tasks and their benchmarks with the suite files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml
from django.db import DataError, IntegrityError, transaction

from evals.models import AuditAction, Benchmark, Form, Suite, SuiteTask, Task
from evals.operations.audit import record_event
from evals.operations.catalogue.task_folders import LM_EVAL, portable_task_folder, task_folder_path
from evals.operations.refusals import Conflict, Refused
from evals.untrusted.yaml_text import load_yaml, read_text

REQUEST_TYPES = {
    "generate_until": ["generate_until"],
    "multiple_choice": ["loglikelihood"],
    "loglikelihood": ["loglikelihood"],
    "loglikelihood_rolling": ["loglikelihood_rolling"],
}

INVALID = (
    *(AttributeError, KeyError, IndexError, TypeError, ValueError, OverflowError, RecursionError, OSError),
    *(yaml.YAMLError, IntegrityError, DataError),
)
"""What values of a wrong type or out of range raise between the file and the database."""
RUN_SETTINGS = ("fewshot_as_multiturn",)  # settings of a suite's file that apply to all its runs


class BadSuite(Refused):
    """A suite's file lacks a required entry."""

    code = "suite_broken"


class SuiteChanged(Conflict):
    """The content of a suite's version has changed after a submission to it."""

    code = "suite_changed"


class _TaskFileLoader(yaml.SafeLoader):
    """Reads lm-eval's task files without executing the functions that they name."""


_TaskFileLoader.add_multi_constructor("!", lambda loader, suffix, node: f"!{suffix} {node.value}")


@dataclass(frozen=True, slots=True)
class _TaskFile:
    """The settings of a task with includes resolved, and the files that its content hash depends on."""

    settings: Mapping[str, Any]
    files: frozenset[Path]

    @property
    def content_hash(self) -> str:
        digest = sha256()
        for path in sorted(self.files):
            content = path.read_bytes()
            digest.update(f"{path.name} {len(content)}\n".encode() + content)
        return digest.hexdigest()


def sync_suites(*, folder: Path) -> list[Suite]:
    """Synchronise suites, tasks and benchmarks with the suite files of a folder, all or nothing."""
    files = sorted(folder.glob("*.yaml"))
    with transaction.atomic():
        return [_sync_file(path, folder) for path in files]


def _sync_file(path: Path, folder: Path) -> Suite:
    """Bring a suite in line with its file. Raises BadSuite if a value of the file is not valid."""
    content = _read(path)
    try:
        with transaction.atomic():
            return _sync_suite(content, folder, path.name)
    except INVALID as error:
        problem = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        raise BadSuite(f"{path.name} holds a value that is not valid ({problem}).") from None


def _read(path: Path) -> dict[str, Any]:
    try:
        content = load_yaml(read_text(path))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise BadSuite(f"{path.name} is not readable YAML: {error}") from None
    needed = {"slug", "name", "version", "metric", "filter", "mean_benchmark", "tasks", "benchmarks"}
    if not isinstance(content, dict) or not needed <= content.keys():
        missing = sorted(needed - set(content)) if isinstance(content, dict) else sorted(needed)
        raise BadSuite(f"{path.name} lacks {', '.join(missing)}.")
    return content


def _sync_suite(content: Mapping[str, Any], folder: Path, file: str) -> Suite:
    benchmarks = {row["slug"]: _sync_benchmark(row, content) for row in content["benchmarks"]}
    names = {_folder_name(row, content) for row in content["tasks"]}
    folders = {name: _folder(folder, name) for name in names}
    task_files = {name: _task_files(path) for name, path in folders.items()}
    tasks = [_sync_task(row, content, folders, task_files, benchmarks) for row in content["tasks"]]
    _set_forms(tasks, _benchmark(content["mean_benchmark"], benchmarks, file))
    run_settings = {name: content[name] for name in RUN_SETTINGS if name in content}
    suite = Suite.objects.filter(slug=content["slug"], version=str(content["version"])).first()
    if suite is None or _tasks_of(suite) != tasks or suite.run_settings != run_settings:
        suite = _write_suite(suite, content, tasks)
        record_event(action=AuditAction.SUITE_LOAD, object_type="suite", object_id=suite)
    Suite.objects.filter(slug=suite.slug, current=True).exclude(pk=suite.pk).update(current=False)
    suite.name, suite.description = content["name"], content.get("description", "")
    suite.run_settings = run_settings
    suite.benchmark, suite.current = _benchmark(content["mean_benchmark"], benchmarks, file), True
    suite.save()
    return suite


def _set_forms(tasks: list[Task], mean: Benchmark) -> None:
    """Set each benchmark's form to that of its tasks; refuse two forms, whose scores are not comparable."""
    for task in tasks:
        sharing = Task.objects.filter(benchmark=task.benchmark).exclude(pk=task.pk)
        if others := {other.form for other in sharing} - {task.form}:
            raise BadSuite(
                f"Task {task.name!r} is {task.form.value}, its benchmark has a task that is "
                f"{others.pop().value}: each form has a benchmark of its own."
            )
        Benchmark.objects.filter(tasks=task).update(form=task.form)
    forms = {task.form for task in tasks}
    Benchmark.objects.filter(pk=mean.pk).update(form=forms.pop() if len(forms) == 1 else Form.UNTOLD)


def _tasks_of(suite: Suite) -> list[Task]:
    return [place.task for place in SuiteTask.objects.filter(suite=suite).select_related("task")]


def _write_suite(suite: Suite | None, content: Mapping[str, Any], tasks: list[Task]) -> Suite:
    if suite is None:
        suite = Suite.objects.create(slug=content["slug"], version=str(content["version"]), current=False)
    elif suite.submissions.exists():
        raise SuiteChanged(
            f"Suite {suite} has submissions, but its tasks' files are no longer the same. "
            "Give the changed suite a new version."
        )
    SuiteTask.objects.filter(suite=suite).delete()
    SuiteTask.objects.bulk_create(
        SuiteTask(suite=suite, task=task, position=place) for place, task in enumerate(tasks, start=1)
    )
    return suite


def _sync_benchmark(row: Mapping[str, Any], content: Mapping[str, Any]) -> Benchmark:
    facts = {
        "name": row["name"],
        "domain": row.get("domain", ""),
        "language": row.get("language", content.get("language", "")),
        "metric": content["metric"],
        "unit": "fraction",
        "chance": row.get("chance"),
        "ceiling": row.get("ceiling"),
        "items": row.get("n"),
        "visibility": content.get("visibility", "public"),
        "contamination": "low",
        "source": f"Lagline, suite {content['slug']}",
        "source_licence": "Apache-2.0",
    }
    return Benchmark.objects.update_or_create(slug=row["slug"], defaults=facts)[0]


def _benchmark(slug: str, benchmarks: Mapping[str, Benchmark], file: str) -> Benchmark:
    if slug not in benchmarks:
        raise BadSuite(f"{file} names the benchmark {slug!r}; it describes {', '.join(benchmarks)}.")
    return benchmarks[slug]


def _folder_name(row: Mapping[str, Any], content: Mapping[str, Any]) -> str:
    """Return the folder that a task's row names, by default the suite's own."""
    return str(row.get("folder", content.get("folder", content["slug"])))


def _folder(suites: Path, name: str) -> Path:
    """Return the folder of a task's files: lm-eval's own, or one beside the suite's file."""
    folder = task_folder_path(name) if name.startswith(LM_EVAL) else suites / name
    if not folder.is_dir():
        raise BadSuite(f"There is no folder {name!r} of task files.")
    return folder


def _sync_task(
    row: Mapping[str, Any],
    content: Mapping[str, Any],
    folders: Mapping[str, Path],
    task_files: Mapping[str, Mapping[str, _TaskFile]],
    benchmarks: Mapping[str, Benchmark],
) -> Task:
    name, file, folder = row["task"], f"{content['slug']}.yaml", _folder_name(row, content)
    known = task_files[folder]
    if row.get("limit") is not None:
        raise BadSuite(f"{file} limits the task {name!r}; a suite asks every item, so limit must be null.")
    if name not in known:
        raise BadSuite(f"{file} names the task {name!r}; its folder has {', '.join(sorted(known))}.")
    config = known[name].settings
    facts = {
        "version": str((config.get("metadata") or {}).get("version", "0")),
        "folder": folder if folder.startswith(LM_EVAL) else portable_task_folder(folders[folder]),
        "request_types": _request_types(name, config),
        "metric": row.get("metric", content["metric"]),
        "filter": row.get("filter", content["filter"]),
        "benchmark": _benchmark(row["benchmark"], benchmarks, file),
    }
    return Task.objects.update_or_create(
        name=name,
        num_fewshot=row.get("num_fewshot", 0),
        content_hash=known[name].content_hash,
        defaults=facts,
    )[0]


def _request_types(name: str, config: Mapping[str, Any]) -> list[str]:
    kind = str(config.get("output_type", "generate_until"))
    if kind not in REQUEST_TYPES:
        raise BadSuite(f"Task {name!r} has the output type {kind!r}; known: {', '.join(REQUEST_TYPES)}.")
    return REQUEST_TYPES[kind]


def _task_files(folder: Path) -> dict[str, _TaskFile]:
    """Return the tasks of a folder by name; their content depends on included files and all programs."""
    programs = frozenset(folder.glob("*.py"))
    tasks = {}
    for path in sorted(folder.glob("*.yaml")):
        settings, chain = _with_includes(path)
        texts = "\n".join(map(read_text, chain))
        named = {other for other in folder.iterdir() if other.is_file() and other.name in texts}
        if isinstance(settings.get("task"), str):  # a group has a list
            tasks[settings["task"]] = _TaskFile(settings, programs | named | chain)
    return tasks


def _with_includes(path: Path) -> tuple[dict[str, Any], frozenset[Path]]:
    if not path.is_file():
        raise BadSuite(f"A task includes {path.name}, which is not in its folder.")
    try:
        settings = load_yaml(read_text(path), loader=_TaskFileLoader)
    except (yaml.YAMLError, ValueError) as error:
        raise BadSuite(f"{path.name} is not readable YAML: {error}") from None
    if not isinstance(settings, dict):
        raise BadSuite(f"{path.name} holds no settings.")
    include = settings.pop("include", None)
    if include is None:
        return settings, frozenset({path})
    base, chain = _with_includes(path.parent / str(include))
    return base | settings, chain | {path}
