"""Files as people have them, and what an import makes of each: the shapes come from public reports."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from evals.models import Alias, Score
from evals.operations.imports.aliases import confirm_alias
from evals.operations.imports.proposals import ImportFile, ImportRefused, apply_import, dry_run
from evals.queries.evidence import scores_behind
from evals.queries.lag import recorded_scores
from tests.evals.imports.samples import (
    MOMENT,
    every_eval,
    every_eval_result,
    lm_eval_results,
    lm_eval_samples,
    zipped,
)
from tests.support.record import NOW, make_benchmark, make_model

pytestmark = pytest.mark.django_db

RESULTS, SAMPLES = f"results_{MOMENT}.json", f"samples_{{}}_{MOMENT}.jsonl"
Report = dict[str, Any]
Run = Callable[..., Report]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Import files, written to a folder if there are several, and return the whole report."""
    make_model("deepseek-r1")
    make_model("gpt-4o", developer="openai", country="US")
    for slug in ("gsm8k", "ifeval", "mmlu-pro", "arc-agi-2", "gso", "aider-polyglot"):
        make_benchmark(slug, chance=0.0, ceiling=1.0)

    def of(files: dict[str, Any], **options: Any) -> Report:
        folder = tmp_path / f"import-{len(list(tmp_path.iterdir()))}"
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            raw = content if isinstance(content, str | bytes) else json.dumps(content)
            path.write_bytes(raw if isinstance(raw, bytes) else raw.encode())
        path = folder if len(files) > 1 else folder / next(iter(files))
        report: Report = apply_import(given=ImportFile(path, whole=True, **options), now=NOW).report
        return report

    return of


def counts(report: Report) -> dict[str, int]:
    return {name: number for name, number in report["counts"].items() if number}


def figures() -> dict[str, tuple[float, str]]:
    return {
        row.benchmark.slug: (row.value, row.provenance) for row in Score.objects.select_related("benchmark")
    }


def test_a_figure_that_is_nan_is_rejected_with_its_task_and_the_other_tasks_go_in(run: Run) -> None:
    results = json.dumps(lm_eval_results()).replace(
        '"prompt_level_strict_acc_stderr,none": 0.25', '"prompt_level_strict_acc_stderr,none": NaN'
    )
    report = run({RESULTS: results})
    assert report["rejected"] == [
        {"line": 2, "reason": "ifeval: prompt_level_strict_acc_stderr is nan; it must be a finite number"}
    ]
    assert figures() == {"gsm8k": (0.75, "reported")}


GSM8K = {"exact_match,strict-match": 0.25, "exact_match,flexible-extract": 1.0}


@pytest.mark.parametrize(
    ("claimed", "reason"),
    [(0.25, ""), (0.95, f"gsm8k: the mean of {SAMPLES.format('gsm8k')} is 0.25; the results say 0.95")],
)
@pytest.mark.parametrize(
    "config", [{}, {"filter_list": [{"name": "strict-match"}, {"name": "flexible-extract"}]}]
)
def test_samples_without_filter_names_are_matched_by_their_order(
    run: Run, claimed: float, reason: str, config: dict[str, Any]
) -> None:
    results = lm_eval_results(
        results={"gsm8k": GSM8K | {"exact_match,strict-match": claimed}}, configs={"gsm8k": config}
    )
    samples = "".join(lm_eval_samples("exact_match", marks, None) for marks in ([1, 0, 0, 0], [1, 1, 1, 1]))
    report = run({RESULTS: results, SAMPLES.format("gsm8k"): samples})
    assert [row["reason"] for row in report["rejected"]] == ([reason] if reason else [])
    assert figures() == ({} if reason else {"gsm8k": (0.25, "imported")})


def test_the_order_of_a_tasks_filters_is_that_of_its_config(run: Run) -> None:
    config = {"filter_list": [{"name": "flexible-extract"}, {"name": "strict-match"}]}
    results = lm_eval_results(results={"gsm8k": GSM8K}, configs={"gsm8k": config})
    samples = "".join(lm_eval_samples("exact_match", marks, None) for marks in ([1, 1, 1, 1], [1, 0, 0, 0]))
    run({RESULTS: results, SAMPLES.format("gsm8k"): samples})
    assert figures() == {"gsm8k": (0.25, "imported")}


def test_samples_that_cannot_be_matched_with_the_filters_leave_the_figure_reported(run: Run) -> None:
    results = lm_eval_results(results={"gsm8k": GSM8K})
    samples = lm_eval_samples("exact_match", [1, 0, 0, 0], None)
    run({RESULTS: results, SAMPLES.format("gsm8k"): samples})
    assert figures() == {"gsm8k": (0.25, "reported")}


@pytest.mark.parametrize(
    ("metric", "marks", "value", "config", "provenance"),
    [
        ("prompt_level_strict_acc", [True, True, False, False], 0.5, {}, "imported"),
        ("f1", [[0, 1]] * 4, 0.93, {}, "reported"),
        ("f1", [1, 1, 0, 0], 0.66, {}, "reported"),  # not their mean, and F1 is none
        ("acc", [1, 1, 0, None], 0.5, {}, "reported"),
        ("acc", [1, 1, 0, 0], 0.6, {"metric_list": [{"metric": "acc", "aggregation": "bleu"}]}, "reported"),
        ("mcc", [1, 1, 0, 0], 0.5, {}, "imported"),
        ("mcc", [1, 1, 0, 0], 0.6, {"metric_list": [{"metric": "mcc", "aggregation": "mean"}]}, ""),
        ("acc", [1, 1, 0, 0], 0.6, {}, ""),
    ],
)
def test_only_what_the_samples_give_is_imported(
    run: Run, metric: str, marks: list[Any], value: float, config: dict[str, Any], provenance: str
) -> None:
    results = lm_eval_results(results={"ifeval": {f"{metric},none": value}}, configs={"ifeval": config})
    report = run({RESULTS: results, SAMPLES.format("ifeval"): lm_eval_samples(metric, marks)})
    assert figures() == ({"ifeval": (value, provenance)} if provenance else {})
    assert len(report["rejected"]) == (not provenance)


def test_samples_that_are_not_utf8_reject_their_task_with_their_line(run: Run) -> None:
    sound = lm_eval_samples("exact_match", [1, 1, 1, 0], "strict-match").encode()
    report = run(
        {
            RESULTS: lm_eval_results(),
            SAMPLES.format("gsm8k"): sound.replace(b'"doc_id": 1', b'"doc": "Jos\xe9", "doc_id": 1'),
            SAMPLES.format("ifeval"): lm_eval_samples("prompt_level_strict_acc", [True, False, True, False]),
        }
    )
    assert [row["reason"] for row in report["rejected"]] == [
        f"gsm8k: {SAMPLES.format('gsm8k')}:2 is not UTF-8 text"
    ]
    assert figures() == {"ifeval": (0.5, "imported")}


LIMITED = {"gsm8k": {"original": 1319, "effective": 10}}


def test_a_limited_run_is_held_back_and_goes_in_as_partial_only_with_the_option(run: Run) -> None:
    files = {
        RESULTS: lm_eval_results(
            results={"gsm8k": {"exact_match,strict-match": 1.0}}, **{"n-samples": LIMITED}
        ),
        SAMPLES.format("gsm8k"): lm_eval_samples("exact_match", [1] * 10, "strict-match"),
    }
    report = run(files)
    assert counts(report) == {"rows": 1, "partial": 1}
    held_back = {"line": 1, "model": "deepseek-r1", "benchmark": "gsm8k", "value": 1.0, "n": 10, "of": 1319}
    assert report["partial"] == [held_back]
    assert figures() == {}
    with pytest.raises(ImportRefused, match="1 figures are over fewer items"):
        run(files, strict=True)
    assert counts(run(files, partial=True)) == {"rows": 1, "new": 1}
    score = Score.objects.get()
    assert (score.provenance, score.n, score.partial_of) == ("imported", 10, 1319)
    assert recorded_scores() == [], "a part of a benchmark is not compared with whole ones"
    assert scores_behind(benchmarks=["gsm8k"]) == []


def test_a_partial_score_never_replaces_one_over_more_items_and_a_whole_one_replaces_it(run: Run) -> None:
    make_benchmark("whole", chance=0.0, ceiling=1.0, items=100)
    table = "model,benchmark,value,n,reported_by,source\ndeepseek-r1,whole,{},{},independent,a board\n"

    def imported(value: float, n: int) -> tuple[float, int | None]:
        run({"ours.csv": table.format(value, n)}, partial=True)
        score = Score.objects.get()
        return score.value, score.partial_of

    assert imported(0.5, 10) == (0.5, 100)
    assert imported(0.6, 100) == (0.6, None)
    assert imported(0.9, 20) == (0.6, None)


def test_a_group_of_tasks_is_as_partial_as_its_tasks(run: Run) -> None:
    make_benchmark("mmlu", chance=0.25, ceiling=1.0)
    results = lm_eval_results(
        results={"mmlu": {"acc,none": 0.5}},
        group_subtasks={"mmlu": ["mmlu_stem"], "mmlu_stem": ["a", "b"]},
        **{"n-samples": {"a": {"original": 100, "effective": 10}, "b": {"original": 50, "effective": 10}}},
    )
    (held_back,) = run({RESULTS: results})["partial"]
    assert (held_back["n"], held_back["of"]) == (20, 150)


def test_the_number_of_items_that_a_file_states_counts_before_the_records(run: Run) -> None:
    make_benchmark("small", chance=0.0, ceiling=1.0, items=541)
    counted = {"n-samples": {"small": {"original": 4, "effective": 4}}}
    results = lm_eval_results(results={"small": {"acc,none": 0.5}}, **counted)
    assert counts(run({RESULTS: results})) == {"rows": 1, "new": 1}
    assert Score.objects.get().partial_of is None


def test_a_group_that_contains_itself_has_no_known_number_of_items(run: Run) -> None:
    results = lm_eval_results(
        results={"gsm8k": {"acc,none": 0.5}}, group_subtasks={"gsm8k": ["a"], "a": ["gsm8k"]}
    )
    del results["n-samples"]
    assert counts(run({RESULTS: results})) == {"rows": 1, "new": 1}
    assert Score.objects.get().n is None


@pytest.mark.parametrize(("items", "count"), [(500, "partial"), (4, "new"), (None, "rejected")])
def test_a_limited_run_that_states_no_totals_is_held_against_the_record(
    run: Run, items: int | None, count: str
) -> None:
    make_benchmark("old", chance=0.0, ceiling=1.0, items=items)
    results = lm_eval_results(
        results={"old": {"acc,none": 0.5, "sample_len": 4}}, config={"model": "x", "limit": 4}
    )
    del results["n-samples"]
    assert counts(run({RESULTS: results})) == {"rows": 1, count: 1}


def test_a_metric_that_is_no_score_is_left_out_with_the_reason(run: Run) -> None:
    results = lm_eval_results(
        results={"gsm8k": {"word_perplexity,none": 12.5}, "ifeval": {"acc,none": 0.2}},
        higher_is_better={"ifeval": {"acc": False}},
    )
    report = run({RESULTS: results})
    assert [row["reason"] for row in report["skipped"]] == [
        "gsm8k: word_perplexity is an error, not a score",
        "ifeval, the metric is not the score: an error rate, lower is better",
    ]
    assert figures() == {}


def test_one_bad_result_of_a_record_leaves_the_others(run: Run) -> None:
    bad = [
        every_eval_result(name, score)
        for name, score in (("gsm8k", 0.9), ("ifeval", None), ("mmlu-pro", 0.8))
    ]
    report = run({"record.json": every_eval(*bad)})
    assert [row["reason"] for row in report["rejected"]] == [
        "ifeval: score_details.score is None; it must be a finite number"
    ]
    assert figures() == {"gsm8k": (0.9, "reported"), "mmlu-pro": (0.8, "reported")}


@pytest.mark.parametrize(
    ("metric", "reason"),
    [
        (
            {"metric_kind": "cost", "metric_unit": "usd", "metric_name": "Cost per task"},
            "Cost per task is a cost",
        ),
        ({"metric_name": "Latency", "metric_unit": "ms"}, "Latency is a duration"),
        ({"metric_id": "output_tokens", "metric_unit": "tokens"}, "output_tokens is a number of tokens"),
        ({"metric_name": "Calibration error"}, "Calibration error is an error"),
        ({"metric_name": "Misses", "lower_is_better": True}, "Misses is not the score: an error rate"),
        ({"score_type": "levels", "level_names": ["low", "high"]}, "its score is the number of a level"),
        (
            {"metric_name": "F1", "metric_kind": "f1"},
            "F1 is not the benchmark's metric, semi-private accuracy",
        ),
        ({"metric_name": "pass@k", "metric_parameters": {"k": 4}}, "pass@4 is not the benchmark's metric"),
    ],
)
def test_a_cost_a_level_and_an_error_beside_the_score_are_left_out(
    run: Run, metric: dict[str, Any], reason: str
) -> None:
    make_benchmark("arc-agi-3", chance=0.0, ceiling=1.0, metric="semi-private accuracy")
    score = every_eval_result("arc-agi-3", 0.29, metric_name="ARC score", metric_kind="accuracy")
    report = run({"record.json": every_eval(score, every_eval_result("arc-agi-3", 0.62, **metric))})
    assert figures() == {"arc-agi-3": (0.29, "reported")}
    assert [row["line"] for row in report["skipped"]] == [2]
    assert reason in report["skipped"][0]["reason"]


def test_two_metrics_that_both_may_be_the_score_wait_for_a_person(run: Run) -> None:
    results = [
        every_eval_result("gsm8k", score, metric_name=name) for name, score in (("Strict", 0.5), ("Lax", 0.9))
    ]
    files = {"record.json": every_eval(*results)}
    report = run(files)
    assert figures() == {}
    assert [entry["name"] for entry in report["unknown"]["benchmark"]] == ["gsm8k, Lax", "gsm8k, Strict"]
    confirm_alias(kind="benchmark", spelling="gsm8k, Strict", target="gsm8k", by="ann", now=NOW)
    assert [row["reason"] for row in run(files)["skipped"]] == ["Lax is not the benchmark's metric"]
    assert figures() == {"gsm8k": (0.5, "reported")}


def test_a_scorers_name_is_never_a_benchmarks(run: Run) -> None:
    make_benchmark("arc-challenge", aliases=["ai2 arc"])
    make_benchmark("gpqa-diamond")
    for dataset, score in (("ai2_arc", 0.95), ("gpqa_diamond", 0.3)):
        record = every_eval(every_eval_result("choice", score, dataset=dataset))
        assert counts(run({"record.json": record})) == {"rows": 1, "new": 1}
    assert figures() == {"arc-challenge": (0.95, "reported"), "gpqa-diamond": (0.3, "reported")}


@pytest.mark.parametrize(
    ("dataset", "name", "benchmark"),
    [
        ("a board", "gsm8k", "gsm8k"),  # the dataset says no more
        ("mmlu-pro", "maths", ""),  # a part of it
        ("mmlu-pro", "gsm8k", ""),  # both are on record: which is meant?
        ("mmlu-pro", "model_graded_qa", "mmlu-pro"),
        ("MMLU-Pro", "mmlu_pro", "mmlu-pro"),
        ("another set", "unheard_of_part", ""),
    ],
)
def test_dataset_and_part_name_the_benchmark(run: Run, dataset: str, name: str, benchmark: str) -> None:
    report = run({"record.json": every_eval(every_eval_result(name, 0.5, dataset=dataset))})
    assert list(figures()) == ([benchmark] if benchmark else [])
    waiting = [entry["name"] for entry in report["unknown"]["benchmark"]]
    assert waiting == ([] if benchmark else [f"{dataset} {name}"])


def test_what_macs_add_to_an_archive_is_passed_over(run: Run) -> None:
    files: dict[str, str | bytes] = {
        f"run/{RESULTS}": json.dumps(lm_eval_results()),
        f"__MACOSX/run/._{RESULTS}": b"\x00\x05\x16\x07",
    }
    assert counts(run({"run.zip": zipped(files)})) == {"rows": 2, "new": 2}


def test_an_impossible_date_rejects_its_entry_with_the_line(run: Run) -> None:
    entry = "- model: {}\n  test_cases: 225\n  pass_rate_2: {}\n  date: {}\n"
    content = entry.format("deepseek-r1", 56.9, "2025-02-30") + entry.format("gpt-4o", 23.1, "2025-03-01")
    report = run({"polyglot.yml": content})
    (rejected,) = report["rejected"]
    assert (rejected["line"], "day is out of range" in rejected["reason"]) == (1, True)
    assert figures() == {"aider-polyglot": (0.231, "reported")}


HUB = (
    "Model version,Release date,Organization,{}\n"
    "deepseek-r1,2025-01-20,DeepSeek,{}\n"
    "gpt-4o,2024-05-13,OpenAI,{}\n"
)


@pytest.mark.parametrize(
    ("column", "cells", "values"),
    [
        ("Overall pass (%)", ("0.8", "4.9"), (0.008, 0.049)),
        ("Overall pass (%)", ("0.8", "0.4"), (0.008, 0.004)),
        ("Score", ("0.8%", "4.9%"), (0.008, 0.049)),
        ("Score", ("8.1", "4.9"), (0.081, 0.049)),
        ("mean_score", ("0.8", "0.4"), (0.8, 0.4)),
        ("Score", ("0.8", "4.9"), None),  # either, with a typing error, or per cent
        ("Score", ("0.8", "0.4"), None),  # either
        ("Score", ("0.8%", "4.9"), None),
    ],
)
def test_the_unit_is_the_columns_and_a_person_is_asked_if_it_is_unclear(
    run: Run, column: str, cells: tuple[str, str], values: tuple[float, float] | None
) -> None:
    files = {"gso_external.csv": HUB.format(column, *cells)}
    report = run(files)
    if values is None:
        (question,) = report["unknown"]["unit"]
        assert (question["name"], question["rows"]) == ("epoch-hub gso, Score", 2)
        assert [option["slug"] for option in question["suggested"]] == ["fraction", "percent"]
        assert not Score.objects.exists()
        waiting = Alias.objects.get(confirmed_at=None)
        confirm_alias(kind=waiting.kind, spelling=waiting.spelling, target="percent", by="ann", now=NOW)
        run(files)
        values = tuple(float(cell.rstrip("%")) / 100 for cell in cells)  # type: ignore[assignment]
    assert values is not None
    scores = dict(Score.objects.values_list("model__slug", "value"))
    assert [scores["deepseek-r1"], scores["gpt-4o"]] == pytest.approx(values)


@pytest.mark.parametrize(
    ("metric", "score", "value"),
    [
        ({"metric_unit": "percent", "max_score": 100}, 0.8, 0.008),
        ({"metric_unit": "proportion"}, 0.8, 0.8),
        ({"max_score": 100}, 0.8, 0.008),
        ({"max_score": None}, 0.8, None),
        ({"metric_unit": "percent", "max_score": 1}, 0.8, None),
    ],
)
def test_the_unit_of_a_metric_is_what_its_record_states(
    run: Run, metric: dict[str, Any], score: float, value: float | None
) -> None:
    report = run({"record.json": every_eval(every_eval_result("gsm8k", score, **metric))})
    assert [row.value for row in Score.objects.all()] == ([] if value is None else [pytest.approx(value)])
    assert len(report["unknown"]["unit"]) == (value is None)


@pytest.mark.parametrize(
    "table",
    [
        "model, benchmark, value, reported_by, source\ndeepseek-r1, gsm8k, 0.9, independent, A table\n",
        "model;benchmark;value;reported_by;source\ndeepseek-r1;gsm8k;0,9;independent;A table\n",
        "model\tbenchmark\tvalue\treported_by\tsource\ndeepseek-r1\tgsm8k\t0.9\tindependent\tA table\n",
    ],
)
def test_tables_of_spreadsheets_are_read(run: Run, table: str) -> None:
    run({"table.csv": table})
    assert figures() == {"gsm8k": (0.9, "reported")}


def test_a_table_of_no_format_is_refused_with_its_header(run: Run) -> None:
    with pytest.raises(ImportRefused, match=r"say which it is: .*\. Its header names Model, Result\."):
        run({"table.csv": "Model;Result\na;1\n"})


def swe_bench(*entries: tuple[str, float, str]) -> dict[str, Any]:
    results = [
        {"name": f"{agent} + R1", "resolved": value, "date": day, "tags": ["Model: deepseek/deepseek-r1"]}
        for agent, value, day in entries
    ]
    return {"leaderboards": [{"name": "Verified", "results": results}]}


def test_of_several_agents_the_authors_own_counts_else_the_best_and_the_source_names_it(run: Run) -> None:
    make_benchmark("swe-bench-verified", chance=0.0, ceiling=1.0, aliases=["SWE-bench Verified"])
    others = [("Agent A", 60.0, "2025-09-01"), ("Agent B", 70.0, "2025-08-01")]
    report = run({"leaderboards.json": swe_bench(*others)})
    assert [row["reason"] for row in report["skipped"]] == [
        "agent Agent A: Agent B counts for this model, because it has the highest figure"
    ]
    assert (
        "SWE-bench leaderboards (leaderboards.json of 2026-11-22, agent Agent B)"
        in Score.objects.get().source
    )
    report = run({"leaderboards.json": swe_bench(*others, ("mini-SWE-agent", 50.0, "2025-07-01"))})
    assert counts(report) == {"rows": 3, "changed": 1, "skipped": 2}
    score = Score.objects.get()
    assert (score.value, "agent mini-SWE-agent" in score.source) == (0.5, True)


def test_an_entry_of_several_attempts_is_left_out(run: Run) -> None:
    make_benchmark("swe-bench-verified", chance=0.0, ceiling=1.0)
    content = swe_bench(("Agent A", 60.0, "2025-09-01"))
    content["leaderboards"][0]["results"][0]["tags"].append("System: Attempts - 2+")
    assert [row["reason"] for row in run({"leaderboards.json": content})["skipped"]] == [
        "Agent A + R1 counts 2+ attempts; the benchmark allows one"
    ]


def test_the_agent_of_a_record_is_named_in_its_source(run: Run) -> None:
    make_benchmark("terminal-bench-2", chance=0.0, ceiling=1.0)
    details = {"additional_details": {"agent_name": "Some CLI", "agent_organization": "A lab"}}
    record = every_eval(every_eval_result("terminal-bench-2", 0.4))
    record["model_info"] |= details
    run({"record.json": record})
    assert (
        Score.objects.get().source == "A lab, A board (agent Some CLI, Every Eval Ever), https://example.org"
    )


@pytest.mark.parametrize("as_text", [False, True])
def test_a_few_items_of_an_agents_benchmark_name_the_solver_and_are_partial(run: Run, as_text: bool) -> None:
    make_benchmark("gaia", chance=0.0, ceiling=1.0)
    steps: list[Any] = [
        {"solver": "use_tools", "params": {"tools": ["bash"]}},
        {"solver": "basic_agent_loop"},
    ]
    plan = {"name": "plan", "steps": [json.dumps(step) for step in steps] if as_text else steps}
    result = every_eval_result("gaia_scorer", 0.5, dataset="GAIA")
    result["source_data"] |= {"samples_number": 165, "sample_ids": ["a", "b"]}
    result["generation_config"] = {
        "generation_args": {"agentic_eval_config": {"available_tools": [{"name": "bash"}]}, "eval_plan": plan}
    }
    (held_back,) = run({"record.json": every_eval(result)})["partial"]
    assert (held_back["benchmark"], held_back["n"], held_back["of"]) == ("gaia", 2, 165)
    run({"record.json": every_eval(result)}, partial=True)
    assert "(agent basic_agent_loop, Every Eval Ever)" in Score.objects.get().source


def test_the_files_of_a_folder_are_named_where_something_is_wrong(run: Run) -> None:
    bad = lm_eval_results(results={"gsm8k": {"acc,none": "high"}})
    report = run({f"a/{RESULTS}": bad, f"b/{RESULTS}": '{"results": {', f"c/{RESULTS}": lm_eval_results()})
    assert [(row["file"], row["line"]) for row in report["rejected"]] == [
        (f"a/{RESULTS}", 1),
        (f"b/{RESULTS}", 0),
    ]
    assert len(figures()) == 2


def test_the_command_names_what_is_left_out_and_what_is_held_back(run: Run, tmp_path: Path) -> None:
    make_benchmark("whole", chance=0.0, ceiling=1.0, items=100)
    part = every_eval_result("whole", 0.5, details={"uncertainty": {"num_samples": 10}})
    cost = every_eval_result("whole", 0.62, metric_name="Cost")
    (tmp_path / "record.json").write_text(json.dumps(every_eval(part, cost)))

    def output(*options: str) -> list[str]:
        out = StringIO()
        call_command("import_scores", str(tmp_path / "record.json"), *options, stdout=out)
        return out.getvalue().strip().splitlines()

    assert output()[:4] == [
        "every-eval-ever: 2 rows, 1 skipped, 1 partial",
        "not a score: line 2: whole: Cost is a cost, not a score",
        "partial, held back: line 1: deepseek-r1 on whole: 0.5 over 10 of 100 items",
        "Scores over a part of a benchmark go in with --partial only.",
    ]
    assert output("--partial", "--apply")[0] == "every-eval-ever: 2 rows, 1 new, 1 skipped"
    assert Score.objects.get().partial_of == 100


def test_a_dry_run_of_a_partial_score_writes_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / RESULTS).write_text(json.dumps(lm_eval_results(**{"n-samples": LIMITED})))
    report = dry_run(given=ImportFile(tmp_path / RESULTS, partial=True), now=NOW)
    assert counts(report) == {"rows": 2, "new": 2}
    assert [entry.get("of") for entry in report["new"]] == [1319, None]
    assert not Score.objects.exists()


def test_a_sum_over_the_samples_of_a_record_is_compared_in_its_unit(run: Run) -> None:
    record = every_eval(
        every_eval_result("gsm8k", 75.0, max_score=100) | {"evaluation_result_id": "r"},
        detailed_evaluation_results={"format": "jsonl", "file_path": "record_samples.jsonl"},
    )
    samples = [
        {"evaluation_id": "board/deepseek-r1/1", "evaluation_result_id": "r", "evaluation": {"score": mark}}
        for mark in (1, True, 1, 0)
    ]
    lines = "".join(f"{json.dumps(sample)}\n" for sample in samples)
    run({"record.json": record, "record_samples.jsonl": lines})
    assert figures() == {"gsm8k": (0.75, "imported")}
