"""score: lm-eval runs on the answers on record; while a request is open, nothing is scored."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evals.engine.answer_text import READING_VERSION, CutText, ReadingMode, read
from evals.engine.keys import TaskHash, canonical, request_key
from evals.engine.likelihood import NotScorable, TokenScores
from evals.engine.outcomes import UNANSWERED, Outcome
from evals.engine.protocols import protocol_named
from evals.engine.requests import EndpointSpec, Prompt, TaskSpec

Replies = Callable[[Sequence[str]], Iterable["StoredReply"]]  # those on record among some keys
EXAMPLES, EXAMPLE_LENGTH = 3, 120
MANY_SHARE, MANY_TEXTS = 0.1, 3  # so many texts with an unknown marker are no coincidence


@dataclass(frozen=True, slots=True)
class StoredReply:
    """What is on record of a request: how it ended, and the body of the reply."""

    key: str
    outcome: str
    body: str


class AnswersMissing(RuntimeError):
    """A run is not scored while an answer is missing: that would count it as wrong."""


@dataclass(frozen=True, slots=True)
class ScoredSample:
    """lm-eval's result for a sample: its answer, its metrics by `metric,filter`, its answers by filter."""

    doc_id: int
    answer: str
    metrics: Mapping[str, Any]
    filtered: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Scored:
    """lm-eval's results without the samples, its hash of them, and how the answers were read."""

    results: dict[str, Any]
    task_hash: str
    lm_eval_version: str
    readings: dict[str, Any]
    metrics: tuple[str, ...]  # "name,filter" in lm-eval's order, which a database's JSON may not keep
    unanswered: int = 0  # items that have no answer and count as wrong
    upper_bounds: Mapping[str, float] = field(default_factory=dict)  # if all of them were right
    suspicion: str = ""  # why the texts may hold reasoning that nobody removed


class _Answers:
    """The stored answers; those to several prompts are looked up together and read."""

    def __init__(self, endpoint: EndpointSpec, replies: Replies, mode: ReadingMode, fresh: str) -> None:
        self.endpoint, self.replies, self.fresh = endpoint, replies, fresh
        self.mode = mode
        self.protocol = protocol_named(endpoint.protocol)
        self.counts: Counter[str] = Counter()
        self.reasoning_ends: Counter[str] = Counter()
        self.unknown_markers: Counter[str] = Counter()
        self.examples: list[str] = []

    def texts(self, prompts: Sequence[tuple[Prompt, int]]) -> list[str | None]:
        """Return the text of each answer as it is scored; None where there is no answer."""
        answers = self._look_up(prompts)
        return [self._text(prompt, answer) for (prompt, _), answer in zip(prompts, answers, strict=True)]

    def likelihoods(self, prompts: Sequence[tuple[Prompt, int]]) -> list[tuple[float, bool] | None]:
        """Return the log-probability of each continuation, and whether greedy decoding gives it."""
        answers = self._look_up(prompts)
        return [
            self._likelihood(prompt, answer) for (prompt, _), answer in zip(prompts, answers, strict=True)
        ]

    def _text(self, prompt: Prompt, answer: str | TokenScores | None) -> str | None:
        if answer is None:
            return None
        if not isinstance(answer, str):
            raise NotScorable("a text is needed, and log-probabilities are on record")
        return self._read(answer, prompt).text

    def _likelihood(self, prompt: Prompt, answer: str | TokenScores | None) -> tuple[float, bool] | None:
        if answer is None:
            return None
        if isinstance(answer, str):
            raise NotScorable("the answer on record holds no log-probabilities")
        likelihood = self.protocol.likelihood(answer, prompt, self.endpoint.can)
        return likelihood.logprob, likelihood.is_greedy

    def _look_up(self, prompts: Sequence[tuple[Prompt, int]]) -> list[str | TokenScores | None]:
        keys = [self._key(prompt, repeat) for prompt, repeat in prompts]
        answers = {reply.key: self._answer(reply) for reply in self.replies(keys)}
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

    def _answer(self, reply: StoredReply) -> str | TokenScores | None:
        """Read a reply again, as an endpoint may have declared a finish reason since; None: no answer."""
        if reply.outcome in UNANSWERED and reply.outcome != Outcome.TRUNCATED:
            return None
        content = json.loads(reply.body)
        if self.protocol.error_in_choice(content):
            return None
        answer = self.protocol.read(content, reply.body, b"", self.endpoint.can)
        if answer.outcome in UNANSWERED:
            return None
        return answer.text if answer.scores is None else answer.scores

    def _read(self, text: str, prompt: Prompt) -> CutText:
        given = prompt.text if prompt.chat is None else " ".join(str(turn["content"]) for turn in prompt.chat)
        stops = self.protocol.stops(prompt)
        reading = read(text, stops=stops, prompt=given, can=self.endpoint.can, mode=self.mode)
        self.counts.update(
            texts=1, think_removed=reading.think_removed, unclosed=reading.unclosed, stop_cut=reading.stop_cut
        )
        if reading.reasoning_end:
            self.reasoning_ends[reading.reasoning_end] += 1
        if reading.unknown_marker:
            self.unknown_markers[reading.unknown_marker] += 1
            if len(self.examples) < EXAMPLES:
                self.examples.append(reading.text.strip()[:EXAMPLE_LENGTH])
        return reading

    def suspicion(self) -> str:
        """Describe markers that we do not know, with examples, if many texts have them."""
        marked, texts = self.unknown_markers.total(), self.counts["texts"]
        few = marked < MANY_TEXTS and marked * 2 < texts
        if not marked or few or marked < texts * MANY_SHARE:
            return ""
        markers = ", ".join(marker for marker, _ in self.unknown_markers.most_common(EXAMPLES))
        examples = "; ".join(repr(example) for example in self.examples)
        return (
            f"{marked} of {texts} answers contain markers that may enclose reasoning ({markers}): {examples}"
        )


class Scoring:
    """The scoring of a task: its samples one by one, and then the results."""

    def __init__(
        self,
        *,
        task: TaskSpec,
        endpoint: EndpointSpec,
        replies: Replies,
        main_filter: str,
        mode: ReadingMode = ReadingMode.CUT,
    ) -> None:
        from evals.engine import harness

        self.answers = _Answers(endpoint, replies, mode, task.options.fresh)
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
        """Return the results of the task, once all its samples have been given."""
        return Scored(
            results=self.harness.results(),
            task_hash=self.hashes.digest(self.harness.filter_count),
            lm_eval_version=self.lm_eval_version,
            readings={
                "version": READING_VERSION,
                "mode": self.mode.value,
                **self.answers.counts,
                "reasoning_ends": dict(self.answers.reasoning_ends),
            },
            metrics=tuple(",".join(which) for which in self.harness.values),
            unanswered=len(self.harness.unanswered),
            upper_bounds=self.harness.upper_bounds(),
            suspicion=self.answers.suspicion(),
        )
