"""Every reader gives a file's figures, tells what is broken with its line, and recognises its own files."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from evals.imports.bundle import Bundle
from evals.imports.formats import recognised
from evals.imports.rows import AnyRow, EmptyRow, RejectedRow, Row, Scale, SkippedRow, Unreadable

Read = Callable[..., tuple[str, list[AnyRow]]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Write files, recognise them, and read them."""

    def of(files: dict[str, Any], given: str = "") -> tuple[str, list[AnyRow]]:
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        bundle = Bundle(tmp_path / (given or next(iter(files))))
        file_format = recognised(bundle)
        return file_format.name, list(file_format.read(bundle))

    return of


OWN = "model,benchmark,value,stderr,n,reported_by,source,observed_on\n"


def test_our_own_csv_is_read_and_a_bad_line_is_told(read: Read) -> None:
    name, rows = read(
        {
            "ours.csv": OWN
            + "DeepSeek-R1,GPQA,0.715,0.03,198,vendor,a paper,2025-01-20\n"
            + "o3,GPQA,NaN,,,vendor,a paper,\n"
            + "o3,GPQA,0.8,,,somebody,a paper,\n"
            + "o3,GPQA,0.8,,1.5,vendor,a paper,\n"
            + "o3,GPQA,0.8,,,vendor,,\n"
            + "o3,GPQA,0.8,,,vendor,a paper,soon\n"
            + "o3,GPQA,0.8,,,vendor,a paper,,extra\n"
        }
    )
    assert name == "lagline-csv"
    assert rows[0] == Row(
        line=2,
        model="DeepSeek-R1",
        benchmark="GPQA",
        value=0.715,
        stderr=0.03,
        n=198,
        reported_by="vendor",
        observed_on=date(2025, 1, 20),
        source="a paper",
    )
    assert rows[1:] == [
        RejectedRow(3, "value is 'NaN'; it must be a finite number"),
        RejectedRow(4, "reported_by is 'somebody'; allowed: vendor, independent"),
        RejectedRow(5, "n is '1.5'; it must be a whole number, at least 1"),
        RejectedRow(6, "source is ''; it must be a text"),
        RejectedRow(7, "observed_on is 'soon'; a date is written 2025-01-20"),
        RejectedRow(8, "has more cells than the header"),
    ]


def test_a_column_that_nobody_knows_is_refused(read: Read) -> None:
    with pytest.raises(Unreadable, match="unknown columns speed; known: model"):
        read({"ours.csv": OWN.replace("stderr", "speed") + "a,b,1,,,vendor,c,\n"})


def results(**other: Any) -> dict[str, Any]:
    return {
        "results": {
            "gsm8k": {
                "alias": "gsm8k",
                "exact_match,flexible-extract": 0.9,
                "exact_match,strict-match": 0.5,
                "exact_match_stderr,strict-match": 0.25,
            }
        },
        "configs": {"gsm8k": {"metadata": {"api_key": "sk-secret"}}},
        "n-shot": {"gsm8k": 5},
        "n-samples": {"gsm8k": {"original": 8, "effective": 4}},
        "config": {"model": "hf", "model_args": "pretrained=org/one,token=sk-secret"},
        "task_hashes": {"gsm8k": "abc" * 20},
        "lm_eval_version": "0.4.9",
        "date": 1768964383.8,
    } | other


def samples(values: list[float], filter_name: str = "strict-match") -> str:
    lines = [
        {"doc_id": number, "filter": filter_name, "exact_match": value} for number, value in enumerate(values)
    ]
    return "\n".join(map(json.dumps, lines)) + "\n"


def test_an_lm_eval_result_with_its_samples_is_recomputed_and_holds_no_secret(read: Read) -> None:
    files = {
        "run/org__one/results_2026-01-21T02-59-43.8.json": results(),
        "run/org__one/samples_gsm8k_2026-01-21T02-59-43.8.jsonl": samples([1, 0, 1, 0])
        + samples([1, 1, 1, 0], "flexible-extract"),
    }
    name, rows = read(files, "run")
    (row,) = rows
    assert name == "lm-eval"
    assert isinstance(row, Row)
    assert (row.model, row.benchmark, row.value, row.stderr, row.n) == ("org/one", "gsm8k", 0.5, 0.25, 4)
    assert (row.provenance, row.observed_on) == ("imported", date(2026, 1, 21))
    assert "4 of 8 items" in row.source
    assert "task hash abcabcabcabcabca" in row.source
    assert "secret" not in repr(rows)


@pytest.mark.parametrize(
    ("config", "form"),
    [
        ({"output_type": "generate_until"}, "generative"),
        ({"output_type": "multiple_choice"}, "likelihood"),
        ({"output_type": "loglikelihood_rolling"}, "likelihood"),
        ({"output_type": "something new"}, ""),
        ({}, ""),
        (None, ""),
    ],
)
def test_an_lm_eval_result_tells_how_its_items_were_answered(read: Read, config: Any, form: str) -> None:
    _, (row,) = read({"results_x.json": results(configs={"gsm8k": config})})
    assert isinstance(row, Row)
    assert row.form == form


def test_text_of_our_own_csv_that_was_neutralised_is_restored(read: Read) -> None:
    _, rows = read({"ours.csv": OWN + "'=R1,'@GPQA,-1.5,,,vendor,\"a paper;'=2025\",\n"})
    assert isinstance(rows[0], Row)
    assert (rows[0].model, rows[0].benchmark, rows[0].value) == ("=R1", "@GPQA", -1.5)
    assert rows[0].source == "a paper;=2025"


def test_our_own_csv_tells_a_form_that_there_is(read: Read) -> None:
    head = OWN.replace("\n", ",form\n")
    _, rows = read({"ours.csv": head + "a,b,1,,,vendor,c,,likelihood\n" + "a,b,1,,,vendor,c,,letters\n"})
    assert isinstance(rows[0], Row)
    assert rows[0].form == "likelihood"
    assert rows[1] == RejectedRow(3, "form is 'letters'; allowed: generative, likelihood, or nothing")


def test_an_lm_eval_result_without_samples_is_only_reported(read: Read) -> None:
    name, (row,) = read({"results.json": results()})
    assert isinstance(row, Row)
    assert (name, row.provenance, row.n) == ("lm-eval", "reported", 4)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([1, 1, 1, 0], "the mean of .* is 0.75; the results say 0.5"),
        ([1, 0], "has 2 samples; the results say 4"),
    ],
)
def test_samples_that_do_not_give_the_figure_are_told(read: Read, values: list[float], reason: str) -> None:
    _, rows = read(
        {"run/results_2026.json": results(), "run/samples_gsm8k_2026.jsonl": samples(values)}, "run"
    )
    assert isinstance(rows[0], RejectedRow)
    assert re.search(reason, rows[0].reason)


def test_the_first_lm_eval_04_files_have_other_names_and_no_hashes(read: Read) -> None:
    old = results(config={"model": "local-chat", "model_args": {"model": "deepseek-chat", "api_key": "sk-1"}})
    old["results"] = {"arc_easy": {"acc,none": 0.25, "acc_stderr,none": "N/A", "alias": "arc_easy"}}
    for name in ("n-samples", "task_hashes", "lm_eval_version", "date"):
        del old[name]
    old["configs"] = {"arc_easy": {}}
    _, (row,) = read({"results.json": old})
    assert isinstance(row, Row)
    assert (row.model, row.value, row.stderr, row.n) == ("deepseek-chat", 0.25, None, None)
    assert (
        row.source == "A run of lm-eval elsewhere (lm-eval of an unknown version, arc_easy, acc, filter none)"
    )


def every_eval(version: str, **other: Any) -> dict[str, Any]:
    return {
        "schema_version": version,
        "evaluation_id": "x",
        "retrieved_timestamp": "1768964383",
        "source_metadata": {
            "source_type": "documentation",
            "source_name": "Leaderboard (old)",
            "source_organization_name": "Vals AI",
            "source_organization_url": "https://vals.ai",
            "evaluator_relationship": "third_party",
        },
        "model_info": {"name": "DeepSeek-R1", "id": "deepseek/deepseek-r1"},
        "evaluation_results": [
            {
                "evaluation_name": "GPQA Diamond",
                "evaluation_timestamp": "1737331200",
                "metric_config": {"lower_is_better": False, "metric_unit": "percent"},
                "score_details": {
                    "score": 71.5,
                    "uncertainty": {"standard_error": {"value": 3.2}, "num_samples": 198},
                },
            },
            {
                "evaluation_name": "HLE",
                "metric_config": {"lower_is_better": False},
                "score_details": {
                    "score": 0.1,
                    "uncertainty": {"confidence_interval": {"lower": 0.0804, "upper": 0.1196}},
                },
            },
            {"evaluation_name": "MMLU", "metric_config": {}, "score_details": {"score": "high"}},
        ],
    } | other


@pytest.mark.parametrize("version", ["0.2.2", "0.3.0"])
def test_every_eval_ever_is_read_with_its_uncertainty(read: Read, version: str) -> None:
    name, rows = read({"one.json": every_eval(version)})
    assert name == "every-eval-ever"
    first, second, *_ = rows
    assert isinstance(first, Row)
    assert isinstance(second, Row)
    assert (first.value, first.stderr, first.n, first.scale) == (71.5, 3.2, 198, Scale.PERCENT)
    assert (first.observed_on, first.reported_by) == (date(2025, 1, 20), "independent")
    assert first.source == "Vals AI, Leaderboard, old (Every Eval Ever), https://vals.ai"
    assert second.stderr == pytest.approx(0.01)


def test_every_eval_ever_of_another_version_is_told(read: Read) -> None:
    lines = "\n".join(json.dumps(every_eval(version)) for version in ("0.3.0", "9.0"))
    _, rows = read({"all.jsonl": lines.replace('"high"', "0.5")})
    assert [type(row).__name__ for row in rows] == ["Row", "Row", "Row", "RejectedRow"]
    assert rows[-1] == RejectedRow(2, "schema_version is '9.0'; 0.2 and 0.3 are read")


def test_aiders_date_is_that_of_the_run(read: Read) -> None:
    name, rows = read(
        {
            "polyglot.yml": "- dirname: a\n  model: o3\n  test_cases: 225\n  pass_rate_2: 79.6\n"
            "  date: 2025-06-25\n"
            "- dirname: b\n  model: o4\n  pass_rate_2: .nan\n  date: 2025-06-25\n"
        }
    )
    assert name == "aider"
    assert rows == [
        Row(
            line=1,
            model="o3",
            benchmark="Aider polyglot",
            value=79.6,
            n=225,
            scale=Scale.PERCENT,
            observed_on=date(2025, 6, 25),
        ),
        RejectedRow(6, "pass_rate_2 is nan; it must be a finite number"),
    ]


def test_metrs_horizons_have_their_interval(read: Read) -> None:
    name, rows = read(
        {
            "benchmark_results.yaml": "results:\n  gpt_5:\n    release_date: 2025-08-07\n    metrics:\n"
            "      p50_horizon_length: {estimate: 137.0, ci_low: 67.0, ci_high: 263.0}\n"
            "      average_score: {estimate: 0.7}\n  none_yet:\n    metrics: {}\n"
        }
    )
    assert name == "metr"
    assert [(row.line, type(row)) for row in rows] == [(2, Row), (2, Row), (7, EmptyRow)]
    assert isinstance(rows[0], Row)
    assert (rows[0].value, rows[0].stderr) == (137.0, 50.0)
    assert rows[0].released_on == date(2025, 8, 7)


def test_a_swe_bench_entry_that_mixes_models_is_left_out(read: Read) -> None:
    entry = {"name": "mini + GPT-5", "resolved": 65.0, "date": "2025-08-07", "tags": ["Model: openai/gpt-5"]}
    both = entry | {"tags": ["Model: a", "Model: b"]}
    name, rows = read(
        {"leaderboards.json": {"leaderboards": [{"name": "Verified", "results": [entry, both]}]}}
    )
    assert name == "swe-bench"
    assert isinstance(rows[0], Row)
    assert (rows[0].model, rows[0].benchmark, rows[0].value) == ("gpt-5", "SWE-bench Verified", 65.0)
    assert rows[1] == SkippedRow(2, "mini + GPT-5 mixes 2 models")


def test_an_arena_list_has_ratings_votes_and_its_day(read: Read) -> None:
    name, rows = read(
        {
            "text.json": {
                "meta": {"last_updated": "2026-09-25", "category": "text"},
                "models": [
                    {"model": "deepseek-r1", "score": 1400, "ci": 4, "votes": 10_000},
                    {"model": "o3", "rating": 1420.5, "rating_q025": 1416.58, "rating_q975": 1424.42},
                ],
            }
        }
    )
    assert name == "lmarena"
    first, second = rows
    assert isinstance(first, Row)
    assert isinstance(second, Row)
    assert (first.benchmark, first.n, first.observed_on) == ("LMArena text", 10_000, date(2026, 9, 25))
    assert [first.stderr, second.stderr] == pytest.approx([4 / 1.96, 2.0])


@pytest.mark.parametrize("of_viewer", [False, True])
def test_category_votes_and_date_of_an_arena_list_are_each_rows_own(read: Read, of_viewer: bool) -> None:
    stated = {"vote_count": 9000, "category": "overall", "leaderboard_publish_date": "2026-08-12"}
    agents = {"observation_count": 70, "category": "full", "arena": "agent", "publish_date": "2026-08-13"}
    rows: list[dict[str, Any]] = [
        {"model_name": "r1", "rating": 1400, "rating_lower": 1396.08, "rating_upper": 1403.92} | stated,
        {"model_name": "r1", "rating": 1380} | stated | {"category": "coding", "vote_count": 800},
        {"model_name": "r1", "score": 1390, "score_ci_lower": 1388.04, "score_ci_upper": 1391.96} | agents,
        {"model_name": "o3", "rating": 1400} | stated | {"leaderboard_publish_date": "2026-02-30"},
    ]
    pages = [{"row_idx": place, "row": row, "truncated_cells": []} for place, row in enumerate(rows)]
    name, (*first, last) = read({"arena.json": {"rows": pages if of_viewer else rows}})
    figures = [row for row in first if isinstance(row, Row)]
    assert name == "lmarena"
    assert [(row.benchmark, row.n, row.observed_on) for row in figures] == [
        ("LMArena", 9000, date(2026, 8, 12)),
        ("LMArena coding", 800, date(2026, 8, 12)),
        ("LMArena agent", 70, date(2026, 8, 13)),
    ]
    assert [row.stderr for row in figures] == [pytest.approx(2.0), None, pytest.approx(1.0)]
    assert last == RejectedRow(4, "the date is '2026-02-30'; a date is written 2025-01-20")


def test_artificial_analysis_gives_a_row_for_each_evaluation(read: Read) -> None:
    entry = {
        "name": "o3-mini",
        "release_date": "2025-01-31",
        "model_creator": {"name": "OpenAI"},
        "evaluations": {"artificial_analysis_intelligence_index": 62.9, "gpqa": 0.748, "hle": None},
    }
    name, rows = read({"models.json": {"status": 200, "data": [entry, entry | {"evaluations": {}}]}})
    assert name == "artificial-analysis"
    assert [(row.benchmark, row.value) for row in rows if isinstance(row, Row)] == [
        ("Artificial Analysis Intelligence Index", 62.9),
        ("GPQA Diamond", 0.748),
    ]
    assert isinstance(rows[-1], EmptyRow)


def test_eval_results_of_hugging_face_are_of_the_repository_above(read: Read) -> None:
    content = "- dataset:\n    id: Idavidrein/gpqa\n    task_id: gpqa_diamond\n  value: 41.2\n"
    name, rows = read({"moonshotai/Kimi-K3/.eval_results/gpqa.yaml": content})
    assert name == "hf-eval-results"
    (row,) = rows
    assert isinstance(row, Row)
    assert (row.model, row.benchmark, row.reported_by) == ("moonshotai/Kimi-K3", "gpqa_diamond", "vendor")
    with pytest.raises(Unreadable, match="its folders name the model"):
        read({"alone.yaml": content})


@pytest.mark.parametrize(
    ("dataset", "task", "benchmark"),
    [
        ("Idavidrein/gpqa", "diamond", "gpqa diamond"),
        ("other/set", "diamond", "set diamond"),
        ("cais/hle", "hle", "hle"),
        ("TIGER-Lab/MMLU-Pro", "mmlu_pro", "mmlu_pro"),
        ("openai/gsm8k", "", "openai/gsm8k"),
    ],
)
def test_a_task_of_hugging_face_is_named_with_its_dataset(
    dataset: str, task: str, benchmark: str, read: Read
) -> None:
    content = f"- dataset:\n    id: {dataset}\n    task_id: {task}\n  value: 41.2\n"
    _, (row,) = read({"moonshotai/Kimi-K3/.eval_results/one.yaml": content})
    assert isinstance(row, Row)
    assert row.benchmark == benchmark


def test_a_broken_file_beside_others_of_its_format_is_told_alone(read: Read) -> None:
    sound = "- dataset:\n    id: cais/hle\n  value: 41.2%\n"
    name, rows = read(
        {
            "a/b/.eval_results/1.yaml": "- {",
            "a/b/.eval_results/2.yaml": sound,
            "a/b/.eval_results/3.yaml": "",
        },
        "a/b",
    )
    assert name == "hf-eval-results"
    assert [(row.value, row.file) for row in rows if isinstance(row, Row)] == [(41.2, ".eval_results/2.yaml")]
    assert [(row.line, row.file) for row in rows if isinstance(row, RejectedRow)] == [
        (0, ".eval_results/1.yaml")
    ]
    lines = json.dumps(every_eval("0.3.0"))
    name, rows = read({"c/1.json": "{", "c/2.json": lines, "c/3.jsonl": lines + "\n{\n" + lines}, "c")
    assert name == "every-eval-ever"
    assert [(row.line, row.file) for row in rows if isinstance(row, RejectedRow)][:2] == [
        (0, "1.json"),
        (3, "2.json"),
    ]
    assert [row.line for row in rows if isinstance(row, RejectedRow) and row.file == "3.jsonl"] == [1, 2, 3]
    assert len([row for row in rows if isinstance(row, Row)]) == 6


def test_the_hubs_archive_has_a_benchmark_a_file(read: Read, tmp_path: Path) -> None:
    head = "Model version,{},Release date,Organization,stderr\n"
    with zipfile.ZipFile(tmp_path / "benchmark_data.zip", "w") as archive:
        archive.writestr("gpqa_diamond.csv", head.format("mean_score") + "o3,0.8,2025-04-16,OpenAI,0.02\n")
        archive.writestr(
            "arc_agi_external.csv", head.format("Score") + "o3,60.8%,2025-04-16,OpenAI,\no4,,,,\n"
        )
        archive.writestr("other.csv", head.format("Vibes") + "o3,9,2025-04-16,OpenAI,\n")
    bundle = Bundle(tmp_path / "benchmark_data.zip")
    file_format = recognised(bundle)
    rows = list(file_format.read(bundle))
    assert file_format.name == "epoch-hub"
    figures = [(row.benchmark, row.value, row.stderr) for row in rows if isinstance(row, Row)]
    assert figures == [("arc agi", 60.8, None), ("gpqa diamond", 0.8, 0.02)]
    assert [(row.file, row.reason) for row in rows if isinstance(row, EmptyRow)] == [
        ("arc_agi_external.csv", "o4 has no Score")
    ]
    assert [row.reason for row in rows if isinstance(row, SkippedRow)] == [
        "other.csv has no score column that is known"
    ]


def test_a_file_of_no_known_format_names_those_that_are(read: Read) -> None:
    with pytest.raises(
        Unreadable, match="of none of the known formats; say which it is: lagline-csv, lm-eval"
    ):
        read({"x.csv": "a,b\n1,2\n"})
