"""A small sound file of every format, by format: its path and its content."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

MOMENT = "2025-10-09T08-53-20.500000"


def lm_eval_results(**other: Any) -> dict[str, Any]:
    """Return the results file of two tasks with four items each."""
    tasks = {"gsm8k": ("exact_match,strict-match", 0.75), "ifeval": ("prompt_level_strict_acc,none", 0.5)}
    return {
        "results": {
            task: {"alias": task, key: value, f"{key.replace(',', '_stderr,')}": 0.25}
            for task, (key, value) in tasks.items()
        },
        "configs": {task: {"task": task, "output_type": "generate_until"} for task in tasks},
        "n-shot": dict.fromkeys(tasks, 0),
        "n-samples": {task: {"original": 4, "effective": 4} for task in tasks},
        "config": {"model": "local-chat-completions", "model_args": {"model": "deepseek-r1"}, "limit": None},
        "date": 1760000000.5,
        "lm_eval_version": "0.4.9",
        "model_name": "deepseek-r1",
    } | other


def lm_eval_samples(metric: str, marks: list[Any], filter_name: str | None = "none") -> str:
    """Return a samples file; files before December 2024 name no filter."""
    of_filter = {} if filter_name is None else {"filter": filter_name}
    lines = [{"doc_id": place, metric: mark} | of_filter for place, mark in enumerate(marks)]
    return "".join(f"{json.dumps(line)}\n" for line in lines)


def every_eval(*results: dict[str, Any], **other: Any) -> dict[str, Any]:
    """Return a record of Every Eval Ever with some results, or with three sound ones."""
    sound = [every_eval_result(name, 0.5) for name in ("gsm8k", "ifeval", "mmlu-pro")]
    return {
        "schema_version": "0.3.0",
        "evaluation_id": "board/deepseek-r1/1",
        "retrieved_timestamp": "1770822797.8",
        "source_metadata": {
            "source_name": "A board",
            "source_type": "documentation",
            "source_organization_name": "A lab",
            "source_organization_url": "https://example.org",
            "evaluator_relationship": "third_party",
        },
        "model_info": {"name": "deepseek-r1", "id": "deepseek/deepseek-r1"},
        "evaluation_results": list(results) or sound,
    } | other


def every_eval_result(
    name: str, score: Any, *, dataset: str = "", details: dict[str, Any] | None = None, **metric: Any
) -> dict[str, Any]:
    """Return a result of Every Eval Ever in fractions; other arguments are of its metric."""
    config = {"lower_is_better": False, "score_type": "continuous", "min_score": 0, "max_score": 1} | metric
    return {
        "evaluation_name": name,
        "source_data": {
            "dataset_name": dataset or name,
            "source_type": "url",
            "url": ["https://example.org"],
        },
        "metric_config": config,
        "score_details": {"score": score} | (details or {}),
    }


def zipped(files: Mapping[str, bytes | str]) -> bytes:
    """Return an archive of files."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


HUB = "Model version,Score,Release date,Organization,Agent,stderr\n"
FILES: dict[str, tuple[str, bytes]] = {
    "lagline-csv": (
        "ours.csv",
        (
            b"model,benchmark,value,stderr,n,reported_by,source,observed_on\n"
            b'deepseek-r1,gpqa,0.7,0.03,198,vendor,"a paper, its table 2",2025-01-20\n'
            b"gpt-4o,gpqa,0.5,,,independent,a board,2025-02-01\n"
            b"o3,gpqa,0.8,,,independent,a board,\n"
        ),
    ),
    "lm-eval": (f"results_{MOMENT}.json", json.dumps(lm_eval_results()).encode()),
    "every-eval-ever": ("record.json", json.dumps(every_eval()).encode()),
    "epoch-benchmarks": (
        "eci_benchmarks.csv",
        (
            b"model,Model,benchmark,performance,date,source\ndeepseek-r1,R1,gpqa,0.5,2025-01-20,a page\n"
            b"o3,o3,gpqa,0.7,2025-04-16,\n"
        ),
    ),
    "epoch-index": (
        "eci_scores.csv",
        (
            b"Model,eci,eci_ci_low,eci_ci_high,date,Organization\ndeepseek-r1,139.1,137,141,2025-01-20,DeepSeek\n"
            b"o3,150,148,152,2025-04-16,OpenAI\n"
        ),
    ),
    "epoch-hub": (
        "hub.zip",
        zipped(
            {
                "gpqa_external.csv": HUB
                + "deepseek-r1,71.5,2025-01-20,DeepSeek,,\no3,83.3,2025-04-16,OpenAI,,\n",
                "osworld_external.csv": HUB + "o3,32.1,2025-04-16,OpenAI,An agent,1.5\n",
            }
        ),
    ),
    "aider": (
        "polyglot.yml",
        (
            b"- dirname: a\n  test_cases: 225\n  model: deepseek-r1\n  pass_rate_2: 56.9\n"
            b"  date: 2025-02-28\n"
            b"- dirname: b\n  test_cases: 225\n  model: gpt-4o\n  pass_rate_2: 23.1\n  date: 2025-03-01\n"
            b"- dirname: c\n  test_cases: 225\n  model: o3\n  pass_rate_2: 79.6\n  date: 2025-06-25\n"
        ),
    ),
    "swe-bench": (
        "leaderboards.json",
        json.dumps(
            {
                "leaderboards": [
                    {
                        "name": "Verified",
                        "results": [
                            {
                                "name": f"{agent} + o3",
                                "resolved": resolved,
                                "date": "2025-08-07",
                                "tags": ["Model: openai/o3", "System: Attempts - 1"],
                            }
                            for agent, resolved in (("mini-SWE-agent", 58.4), ("Other agent", 69.1))
                        ],
                    }
                ]
            }
        ).encode(),
    ),
    "metr": (
        "benchmark_results.yaml",
        (
            b"results:\n  deepseek_r1:\n    release_date: 2025-01-20\n    metrics:\n"
            b"      p50_horizon_length: {estimate: 26.0, ci_low: 12.0, ci_high: 55.0}\n"
            b"      average_score: {estimate: 0.5}\n"
            b"  o3:\n    release_date: 2025-04-16\n    metrics:\n      average_score: {estimate: 0.6}\n"
        ),
    ),
    "lmarena": (
        "arena.json",
        json.dumps(
            [
                {"model_name": "deepseek-r1", "rating": 1400, "category": "overall", "vote_count": 9000},
                {"model_name": "o3", "rating": 1420.5, "category": "coding", "vote_count": 800},
            ]
        ).encode(),
    ),
    "artificial-analysis": (
        "models.json",
        json.dumps(
            {
                "data": [
                    {"name": name, "model_creator": {"name": "x"}, "evaluations": {"gpqa": 0.7, "hle": 0.1}}
                    for name in ("deepseek-r1", "o3")
                ]
            }
        ).encode(),
    ),
    "hf-eval-results": (
        "deepseek-ai/DeepSeek-R1/.eval_results/gpqa.yaml",
        (
            b"- dataset:\n    id: Idavidrein/gpqa\n    task_id: diamond\n  value: 71.5\n  date: 2025-01-20\n"
            b"- dataset:\n    id: cais/hle\n    task_id: hle\n  value: 8.5\n  source:\n    org: cais\n"
        ),
    ),
}
