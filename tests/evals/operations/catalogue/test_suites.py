"""A folder of suite files becomes suites and tasks that are told by their content."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings

from evals.models import Benchmark, Suite, Task
from evals.operations.catalogue.suites import BadSuite, SuiteChanged, sync_suites
from evals.operations.catalogue.task_folders import task_folder_path
from evals.operations.runs.lm_eval_files import reproduce_command
from evals.operations.runs.specs import task_spec
from tests.support.record import make_submission

pytestmark = pytest.mark.django_db

SUITE = """
slug: tiny
name: Tiny
version: "1.0"
metric: exact_match
filter: extract
language: en
mean_benchmark: tiny
tasks:
  - {task: tiny_sums, benchmark: tiny-sums, num_fewshot: 2, limit: null}
  - {task: tiny_choice, benchmark: tiny-choice, num_fewshot: 0, limit: null}
benchmarks:
  - {slug: tiny, name: Tiny, domain: general, n: 4, chance: 0.0, ceiling: 1.0}
  - {slug: tiny-sums, name: Sums, domain: mathematics, n: 2, chance: 0.0, ceiling: 1.0}
  - {slug: tiny-choice, name: Choice, domain: general, n: 2, chance: 0.25, ceiling: 1.0}
"""
TASKS = {
    "_shared_yaml": "metadata: {version: 1.5}\ncustom_dataset: !function items.load\n",
    "sums.yaml": "include: _shared_yaml\ntask: tiny_sums\noutput_type: generate_until\nfile: sums.jsonl\n",
    "choice.yaml": "include: _shared_yaml\ntask: tiny_choice\noutput_type: multiple_choice\n"
    "file: choice.jsonl\n",
    "sums.jsonl": '{"q": "1 + 1"}\n',
    "choice.jsonl": '{"q": "A or B"}\n',
    "items.py": "def load(): ...\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tiny.yaml").write_text(SUITE)
    (tmp_path / "tiny").mkdir()
    for name, content in TASKS.items():
        (tmp_path / "tiny" / name).write_text(content)
    return tmp_path


def hashes() -> dict[str, str]:
    tasks = Suite.objects.get(current=True).tasks.all()
    return {task.name: task.content_hash for task in tasks}


def test_a_suite_file_becomes_a_suite_with_its_tasks_in_order_and_its_benchmarks(folder: Path) -> None:
    (suite,) = sync_suites(folder=folder)
    assert (str(suite), suite.current, suite.benchmark and suite.benchmark.items) == ("tiny 1.0", True, 4)
    sums, choice = suite.tasks.order_by("suitetask__position")
    assert (sums.name, sums.version, sums.num_fewshot) == ("tiny_sums", "1.5", 2)
    assert (sums.request_types, choice.request_types) == (["generate_until"], ["loglikelihood"])
    assert (sums.metric, sums.filter) == ("exact_match", "extract")
    assert choice.benchmark == Benchmark.objects.get(slug="tiny-choice", chance=0.25)
    assert Path(sums.folder) == folder / "tiny"


def test_syncing_twice_changes_nothing(folder: Path) -> None:
    sync_suites(folder=folder)
    before = list(Task.objects.values()), list(Suite.objects.values())
    sync_suites(folder=folder)
    assert (list(Task.objects.values()), list(Suite.objects.values())) == before


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("sums.jsonl", {"tiny_sums"}),
        ("sums.yaml", {"tiny_sums"}),
        ("_shared_yaml", {"tiny_sums", "tiny_choice"}),
        ("items.py", {"tiny_sums", "tiny_choice"}),
    ],
)
def test_a_task_changes_with_the_files_that_decide_what_it_asks(
    folder: Path, name: str, changed: set[str]
) -> None:
    sync_suites(folder=folder)
    before = hashes()
    with (folder / "tiny" / name).open("a") as file:
        file.write("\n# another word\n")
    sync_suites(folder=folder)
    after = hashes()
    assert {task for task in after if after[task] != before[task]} == changed


def test_a_version_that_was_submitted_to_keeps_its_content(folder: Path) -> None:
    sync_suites(folder=folder)
    Task.objects.update(request_types=["generate_until"])
    make_submission(suite="tiny")
    (folder / "tiny" / "sums.jsonl").write_text('{"q": "2 + 2"}\n')
    with pytest.raises(
        SuiteChanged, match=r"Suite tiny 1.0 has submissions.*Give the changed suite a new version"
    ):
        sync_suites(folder=folder)
    (folder / "tiny.yaml").write_text(SUITE.replace('"1.0"', '"1.1"'))
    sync_suites(folder=folder)
    assert {str(suite): suite.current for suite in Suite.objects.all()} == {
        "tiny 1.0": False,
        "tiny 1.1": True,
    }


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            "task: tiny_sums",
            "task: tiny_sum",
            "names the task 'tiny_sum'; its folder has tiny_choice, tiny_sums.",
        ),
        (
            "benchmark: tiny-sums",
            "benchmark: sums",
            "names the benchmark 'sums'; it describes tiny, tiny-sums, ",
        ),
        ("mean_benchmark: tiny", "mean_benchmark: t", "names the benchmark 't'"),
        ("metric: exact_match", "", "tiny.yaml lacks metric."),
        ("limit: null", "limit: 10", "a suite asks every item, so limit must be null"),
        ("slug: tiny\nname", "slug: [\nname", "tiny.yaml is not readable YAML"),
    ],
)
def test_a_broken_suite_file_is_refused_and_nothing_is_written(
    folder: Path, old: str, new: str, sentence: str
) -> None:
    (folder / "tiny.yaml").write_text(SUITE.replace(old, new, 1))
    with pytest.raises(BadSuite) as refused:
        sync_suites(folder=folder)
    assert sentence in refused.value.message
    assert not Suite.objects.exists()
    assert not Benchmark.objects.exists()


def test_a_task_with_an_unknown_output_type_is_refused(folder: Path) -> None:
    path = folder / "tiny" / "sums.yaml"
    path.write_text(path.read_text().replace("generate_until", "telepathy"))
    with pytest.raises(BadSuite, match="output type 'telepathy'; known: generate_until, multiple_choice"):
        sync_suites(folder=folder)


def test_a_suite_may_hold_a_task_that_lm_eval_ships_with_a_metric_of_its_own(folder: Path) -> None:
    row = (
        "  - {task: gsm8k, folder: lm_eval/gsm8k, metric: exact_match, filter: strict-match, num_fewshot: 5,"
    )
    text = SUITE.replace("benchmarks:", f"{row} benchmark: tiny-gsm8k, limit: null}}\nbenchmarks:")
    text += "  - {slug: tiny-gsm8k, name: GSM8K, domain: mathematics, n: 1319, chance: 0.0, ceiling: 1.0}\n"
    (folder / "tiny.yaml").write_text(text)
    (suite,) = sync_suites(folder=folder)
    task = suite.tasks.get(name="gsm8k")
    assert (task.folder, task.version, task.filter) == ("lm_eval/gsm8k", "3.0", "strict-match")
    assert (task_folder_path(task.folder) / "gsm8k.yaml").is_file()
    Task.objects.update(request_types=["generate_until"])
    run = make_submission(suite="tiny").runs.get(task=task)
    assert "--include_path" not in reproduce_command(run), "lm-eval knows its own tasks"


def test_two_forms_on_one_benchmark_are_refused(folder: Path) -> None:
    (folder / "tiny.yaml").write_text(SUITE.replace("benchmark: tiny-choice", "benchmark: tiny-sums"))
    with pytest.raises(BadSuite, match="each form has a benchmark of its own"):
        sync_suites(folder=folder)


def test_each_benchmark_tells_the_form_of_its_tasks_and_a_mean_only_where_there_is_one(folder: Path) -> None:
    sync_suites(folder=folder)
    forms = dict(Benchmark.objects.values_list("slug", "form"))
    assert forms == {"tiny": "", "tiny-sums": "generative", "tiny-choice": "likelihood"}


def test_the_suites_of_both_forms_are_ours(folder: Path) -> None:
    sync_suites(folder=settings.BASE_DIR / "evals" / "suites")
    core, choice = (Suite.objects.get(slug=slug) for slug in ("lagline-core", "lagline-core-choice"))
    assert (core.tasks.count(), choice.tasks.count()) == (7, 4)
    assert {task.form.value for task in core.tasks.all()} == {"generative"}
    assert {task.form.value for task in choice.tasks.all()} == {"likelihood"}
    assert {task.folder for task in core.tasks.all()} == {"lagline-core", "lm_eval/aime", "lm_eval/ifeval"}


def test_a_folder_that_is_not_there_is_named(folder: Path) -> None:
    (folder / "tiny.yaml").write_text(
        SUITE.replace("task: tiny_sums,", "task: tiny_sums, folder: lm_eval/nosuch,")
    )
    with pytest.raises(BadSuite, match="There is no folder 'lm_eval/nosuch' of task files"):
        sync_suites(folder=folder)


def test_our_own_suite_is_kept_by_its_name_and_found_by_its_runs() -> None:
    sync_suites(folder=settings.BASE_DIR / "evals" / "suites")
    tasks = list(Suite.objects.get(slug="lagline-mini").tasks.all())
    assert {task.folder for task in tasks} == {"lagline-mini"}
    assert len({task.content_hash for task in tasks}) == len(tasks) == 5
    for run in make_submission(suite="lagline-mini").runs.select_related("task"):
        assert list(task_spec(run).folder.glob("*.yaml")), "the engine looks for it where it is"
