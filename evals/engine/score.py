"""score: lm-eval runs on the answers on record; where one is missing, nothing is scored."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evals.engine.answer_text import READING_VERSION, CutText, ReadingMode, read
from evals.engine.keys import TaskHash, canonical, request_key
from evals.engine.likelihood import NotScorable, TokenScores
from evals.engine.protocols import protocol_named
from evals.engine.requests import EndpointSpec, Prompt, TaskSpec

Bodies = Callable[[Sequence[str]], Iterable[tuple[str, str]]]  # from keys, those on record with their bodies


class AnswersMissing(RuntimeError):
    """A run is not scored while an answer is missing: that would count it as wrong."""


@dataclass(frozen=True, slots=True)
class ScoredSample:
    """What lm-eval made of a sample: its answer, its metrics by `metric,filter`, its answers by filter."""

    doc_id: int
    answer: str
    metrics: Mapping[str, Any]
    filtered: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Scored:
    """lm-eval's own results without the samples, its identity of them, and how the answers were read."""

    results: dict[str, Any]
    task_hash: str
    lm_eval_version: str
    readings: dict[str, Any]
    metrics: tuple[str, ...]  # "name,filter" in lm-eval's order, which a database's JSON may not keep


class _Answers:
    """The answers on record: those to some prompts and repeats are looked up together, and read."""

    def __init__(self, endpoint: EndpointSpec, bodies: Bodies, mode: ReadingMode, fresh: str) -> None:
        self.endpoint, self.bodies, self.fresh = endpoint, bodies, fresh
        self.mode = mode
        self.protocol = protocol_named(endpoint.protocol)
        self.counts: Counter[str] = Counter()

    def texts(self, prompts: Sequence[tuple[Prompt, int]]) -> list[str]:
        """Return the text of each answer as it is scored."""
        answers = self._look_up(prompts)
        return [self._text(prompt, answer) for (prompt, _), answer in zip(prompts, answers, strict=True)]

    def likelihoods(self, prompts: Sequence[tuple[Prompt, int]]) -> list[tuple[float, bool]]:
        """Return the log-probability of each continuation, and whether it is what the model would write."""
        answers = self._look_up(prompts)
        return [
            self._likelihood(prompt, answer) for (prompt, _), answer in zip(prompts, answers, strict=True)
        ]

    def _text(self, prompt: Prompt, answer: str | TokenScores) -> str:
        if not isinstance(answer, str):
            raise NotScorable("a text was asked for, and log-probabilities are on record")
        return self._read(answer, self.protocol.stops(prompt)).text

    def _likelihood(self, prompt: Prompt, answer: str | TokenScores) -> tuple[float, bool]:
        if isinstance(answer, str):
            raise NotScorable("the answer on record holds no log-probabilities")
        likelihood = self.protocol.likelihood(answer, prompt, self.endpoint.can)
        return likelihood.logprob, likelihood.is_greedy

    def _look_up(self, prompts: Sequence[tuple[Prompt, int]]) -> list[str | TokenScores]:
        keys = [self._key(prompt, repeat) for prompt, repeat in prompts]
        answers = {key: self._kept(body) for key, body in self.bodies(keys)}
        for key in keys:
            if key not in answers:
                raise AnswersMissing(
                    f"There is no answer on record to the request {key[:12]}: nothing is scored."
                )
        return [answers[key] for key in keys]

    def _key(self, prompt: Prompt, repeat: int) -> str:
        body = canonical(self.protocol.payload(self.endpoint.api_model, prompt, self.endpoint.can))
        return request_key(
            endpoint=self.endpoint, protocol=self.protocol, body=body, repeat=repeat, fresh=self.fresh
        )

    def _kept(self, body: str) -> str | TokenScores:
        answer = self.protocol.read(json.loads(body), body)
        return answer.text if answer.scores is None else answer.scores

    def _read(self, text: str, stops: list[str]) -> CutText:
        if self.mode is ReadingMode.AS_IT_CAME:
            return CutText(text)
        reading = read(text, stops=stops, chat=self.protocol.chat)
        self.counts.update(think_removed=reading.think_removed, stop_cut=reading.stop_cut)
        return reading


class Scoring:
    """The scoring of a task: its samples come one by one, and when all have come, the results."""

    def __init__(
        self,
        *,
        task: TaskSpec,
        endpoint: EndpointSpec,
        bodies: Bodies,
        main_filter: str,
        mode: ReadingMode = ReadingMode.CUT,
    ) -> None:
        from evals.engine import harness

        self.answers = _Answers(endpoint, bodies, mode, task.options.fresh)
        self.harness = harness.TaskEvaluation(task, chat=self.answers.protocol.chat, answers=self.answers)
        self.lm_eval_version = harness.LM_EVAL_VERSION
        self.main_filter, self.mode = main_filter, mode
        self.hashes = TaskHash()

    def samples(self) -> Iterator[ScoredSample]:
        """Give the samples one by one; raises AnswersMissing."""
        for item, filter_results in self.harness.items():
            self.hashes.add(item.doc_hash, item.prompt_hash, item.target_hash)
            filtered = {result.filter: result.filtered for result in filter_results}
            answers = filtered.get(self.main_filter, filter_results[0].filtered)
            yield ScoredSample(
                doc_id=item.doc_id,
                answer="\n".join(map(str, answers)),
                metrics={
                    f"{name},{result.filter}": value
                    for result in filter_results
                    for name, value in result.metrics.items()
                },
                filtered=filtered,
            )

    def scored(self) -> Scored:
        """Return what came of the task, once all its samples have been given."""
        return Scored(
            results=self.harness.results(),
            task_hash=self.hashes.digest(self.harness.filter_count),
            lm_eval_version=self.lm_eval_version,
            readings={"version": READING_VERSION, "mode": self.mode.value, **self.answers.counts},
            metrics=tuple(",".join(which) for which in self.harness.values),
        )
