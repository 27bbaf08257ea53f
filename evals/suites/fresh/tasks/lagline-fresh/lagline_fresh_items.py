"""Load the items of a task from the JSONL file beside this one, and score answers to them."""

import json
import re
import unicodedata
import warnings
from functools import lru_cache
from pathlib import Path
from typing import Any

import datasets

FOLDER = Path(__file__).resolve().parent
MARK = re.compile(r"(?:answer|答案)\W{0,4}[:：]", re.IGNORECASE)
DRESS = " \t*`\"'“”‘’「」$"


def load(*, file: str, **_metadata: Any) -> dict[str, datasets.Dataset]:
    """Read `file` from this folder; lm-eval also hands over the task's metadata, which is not needed."""
    lines = (FOLDER / file).read_text(encoding="utf-8").splitlines()
    return {"test": datasets.Dataset.from_list([json.loads(line) for line in lines])}


def extract(response: str) -> str:
    """Return what stands after the last "Answer:" or "答案：", else the last line that is not empty.

    Of several lines the first counts; of one with LaTeX's boxed{}, what is in it. Quotes, stars, dollar signs
    and a final stop around it are taken off.
    """
    *_, rest = MARK.split(response)
    marked = len(rest) < len(response)
    lines = [line.strip() for line in rest.splitlines() if line.strip(DRESS)]
    if not lines:
        return ""
    line = lines[0 if marked else -1]
    boxed = re.search(r"\\boxed\{([^{}]*)\}", line)
    found = boxed[1] if boxed else line
    return found.strip(DRESS).rstrip(".。").strip(DRESS)


def process_results(doc: dict[str, Any], results: list[str]) -> dict[str, float]:
    """Score an answer: by its generator's own scorer, or, of our Chinese items, by being the same."""
    answer = extract(results[0])
    return {"acc": float(is_right(doc, answer))}


def is_right(doc: dict[str, Any], answer: str) -> bool:
    """Tell whether an answer has the full score."""
    if not doc["entry"]:
        return _normal(answer) == _normal(doc["answer"])
    entry = {key: doc[key] for key in ("question", "answer")} | {"metadata": json.loads(doc["entry"])}
    try:
        return bool(_scorer(doc["generator"])(answer, entry) >= 1.0)
    except ValueError:  # some scorers read numbers out of an answer, whatever it says
        return False


def _normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text).replace(" ", "").replace(",", "")


@lru_cache(maxsize=64)
def _scorer(generator: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its dependencies warn while they are being imported
        import reasoning_gym

    return reasoning_gym.get_score_answer_fn(generator)
