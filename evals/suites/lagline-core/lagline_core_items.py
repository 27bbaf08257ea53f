"""Multiple-choice items of known data sets in one shape, for both forms: by letter, and by likelihood."""

import json
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import datasets

FOLDER = Path(__file__).resolve().parent
LETTERS = "ABCDEFGHIJ"
Row = dict[str, Any]


def item(question: str, choices: Sequence[str], answer: int, group: str = "") -> Row:
    """Return an item: its options are its choices with letters, and `answer` is a place among them."""
    options = "\n".join(f"{letter}. {text.strip()}" for letter, text in zip(LETTERS, choices, strict=False))
    return {
        "question": question.strip(),
        "options": options,
        "letters": list(LETTERS[: len(choices)]),
        "answer": answer,
        "letter": LETTERS[answer],
        "group": group,
    }


def picked(rows: Iterable[Row], each: int | None) -> list[Row]:
    """Return `each` items of every group, always the same: those whose questions have the smallest hashes."""
    taken: dict[str, int] = {}
    kept = []
    for row in sorted(rows, key=_hash):
        taken[row["group"]] = taken.get(row["group"], 0) + 1
        if each is None or taken[row["group"]] <= each:
            kept.append(row)
    return kept


def _hash(row: Row) -> str:
    return sha256(f"{row['group']}\n{row['question']}\n{row['options']}".encode()).hexdigest()


def _split(rows: list[Row]) -> dict[str, datasets.Dataset]:
    return {"test": datasets.Dataset.from_list(rows)}


def load_mmlu_pro(*, each: int, **_metadata: Any) -> dict[str, datasets.Dataset]:
    """MMLU-Pro: up to ten choices, `each` items of every category."""
    rows = datasets.load_dataset("TIGER-Lab/MMLU-Pro")["test"]
    found = (item(row["question"], row["options"], row["answer_index"], row["category"]) for row in rows)
    return _split(picked(found, each))


def load_gpqa(**_metadata: Any) -> dict[str, datasets.Dataset]:
    """GPQA diamond: the right choice and three wrong ones, in an order that their hashes give."""
    names = ("Correct Answer", "Incorrect Answer 1", "Incorrect Answer 2", "Incorrect Answer 3")
    found = []
    for row in datasets.load_dataset("Idavidrein/gpqa", "gpqa_diamond")["train"]:
        order = sorted(names, key=lambda name: sha256(f"{row['Question']}{row[name]}".encode()).hexdigest())
        found.append(item(row["Question"], [row[name] for name in order], order.index(names[0])))
    return _split(picked(found, None))


def load_chinese(
    *, data_set: str, split: str, subjects: Sequence[str], each: int, **_metadata: Any
) -> dict[str, datasets.Dataset]:
    """C-Eval and CMMLU: four choices in columns of their own, one configuration a subject."""
    found = []
    for subject in subjects:
        for row in datasets.load_dataset(data_set, subject)[split]:
            told = {name.lower(): value for name, value in row.items()}
            choices = [told[letter] for letter in "abcd"]
            found.append(item(told["question"], choices, LETTERS.index(told["answer"]), subject))
    return _split(picked(found, each))


def load_own(*, file: str, each: int | None = None, **_metadata: Any) -> dict[str, datasets.Dataset]:
    """Items of our own, made by `python -m evals.suites.choices`: in their order, or `each` of a group."""
    lines = (FOLDER / file).read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    items = [item(row["question"], row["choices"], row["answer"], row["group"]) for row in rows]
    return _split(items if each is None else picked(items, each))
