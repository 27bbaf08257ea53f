"""What a simulated model answers: a pure function of the model's name, its skill and the prompt."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Self

CHARACTERS_PER_TOKEN = 4
NEXT_QUESTION = "\n\nQuestion: What comes after this?\nAnswer: Nothing."
WORDS = "stone river light paper north green seven wheel glass cloud bread music".split()  # noqa: SIM905
DRESSES = ("{}", "{}.", "**{}**", "The answer is {}.")


def fraction(*parts: object) -> float:
    """Map the parts to a number in [0, 1), always the same one."""
    digest = blake2b("\x1f".join(map(str, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64


def count_tokens(text: str) -> int:
    """Count the tokens of a text as the simulated models do: one for four characters begun."""
    return -(-len(text) // CHARACTERS_PER_TOKEN)


@dataclass(frozen=True)
class AnswerBook:
    """The right answers that a simulated model may know, by the question's text."""

    answers: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def _others(self) -> list[str]:
        return list(dict.fromkeys(self.answers.values()))

    @classmethod
    def from_task_files(cls, paths: Iterable[Path]) -> Self:
        """Read JSONL files whose lines have `question` and `answer`."""
        lines = [line for path in paths for line in path.read_text(encoding="utf-8").splitlines()]
        items = [json.loads(line) for line in lines]
        return cls({item["question"]: item["answer"] for item in items})

    def right_answer(self, prompt: str) -> str | None:
        """Find the answer to the whole prompt, or to the last question in it."""
        if (answer := self.answers.get(prompt)) is not None:
            return answer
        _, _, last = prompt.rpartition("Question: ")
        return self.answers.get(last.rpartition("\nAnswer:")[0])

    def wrong_answer(self, right: str, draw: float) -> str:
        """Give the answer to another question."""
        start = int(draw * len(self._others))
        turned = self._others[start:] + self._others[:start]
        return next((other for other in turned if other.lower() != right.lower()), "unknown")


@dataclass(frozen=True)
class Text:
    """A generated text, cut where the request says, and why it ended there."""

    content: str
    finish_reason: str


def write_answer(
    *, book: AnswerBook, accuracy: float, model: str, prompt: str, choice: int, chat: bool
) -> str:
    """Write all that the model would say to the prompt if nobody stopped it."""
    right = book.right_answer(prompt)
    if right is None:
        return _babble(model, prompt, choice)
    draw = fraction("skill", model, prompt, choice)
    answer = right if draw < accuracy else book.wrong_answer(right, fraction("slip", model, prompt, choice))
    if not chat:
        return f" {answer}{NEXT_QUESTION}"
    return DRESSES[int(fraction("dress", model, prompt) * len(DRESSES))].format(answer)


def cut(text: str, *, stops: Iterable[str], max_tokens: int | None) -> Text:
    """Cut a text at the first stop sequence, or where the tokens run out."""
    ends = [place for stop in stops if (place := text.find(stop)) >= 0]
    end = min(ends, default=len(text))
    if max_tokens is not None and end > max_tokens * CHARACTERS_PER_TOKEN:
        return Text(text[: max_tokens * CHARACTERS_PER_TOKEN], "length")
    return Text(text[:end], "stop")


def _babble(model: str, prompt: str, choice: int) -> str:
    draws = [fraction("babble", model, prompt, choice, place) for place in range(12)]
    words = [WORDS[int(draw * len(WORDS))] for draw in draws[: 3 + int(draws[0] * 9)]]
    return " ".join(words) + "."
