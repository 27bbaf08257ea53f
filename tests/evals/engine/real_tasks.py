"""Real tasks of lm-eval on small local data: its own definitions, with items written here in their form."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml

from tests.support.answers import AnswerBook

Row = dict[str, Any]
THINGS = ["river", "stone", "lantern", "orchard", "violin", "harbour", "glacier", "compass"]
OTHERS = ["bread", "cloud", "mirror", "saddle", "thunder", "needle", "pepper", "ladder"]
NO_DAY = {"day": "", "month": "", "year": ""}
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
    answers: tuple[str, ...] = ()  # a right answer to each row, where one is written


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


def _drop() -> list[Row]:
    return [
        {
            "query_id": f"q{i}",
            "passage": f"There were {i + 2} boats and a {thing} in port, and a {OTHERS[i]} on the pier.",
            "question": f"What was beside the boats, the {thing} or the {OTHERS[i]}?",
            "answer": {"number": "", "date": NO_DAY, "spans": [f"a {thing}"]},
            "validated_answers": {
                "number": ["", str(i + 2)],
                "date": [NO_DAY, NO_DAY],
                "spans": [[f"the {thing}", "boats"], []],
            },
        }
        for i, thing in enumerate(THINGS)
    ]


def _mgsm() -> list[Row]:
    return [
        {
            "question": f"院子里有 {i + 3} 排{thing}，每排 {i + 11} 个。一共有多少个？",
            "answer": None,
            "answer_number": (i + 3) * (i + 11),
        }
        for i, thing in enumerate(CHINESE)
    ]


def _aime() -> list[Row]:
    return [
        {"Problem": f"Each {thing} weighs {i + 3}. What do {i + 20} weigh?", "Answer": (i + 3) * (i + 20)}
        for i, thing in enumerate(THINGS)
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
    RealTask(
        "gsm8k",
        "gsm8k/gsm8k.yaml",
        _gsm8k(),
        "exact_match",
        "strict-match",
        shots=5,
        answers=tuple(f"It is so.\n#### {(i + 3) * (i + 2)}" for i in range(8)),
    ),
    RealTask(
        "triviaqa",
        "triviaqa/default.yaml",
        _triviaqa(),
        "exact_match",
        "remove_whitespace",
        answers=tuple(OTHERS),
    ),
    RealTask(
        "mmlu_pro_math",
        "mmlu_pro/mmlu_pro_math.yaml",
        _mmlu_pro(),
        "exact_match",
        "custom-extract",
        shots=2,
        answers=tuple("The answer is (A)" if i % 4 else "The answer is (B)" for i in range(9)),
    ),
    RealTask("drop", "drop/default.yaml", _drop(), "f1", answers=tuple(f"the {thing}" for thing in THINGS)),
    RealTask(
        "mgsm_direct_zh",
        "mgsm/direct/mgsm_direct_zh.yaml",
        _mgsm(),
        "exact_match",
        "flexible-extract",
        answers=tuple(str((i + 3) * (i + 11)) for i in range(8)),
    ),
    RealTask(
        "aime24",
        "aime/aime24.yaml",
        _aime(),
        "exact_match",
        answers=tuple(rf"So \boxed{{{(i + 3) * (i + 20)}}}" for i in range(8)),
    ),
)


class LastQuestion(AnswerBook):
    """Knows the answer to the question that stands last in a prompt, whatever a task puts around it."""

    def right_answer(self, prompt: str) -> str | None:
        """Find it."""
        places = {prompt.rfind(question): answer for question, answer in self.answers.items()}
        return places.get(max(places)) if max(places) >= 0 else None


def book() -> AnswerBook:
    """Return the right answers of the generative tasks, by their questions."""
    answers = {
        _question(row): answer
        for task in GENERATED
        for row, answer in zip(task.rows, task.answers, strict=True)
    }
    return LastQuestion(answers)


def _question(row: Row) -> str:
    return str(row.get("question") or row["Problem"])


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
        config = {
            "include": str(shipped / task.file),
            "task": task.name,
            "dataset_path": "json",
            "dataset_name": None,
            "dataset_kwargs": {"data_files": splits},
            "num_fewshot": task.shots,
        }
        (folder / f"{task.name}.yaml").write_text(yaml.safe_dump(config, allow_unicode=True))
