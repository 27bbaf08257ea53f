"""Tasks that lm-eval ships run on a copy of their data set in the hub's cache; one that lacks is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from evals.models import Run, RunState
from evals.operations.catalogue.task_folders import task_folder_path
from evals.operations.runs.execution import call_run, plan_run
from evals.operations.runs.scoring import score_run
from tests.evals.engine.builders import NOW, clock, make_endpoint, make_run, make_task
from tests.evals.engine.provider import Provider, reply
from tests.support.hub import Config, put

pytestmark = pytest.mark.django_db(transaction=True)

GSM8K = [
    {"question": f"Ida has {n} pears and gets {n + 1} more. How many?", "answer": f"Sum.\n#### {2 * n + 1}"}
    for n in range(8)
]
MMLU_PRO = [
    {
        "question_id": n,
        "question": f"Which of these eats {food}?",
        "options": ["a stone", "a cow", "a cloud"],
        "answer": "B",
        "answer_index": 1,
        "cot_content": "A: Let's think step by step. Cows eat. The answer is (B).",
        "category": category,
        "src": "made here",
    }
    for n, (food, category) in enumerate([("grass", "biology"), ("hay", "biology"), ("oats", "law")])
]
GPQA = [
    {
        "Question": f"How many protons has atom {n}?",
        "Correct Answer": str(n),
        **{f"Incorrect Answer {place}": str(n + place) for place in (1, 2, 3)},
    }
    for n in range(3)
]
IFEVAL = [
    {
        "key": 1,
        "prompt": "Write about rain, without commas.",
        "instruction_id_list": ["punctuation:no_comma"],
        "kwargs": [{"num_words": None}],
    },
    {
        "key": 2,
        "prompt": "Write about snow in at least three words, in capital letters.",
        "instruction_id_list": ["length_constraints:number_words", "change_case:english_capital"],
        "kwargs": [{"num_words": 3, "relation": "at least"}, {"num_words": None, "relation": None}],
    },
]
AIME = [{"problem": f"What is {n} + 100?", "answer": str(n + 100), "id": str(n)} for n in range(3)]


@dataclass(frozen=True)
class Standard:
    """A task of lm-eval, its data set with rows of ours, what is said, and the score worked out by hand."""

    folder: str
    task: str
    data_set: str
    configs: dict[str, Config]
    answer_to: Callable[[str], str]
    metric: str
    score: float
    n: int
    shots: int = 0


def only_in(prompt: str, word: str) -> bool:
    """Tell whether the question itself, the end of the prompt, has a word."""
    return word in prompt[-200:]


STANDARD = [
    Standard(
        folder="gsm8k",
        task="gsm8k",
        data_set="openai/gsm8k",
        configs={"main": {"train": GSM8K[:5], "test": GSM8K[5:]}},
        answer_to=lambda prompt: "So 5 + 6 = 11.\n#### 11",
        metric="exact_match,strict-match",
        score=1 / 3,
        n=3,
        shots=5,
    ),
    Standard(
        folder="mmlu_pro",
        task="mmlu_pro_biology",
        data_set="TIGER-Lab/MMLU-Pro",
        configs={"default": {"test": MMLU_PRO, "validation": MMLU_PRO}},
        answer_to=lambda prompt: "so the answer is (B)." if only_in(prompt, "hay") else "the answer is (A).",
        metric="exact_match,custom-extract",
        score=1 / 2,
        n=2,
        shots=1,
    ),
    Standard(
        folder="gpqa/cot_zeroshot",
        task="gpqa_diamond_cot_zeroshot",
        data_set="Idavidrein/gpqa",
        configs={"gpqa_diamond": {"train": GPQA}},
        answer_to=lambda prompt: f"({prompt.split(') 2')[0][-1]})",  # the letter before the choice 2
        metric="exact_match,flexible-extract",
        score=1 / 3,
        n=3,
    ),
    Standard(
        folder="ifeval",
        task="ifeval",
        data_set="google/IFEval",
        configs={"default": {"train": IFEVAL}},
        answer_to=lambda prompt: (
            "THE RAIN AND THE SNOW FALL ON THE HOUSE, AND THE CHILDREN PLAY IN IT ALL DAY"
        ),
        metric="prompt_level_strict_acc,none",
        score=1 / 2,
        n=2,
    ),
    Standard(
        folder="aime",
        task="aime25",
        data_set="math-ai/aime25",
        configs={"default": {"test": AIME}},
        answer_to=lambda prompt: r"So \boxed{102}" if only_in(prompt, "2 + 100") else "I do not know.",
        metric="exact_match,none",
        score=1 / 3,
        n=3,
    ),
]


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the hub's cache, the prepared tables and NLTK's data be folders of this test."""
    import datasets

    punkt = tmp_path / "nltk" / "tokenizers" / "punkt_tab" / "english"
    punkt.mkdir(parents=True)
    for name in ("abbrev_types.txt", "collocations.tab", "ortho_context.tab", "sent_starters.txt"):
        (punkt / name).write_text("")
    import nltk

    monkeypatch.setattr(nltk.data, "path", [str(tmp_path / "nltk")])
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "prepared")
    return tmp_path / "hub"


def planned(standard: Standard, provider: Provider) -> Run:
    row = make_task(
        standard.task,
        filter_name=standard.metric.partition(",")[2],
        folder=task_folder_path(f"lm_eval/{standard.folder}"),
        shots=standard.shots,
    )
    row.metric = standard.metric.partition(",")[0]
    row.save()
    run = make_run(make_endpoint(provider.base_url), row)
    plan_run(run_id=run.pk, owner="w", now=NOW)
    run.refresh_from_db()
    return run


@pytest.mark.parametrize("standard", STANDARD, ids=lambda standard: standard.task)
def test_a_standard_task_runs_on_a_copy_in_the_hubs_cache(standard: Standard, hub: Path) -> None:
    put(hub, standard.data_set, **standard.configs)

    async def respond(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        text = standard.answer_to(body["messages"][-1]["content"])
        return web.json_response(reply(request.path, body, text))

    with Provider(behaviour=respond) as provider:
        run = planned(standard, provider)
        assert (run.state, run.failure_message) == (RunState.CALLING, "")
        call_run(run_id=run.pk, owner="w", seconds=30, clock=clock)
        score_run(run_id=run.pk, owner="w", now=NOW)
    run.refresh_from_db()
    assert (run.state, run.failure_message) == (RunState.FINISHED, "")
    assert run.results is not None
    results = run.results["results"][standard.task]
    assert (results["sample_len"], results[standard.metric]) == (standard.n, pytest.approx(standard.score))


def test_without_its_data_set_a_task_fails_with_a_sentence_that_names_it(hub: Path) -> None:
    with Provider() as provider:
        run = planned(STANDARD[0], provider)
    assert (run.state, run.failure_code) == (RunState.FAILED, "not_plannable")
    assert run.failure_message == (
        "The data set openai/gsm8k (main) is not on this machine, and the hub is not asked while "
        "HF_HUB_OFFLINE is set. Fetch it with `hf download --repo-type dataset openai/gsm8k`."
    )


def test_a_copy_that_lacks_what_the_task_asks_for_is_named(hub: Path) -> None:
    put(hub, "openai/gsm8k", socratic={"train": GSM8K, "test": GSM8K})
    with Provider() as provider:
        run = planned(STANDARD[0], provider)
    sentence = "The data set openai/gsm8k (main) is on this machine, but cannot be read: BuilderConfig 'main'"
    assert run.failure_message.startswith(sentence)


def test_a_hub_that_cannot_be_reached_is_named_with_the_data_set(
    hub: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import datasets

    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(datasets.config, "HF_ENDPOINT", "http://127.0.0.1:9")
    with Provider() as provider:
        run = planned(STANDARD[0], provider)
    assert run.failure_message.startswith(
        "The data set openai/gsm8k (main) could not be fetched from the hub"
    )


def test_a_task_whose_scoring_needs_data_that_lack_is_refused_before_anything_is_paid(
    hub: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import nltk

    monkeypatch.setattr(nltk.data, "path", [])
    with Provider() as provider:
        run = planned(STANDARD[3], provider)
    assert provider.calls == 0
    assert run.failure_message == (
        "Task ifeval needs NLTK's data punkt_tab: fetch them with `python -m nltk.downloader punkt_tab`."
    )
