"""Real tasks of lm-eval on small local data: its own definitions, with items written here in their form."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml

Row = dict[str, Any]
THINGS = ["river", "stone", "lantern", "orchard", "violin", "harbour", "glacier", "compass"]
OTHERS = ["bread", "cloud", "mirror", "saddle", "thunder", "needle", "pepper", "ladder"]
CHINESE = ["河流", "石头", "灯笼", "果园", "提琴", "港口", "冰川", "罗盘"]


@dataclass(frozen=True)
class RealTask:
    """A task of lm-eval: its file, how it is asked, and the metric that its run is scored by."""

    name: str
    file: str
    rows: list[Row]
    metric: str
    filter: str = "none"
    shots: int = 0
    extra: tuple[tuple[str, Any], ...] = ()


def _arc() -> list[Row]:
    return [
        {
            "question": f"Which of these is a kind of {thing}?",
            "choices": {
                "label": ["A", "B", "C", "D"],
                "text": [thing, OTHERS[i], f"{thing} {OTHERS[i]}", "none"],
            },
            "answerKey": "ABCD"[i % 4],
        }
        for i, thing in enumerate(THINGS)
    ]


def _hellaswag() -> list[Row]:
    return [
        {
            "ctx_a": f"A person looks at the {thing}.",
            "ctx_b": "the person",
            "activity_label": f"Looking at a {thing}",
            "endings": [
                f"takes the {thing}.",
                f"[step] eats {OTHERS[i]} [title] and goes.",
                "sleeps.",
                "sings a song.",
            ],
            "label": str(i % 4),
        }
        for i, thing in enumerate(THINGS)
    ]


def _winogrande() -> list[Row]:
    return [
        {
            "sentence": f"The {thing} was put beside the {OTHERS[i]} because the _ was heavier.",
            "option1": thing,
            "option2": OTHERS[i],
            "answer": "12"[i % 2],
        }
        for i, thing in enumerate(THINGS)
    ]


def _truthfulqa() -> list[Row]:
    return [
        {
            "question": f"Can a {thing} speak?",
            "mc1_targets": {"choices": ["No", "Yes"], "labels": [1, 0]},
            "mc2_targets": {
                "choices": [f"No, a {thing} cannot.", "Nobody knows", "Yes", "Only at night"],
                "labels": [1, i % 2, 0, 0],
            },
        }
        for i, thing in enumerate(THINGS)
    ]


def _cmmlu() -> list[Row]:
    return [
        {
            "Question": f"下列哪一项与{thing}有关？（第{i}题）",
            "A": thing,
            "B": CHINESE[i - 1],
            "C": CHINESE[i - 2],
            "D": "以上都不是",
            "Answer": "ABCD"[i % 4],
        }
        for i, thing in enumerate(CHINESE)
    ]


def _lambada() -> list[Row]:
    return [
        {"text": f"She had lost the {thing}. All day she had looked for it, and then she found the {thing}"}
        for thing in THINGS
    ]


def _wikitext() -> list[Row]:
    long = " ".join(
        f"The {thing} lies by the {other} , and 1 @,@ 000 more ." for thing in THINGS for other in OTHERS
    )
    return [{"page": f" = {thing} = \n \n {long[: 400 + 900 * i]} \n"} for i, thing in enumerate(THINGS[:4])]


def _gsm8k() -> list[Row]:
    return [
        {
            "question": f"There are {i + 3} of each {thing} in {i + 2} rows. How many are there?",
            "answer": f"There are {i + 3} times {i + 2} = {(i + 3) * (i + 2)}.\n#### {(i + 3) * (i + 2)}",
        }
        for i, thing in enumerate(THINGS)
    ]


def _triviaqa() -> list[Row]:
    return [
        {"question": f"What is another word for {thing}", "answer": {"aliases": [thing, OTHERS[i]]}}
        for i, thing in enumerate(THINGS)
    ]


def _mmlu_pro() -> list[Row]:
    return [
        {
            "question": f"What is {i} + {i}?",
            "options": [str(2 * i + step) for step in range(10)],
            "answer": "A",
            "answer_index": 0,
            "cot_content": f"A: Let's think step by step. It is {2 * i}. The answer is (A).",
            "category": "math" if i % 4 else "law",
        }
        for i in range(9)
    ]


SCORED = (
    RealTask("arc_easy", "arc/arc_easy.yaml", _arc(), "acc_norm", shots=2),
    RealTask("hellaswag", "hellaswag/hellaswag.yaml", _hellaswag(), "acc_norm"),
    RealTask("winogrande", "winogrande/default.yaml", _winogrande(), "acc"),
    RealTask("truthfulqa_mc2", "truthfulqa/truthfulqa_mc2.yaml", _truthfulqa(), "acc"),
    RealTask("cmmlu_anatomy", "cmmlu/cmmlu_anatomy.yaml", _cmmlu(), "acc", shots=3),
    RealTask("lambada_openai", "lambada/lambada_openai.yaml", _lambada(), "perplexity"),
    RealTask("wikitext", "wikitext/wikitext.yaml", _wikitext(), "word_perplexity"),
)
GENERATED = (
    RealTask("gsm8k", "gsm8k/gsm8k.yaml", _gsm8k(), "exact_match", "strict-match", shots=5),
    RealTask("triviaqa", "triviaqa/default.yaml", _triviaqa(), "exact_match", "remove_whitespace"),
    RealTask(
        "mmlu_pro_math", "mmlu_pro/mmlu_pro_math.yaml", _mmlu_pro(), "exact_match", "custom-extract", shots=2
    ),
)


def write(tasks: tuple[RealTask, ...], folder: Path) -> None:
    """Write for each task its items, and a file that includes lm-eval's own and names the items."""
    spec = find_spec("lm_eval")
    assert spec is not None
    assert spec.origin is not None
    shipped = Path(spec.origin).parent / "tasks"
    for task in tasks:
        items = folder / f"{task.name}.jsonl"
        items.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in task.rows))
        splits = dict.fromkeys(("train", "validation", "test", "dev"), str(items))
        told = {
            "include": str(shipped / task.file),
            "task": task.name,
            "dataset_path": "json",
            "dataset_name": None,
            "dataset_kwargs": {"data_files": splits},
            "num_fewshot": task.shots,
        }
        (folder / f"{task.name}.yaml").write_text(yaml.safe_dump(told, allow_unicode=True))
