"""lm-eval itself, asking the simulated provider, scores lagline-mini as the provider's skill says."""

import json
from typing import Any

import pytest

from evals.suites.definition import read_suite
from tests.support.answers import fraction
from tests.support.provider import SimulatedProvider
from tests.support.service import DEFAULT_MODELS

MINI = read_suite("lagline-mini")
ACCURACY = {model.name: model.accuracy for model in DEFAULT_MODELS}
CALLERS = {
    "local-chat-completions": ("sim-large", "chat/completions", {"apply_chat_template": True}),
    "local-completions": ("sim-base", "completions", {}),
}


def _evaluate(provider: SimulatedProvider, caller: str) -> dict[str, Any]:
    """Run the suite as `lm_eval run` does."""
    from lm_eval.evaluator import simple_evaluate
    from lm_eval.tasks import TaskManager

    model, path, settings = CALLERS[caller]
    results = simple_evaluate(
        model=caller,
        model_args={
            "model": model,
            "base_url": f"{provider.base_url}/{path}",
            "num_concurrent": 16,
            "tokenizer_backend": None,
            "tokenized_requests": False,
        },
        tasks=[task.task for task in MINI.tasks],
        task_manager=TaskManager(include_defaults=False, include_path=str(MINI.task_folder)),
        fewshot_as_multiturn=MINI.fewshot_as_multiturn,
        bootstrap_iters=0,
        **settings,
    )
    assert results is not None
    return dict(results)


@pytest.mark.parametrize("caller", list(CALLERS))
def test_lm_eval_scores_the_suite_as_the_providers_skill_says(
    provider: SimulatedProvider, caller: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    results = _evaluate(provider, caller)
    model = CALLERS[caller][0]

    for task in MINI.tasks:
        scores = [sample["exact_match"] for sample in results["samples"][task.task]]
        prompts = [sample["arguments"][0][0] for sample in results["samples"][task.task]]
        assert len(scores) == MINI.items_per_task
        assert scores == [float(_is_right(model, _as_read(prompt))) for prompt in prompts]
        assert results["results"][task.task]["exact_match,extract"] == sum(scores) / len(scores)
    assert provider.stats()["by_outcome"] == {"answer": 300}
    assert provider.stats()["repeated_calls"] == 0


def _is_right(model: str, prompt: str) -> bool:
    return fraction("skill", model, prompt, 0) < ACCURACY[model]


def _as_read(prompt: str | tuple[str]) -> str:
    """Take the one message out of a chat prompt, as the provider does."""
    return prompt if isinstance(prompt, str) else str(json.loads(prompt[0])[0]["content"])
