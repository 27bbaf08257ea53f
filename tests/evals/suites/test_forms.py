"""Each multiple-choice task of our suites has a twin by letter: the same items, a documented extraction."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import yaml

from evals.suites import choices
from tests.support.hub import put

pytestmark = pytest.mark.no_cover  # thousands of generated rows
SUITES = Path(choices.__file__).parent
CORE = SUITES / "lagline-core"
PAIRS = ("mmlu_pro", "gpqa_diamond", "ceval", "cmmlu", "own", "glance")


def rows(count: int, **fields: Any) -> list[dict[str, Any]]:
    """Make rows that differ; `{n}` in a field is the row's number."""
    return [{k: v.format(n=n) if isinstance(v, str) else v for k, v in fields.items()} for n in range(count)]


def subjects(name: str) -> list[str]:
    text = (CORE / f"{name}_letter.yaml").read_text().replace("!function ", "")
    names: list[str] = yaml.safe_load(text)["dataset_kwargs"]["subjects"]
    return names


@pytest.fixture(scope="module")
def tasks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Load both forms of every data set by lm-eval, on small copies in the hub's cache."""
    from evals.engine import harness
    from evals.engine.requests import TaskSpec

    hub = tmp_path_factory.mktemp("hub")
    options = [f"choice {place}" for place in range(10)]
    pro = rows(60, question="Q{n}?", category="law") + rows(3, question="Q{n}?", category="math")
    pro = [row | {"options": options[: 4 + n % 7], "answer_index": n % 4} for n, row in enumerate(pro)]
    put(hub, "TIGER-Lab/MMLU-Pro", default={"test": pro})
    wrong = {f"Incorrect Answer {place}": f"wrong {place} of {{n}}" for place in (1, 2, 3)}
    gpqa = rows(5, Question="Q{n}?", **{"Correct Answer": "right of {n}"}, **wrong)
    put(hub, "Idavidrein/gpqa", gpqa_diamond={"train": gpqa})
    four = {"A": "甲{n}", "B": "乙{n}", "C": "丙{n}", "D": "丁{n}"}
    ceval = rows(14, question="第{n}题？", answer="C", **four)
    put(hub, "ceval/ceval-exam", **{name: {"val": ceval} for name in subjects("ceval")})
    cmmlu = rows(14, Question="第{n}题？", Answer="B", **four)
    put(hub, "haonan-li/cmmlu", **{name: {"test": cmmlu} for name in subjects("cmmlu")})
    with pytest.MonkeyPatch.context() as patch:
        import datasets

        patch.setenv("HF_HUB_OFFLINE", "1")
        patch.setenv("HF_HUB_CACHE", str(hub))
        patch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path_factory.mktemp("prepared"))
        names = [f"lagline_{name}_{form}" for name in PAIRS for form in ("letter", "choice")]
        return {name: harness.load(TaskSpec(name, CORE)) for name in names}


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("mmlu_pro", 53),
        ("gpqa_diamond", 5),
        ("ceval", 52 * 12),
        ("cmmlu", 67 * 12),
        ("own", 120),
        ("glance", 24),
    ],
)
def test_both_forms_have_the_same_items_in_the_same_order(
    name: str, count: int, tasks: dict[str, Any]
) -> None:
    letter, choice = tasks[f"lagline_{name}_letter"], tasks[f"lagline_{name}_choice"]
    assert list(letter.eval_docs) == list(choice.eval_docs)
    assert len(letter.eval_docs) == count
    for doc in letter.eval_docs:
        assert letter.doc_to_target(doc) == choice.doc_to_choice(doc)[choice.doc_to_target(doc)]
        assert all(f"{sign}. " in letter.doc_to_text(doc) for sign in doc["letters"])
        assert f"{doc['question']}" in choice.doc_to_text(doc)


def test_the_right_choice_of_gpqa_keeps_its_text_and_has_no_fixed_place(tasks: dict[str, Any]) -> None:
    docs = list(tasks["lagline_gpqa_diamond_letter"].eval_docs)
    for doc in docs:
        assert "right of" in doc["options"].splitlines()[doc["answer"]]
    assert len({doc["answer"] for doc in docs}) > 1


def test_what_is_picked_does_not_hang_on_the_order_of_the_data_set() -> None:
    import importlib.util

    spec = importlib.util.spec_from_file_location("core_items", CORE / "lagline_core_items.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    items = [module.item(f"Q{n}?", ["a", "b"], n % 2, str(n % 3)) for n in range(30)]
    first = module.picked(items, 4)
    random.Random(3).shuffle(items)
    assert module.picked(items, 4) == first
    assert len(first) == 12


def test_the_suites_files_pair_every_choice_with_its_letter_and_count_alike() -> None:
    for of_choices, of_letters in (
        ("lagline-core-choice", "lagline-core"),
        ("lagline-choice", "lagline-letter"),
    ):
        by_choice, by_letter = (
            yaml.safe_load((SUITES / f"{s}.yaml").read_text()) for s in (of_choices, of_letters)
        )
        items = {
            row["task"]: next(b["n"] for b in suite["benchmarks"] if b["slug"] == row["benchmark"])
            for suite in (by_choice, by_letter)
            for row in suite["tasks"]
        }
        for row in by_choice["tasks"]:
            assert items[row["task"]] == items[row["task"].replace("_choice", "_letter")]


def read(task: Any, response: str) -> str:
    """Let lm-eval's own filter read an answer."""
    from lm_eval.api.instance import Instance

    instance = Instance(request_type="generate_until", doc={}, arguments=("", {}), idx=0)
    instance.resps = [response]
    for ensemble in task._filters:
        ensemble.apply([instance])
    return str(instance.filtered_resps["letter"])


@pytest.mark.parametrize(
    ("response", "letter"),
    [
        ("B", "B"),
        (" B\n", "B"),
        ("(B)", "B"),
        ("**B**", "B"),
        ("B. Paris", "B"),
        ("Answer: B", "B"),
        ("Answer: A? No.\n\n**Answer: B**", "B"),
        ("The answer is (B).", "B"),
        ("The correct answer is option B", "B"),
        (r"So \boxed{B}", "B"),
        (r"Answer: $\boxed{\text{B}}$", "B"),
        ("A cow eats grass.\nAnswer: B", "B"),
        ("想一想。\n答案：B", "B"),
        ("答案是B项。", "B"),
        ("正确选项为 B", "B"),
        ("I think it is Paris.", "[invalid]"),
        ("A cow eats grass.", "[invalid]"),
        ("The answer is Berlin.", "[invalid]"),
        ("", "[invalid]"),
    ],
)
def test_the_letter_is_found_as_it_is_written_down(response: str, letter: str, tasks: dict[str, Any]) -> None:
    assert read(tasks["lagline_own_letter"], response) == letter
    assert read(tasks["lagline_mmlu_pro_letter"], response) == letter


def test_our_own_items_are_what_their_program_makes() -> None:
    assert choices.main(["--check"]) == 0
