"""The metric `code_eval` of lm-eval's code tasks, with every program run in the sandbox."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from evals.engine import sandbox

METRIC = "code_eval"
Results = dict[int, list[tuple[int, dict[str, Any]]]]


class CodeEval:
    """Computes pass@k as the metric of that name does: a program is a candidate followed by its test."""

    def compute(
        self,
        *,
        references: Sequence[str],
        predictions: Sequence[Sequence[str]],
        k: Sequence[int] = (1, 10, 100),
        timeout: float = 3.0,
        **_ignored: Any,
    ) -> tuple[dict[str, float], Results]:
        """Run each candidate with its task's test; return pass@k, and what became of each candidate."""
        limits = sandbox.ProgramLimits(seconds=timeout)
        results: Results = defaultdict(list)
        for task, (candidates, test) in enumerate(zip(predictions, references, strict=True)):
            for place, candidate in enumerate(candidates):
                verdict = sandbox.run(f"{candidate}\n{test}", limits)
                fate = {
                    "task_id": task,
                    "passed": verdict == "passed",
                    "result": verdict,
                    "completion_id": place,
                }
                results[task].append((place, fate))
        counts = [(len(fates), sum(fate["passed"] for _, fate in fates)) for fates in results.values()]
        return {f"pass@{most}": _mean(counts, most) for most in k if _enough(counts, most)}, results


def _enough(counts: Sequence[tuple[int, int]], k: int) -> bool:
    return all(total >= k for total, _ in counts)


def _mean(counts: Sequence[tuple[int, int]], k: int) -> float:
    return math.fsum(pass_at_k(total, right, k) for total, right in counts) / len(counts)


def pass_at_k(total: int, right: int, k: int) -> float:
    """Return the chance that one of k candidates, drawn from all, is right (Chen et al. 2021, equation 1)."""
    return 1.0 - math.comb(total - right, k) / math.comb(total, k)


def in_the_sandbox(load: Callable[..., Any]) -> Callable[..., Any]:
    """Return an `evaluate.load` that gives our metric for the one that would run code right here."""

    @wraps(load)
    def loaded(path: str, *rest: Any, **settings: Any) -> Any:
        return CodeEval() if path == METRIC else load(path, *rest, **settings)

    return loaded
