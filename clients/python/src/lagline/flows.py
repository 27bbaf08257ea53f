"""What the client does, as generators that yield effects: they send nothing and wait for nothing themselves.

`Client` and `AsyncClient` perform the effects of the same flows, so each step is written once.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

from lagline.messages import Request

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Send:
    """Send a request and receive the response as a whole; the answer is the Response."""

    request: Request


@dataclass(frozen=True, slots=True)
class Open:
    """Send a request and receive the head of the response only; the answer is the Response."""

    request: Request


@dataclass(frozen=True, slots=True)
class Read:
    """Receive more of the open response; the answer is bytes, empty at its end."""


@dataclass(frozen=True, slots=True)
class Close:
    """Close the open response, if there is one."""


@dataclass(frozen=True, slots=True)
class Sleep:
    """Wait."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Emit:
    """Hand a value to whoever iterates."""

    value: Any


Effect: TypeAlias = Send | Open | Read | Close | Sleep | Emit
Flow: TypeAlias = Generator[Effect, Any, T]


def read() -> Flow[bytes]:
    """Return more of the open response."""
    chunk: bytes = yield Read()
    return chunk


class Steps(Generic[T]):
    """A flow between two effects: `effect` is the one to perform next, None when `result` is there."""

    effect: Effect | None
    result: T

    def __init__(self, flow: Flow[T]) -> None:
        self._flow = flow
        self.answer(None)

    def answer(self, value: Any) -> None:
        """Go on with what the effect gave."""
        try:
            self.effect = self._flow.send(value)
        except StopIteration as stop:
            self.effect, self.result = None, stop.value

    def fail(self, error: Exception) -> None:
        """Go on with the error that the effect raised."""
        try:
            self.effect = self._flow.throw(error)
        except StopIteration as stop:
            self.effect, self.result = None, stop.value

    def close(self) -> None:
        """End the flow, so that it cleans up."""
        self._flow.close()
