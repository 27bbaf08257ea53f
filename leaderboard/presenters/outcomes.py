"""How the requests of a run ended, for its page."""

from __future__ import annotations

from dataclasses import dataclass

from evals.models import Run
from evals.queries import ANSWER_OUTCOMES
from leaderboard.presenters.labels import OUTCOMES, StrOrPromise


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """An outcome, how often it occurred, and whether it is an answer."""

    label: StrOrPromise
    count: int
    is_answer: bool


@dataclass(frozen=True, slots=True)
class OutcomeCounts:
    """The outcomes of a run's requests, the most frequent first, and its items without an answer.

    `share` is that of the items without an answer, from 0 to 1.
    """

    rows: tuple[OutcomeRow, ...]
    unanswered: int
    share: float
    is_bounded: bool
    finish_reasons: tuple[tuple[str, int], ...]


def count_outcomes(run: Run) -> OutcomeCounts | None:
    """Return the outcomes of a scored run."""
    if not run.outcomes:
        return None
    results = run.results or {}
    unanswered = results.get("unanswered") or 0
    ordered = sorted(run.outcomes.items(), key=lambda pair: (-pair[1], pair[0]))
    reasons = sorted((results.get("finish_reasons") or {}).items(), key=lambda pair: (-pair[1], pair[0]))
    return OutcomeCounts(
        rows=tuple(
            OutcomeRow(OUTCOMES.get(name, name), count, name in ANSWER_OUTCOMES) for name, count in ordered
        ),
        unanswered=unanswered,
        share=unanswered / run.n_samples if run.n_samples else 0.0,
        is_bounded=bool(results.get("upper_bounds")),
        finish_reasons=tuple((reason or "–", count) for reason, count in reasons),
    )
